using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>How the verdict stage works. Partition counts are the topics'.</summary>
public sealed record VerdictOptions
{
    /// <summary>Partitions of <c>icmp.event.v1</c>, each of which speaks to this stage.</summary>
    public int PairPartitions { get; init; } = 1;

    /// <summary>Partitions of <c>icmp.partial.v1</c>, each of which speaks to this stage.</summary>
    public int HostPartitions { get; init; } = 1;

    /// <summary>What is inside, and the known routers.</summary>
    public Networks Networks { get; init; } = new();

    /// <summary>Length of an alert's window, ns: at most one update in each.</summary>
    public long WindowNs { get; init; } = 5 * EventTime.SecondNs;

    /// <summary>Windows without anything active after which an alert closes: 3, so that a pulsing flood is one alert.</summary>
    public int QuietWindows { get; init; } = 3;

    /// <summary>Alerts of one domain open at once at most: what opens beyond is counted.</summary>
    public int MaxOpenAlerts { get; init; } = 16_384;

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public void Validate()
    {
        if (!KeyGroup.IsPartitionCount(PairPartitions) || !KeyGroup.IsPartitionCount(HostPartitions))
            throw new ArgumentException($"a keyed topic has 1, 2, 4, ... 256 partitions, not {PairPartitions} or {HostPartitions}");
        if (WindowNs < EventTime.SlotNs || WindowNs % EventTime.SlotNs != 0)
            throw new ArgumentException("an alert's window must be a multiple of 100 ms");
        ArgumentOutOfRangeException.ThrowIfLessThan(QuietWindows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxOpenAlerts, 1);
    }
}
