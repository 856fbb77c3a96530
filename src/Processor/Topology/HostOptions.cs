using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>How a host stage works. Partition counts are the topics'.</summary>
public sealed record HostOptions
{
    /// <summary>The partition of <c>icmp.partial.v1</c> that it owns.</summary>
    public int Partition { get; init; }

    /// <summary>Partitions of <c>icmp.event.v1</c>, each of which speaks to this stage.</summary>
    public int PairPartitions { get; init; } = 1;

    /// <summary>Length of a rate window, ns: 10 s.</summary>
    public long WindowNs { get; init; } = 10 * EventTime.SecondNs;

    /// <summary>Packets in a window from which an address has a row of its own.</summary>
    public long ReportingFloor { get; init; } = 10;

    /// <summary>Addresses of one key group of a domain kept at most.</summary>
    public int MaxHostsPerGroup { get; init; } = HostTable.DefaultMaxPerGroup;

    /// <summary>Matching of requests that went to many, by the same times as in the pair stage.</summary>
    public EchoOptions Echo { get; init; } = new();

    /// <summary>The rules.</summary>
    public RuleSet Rules { get; init; } = new();

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Partition);
        if (!KeyGroup.IsPartitionCount(PairPartitions))
            throw new ArgumentException($"a keyed topic has 1, 2, 4, ... 256 partitions, not {PairPartitions}");
        if (WindowNs < EventTime.SlotNs || WindowNs % EventTime.SlotNs != 0)
            throw new ArgumentException("a rate window must be a multiple of 100 ms");
        ArgumentOutOfRangeException.ThrowIfLessThan(ReportingFloor, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxHostsPerGroup, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxHostsPerGroup, HostTable.LargestMaxPerGroup);
        Echo.Validate();
        Rules.Validate();
    }

    internal IHostRule[] NewRules() => HostRules.Of(Rules);
}
