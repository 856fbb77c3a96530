using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>How a pair stage works. Partition counts are the topics'.</summary>
public sealed record PairOptions
{
    /// <summary>The partition of <c>icmp.event.v1</c> that it owns.</summary>
    public int Partition { get; init; }

    /// <summary>Partitions of <c>icmp.partial.v1</c>.</summary>
    public int HostPartitions { get; init; } = 1;

    /// <summary>Matching.</summary>
    public EchoOptions Echo { get; init; } = new();

    /// <summary>The rules.</summary>
    public RuleSet Rules { get; init; } = new();

    /// <summary>Flows of one slot and key group counted apart at most.</summary>
    public int MaxFlowsPerGroup { get; init; } = FlowList.DefaultLimit;

    /// <summary>Pairs of one key group whose round-trip times are gathered in a window at most.</summary>
    public int MaxRttPairsPerGroup { get; init; } = RttGroup.DefaultMaxPairs;

    /// <summary>Cells of their sketches in one key group at most.</summary>
    public int MaxRttCellsPerGroup { get; init; } = RttGroup.DefaultMaxCells;

    /// <summary>
    /// With overlapping sensors in a domain: time within which a packet that another stream saw too is a copy and not counted, ns; 500 ms,
    /// the allowed lateness, is what their clocks may be apart. 0, the default, is off: the sensors of a domain see disjoint packets.
    /// </summary>
    public long DedupWindowNs { get; init; }

    /// <summary>
    /// Open slots of one domain at most: 64 s. A stream that is silent for 60 s is retired, so time stands still no longer.
    /// </summary>
    public int MaxOpenSlots { get; init; } = 640;

    /// <summary>
    /// Messages of one slot and key group kept apart at most: 32,768, 327,680 a second of one pair. Those beyond are counted, and in no
    /// exchange. 64 bytes each are 2 MiB, 512 MiB if all 256 groups of a slot were full at once: 84 million events a second.
    /// </summary>
    public int MaxMessagesPerGroup { get; init; } = 32_768;

    /// <summary>
    /// Messages in the reorder buffer of one partition at most: 2^22 of 64 bytes are 256 MiB, half a second at 8 million a second. It is
    /// the brake for a domain of which one stream stands still while others go on; the limits by key group bite before it otherwise.
    /// </summary>
    public int MaxBufferedMessages { get; init; } = 1 << 22;

    /// <summary>
    /// Bytes of one partial at most by its upper bound; a slot with more goes into several. Below the 1,000,000 bytes that librdkafka
    /// (message.max.bytes) lets through by default.
    /// </summary>
    public int MaxPartialBytes { get; init; } = 900_000;

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Partition);
        if (!KeyGroup.IsPartitionCount(HostPartitions))
            throw new ArgumentException($"a keyed topic has 1, 2, 4, ... 256 partitions, not {HostPartitions}");
        ArgumentOutOfRangeException.ThrowIfNegative(DedupWindowNs);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFlowsPerGroup, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRttPairsPerGroup, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRttPairsPerGroup, RttGroup.MostPairs);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRttCellsPerGroup, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxMessagesPerGroup, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxOpenSlots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxBufferedMessages, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxPartialBytes, 1);
        Echo.Validate();
        Rules.Validate();
    }
}
