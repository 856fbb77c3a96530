using System.Diagnostics;

namespace IcmpStream.Bench.Kafka;

/// <summary>A stretch of time: wall clock, processor time and allocation from its start on.</summary>
internal readonly struct Stretch
{
    private readonly long _start;
    private readonly TimeSpan _cpu;
    private readonly long _allocated;

    private Stretch(long start, TimeSpan cpu, long allocated)
    {
        _start = start;
        _cpu = cpu;
        _allocated = allocated;
    }

    public static Stretch Begin() => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(precise: true));

    public Taken End(long records)
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        return new Taken(seconds, (Environment.CpuUsage.TotalTime - _cpu).TotalSeconds, records, GC.GetTotalAllocatedBytes(precise: true) - _allocated);
    }
}
