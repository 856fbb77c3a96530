namespace IcmpStream.Bench.Kafka;

/// <summary>What one run of a contender took.</summary>
/// <param name="Seconds">Wall-clock time.</param>
/// <param name="CpuSeconds">Processor time of this process: the contender's thread and the client library's, not the broker's.</param>
/// <param name="Records">Records that the time is for.</param>
/// <param name="AllocatedBytes">Bytes allocated on all threads of this process.</param>
internal readonly record struct Taken(double Seconds, double CpuSeconds, long Records, long AllocatedBytes);
