using IcmpStream.Kafka;

namespace IcmpStream.Processor.Runtime;

/// <summary>What a member tells the process after each commit: a snapshot that other threads may read.</summary>
internal sealed record MemberStatus
{
    /// <summary>True once partitions have been assigned.</summary>
    public bool HasJoined { get; init; }

    /// <summary>True while any state is being rebuilt.</summary>
    public bool IsReplaying { get; init; }

    /// <summary>Its partitions in which a domain has not ended.</summary>
    public IReadOnlyList<LogPartition> Undrained { get; init; } = [];

    /// <summary>How far its partitions are committed, by what it read when they were assigned and has committed since.</summary>
    public IReadOnlyList<LogPosition> Committed { get; init; } = [];

    /// <summary>Streams that have not ended.</summary>
    public IReadOnlyList<string> OpenStreams { get; init; } = [];

    /// <summary>Slots and windows that event time has not closed.</summary>
    public int OpenWindows { get; init; }

    /// <summary>Bytes of state, as the latest checkpoints of its partitions wrote it down; 0 of a partition that has none yet.</summary>
    public long StateBytes { get; init; }

    /// <summary>What it has done.</summary>
    public ProcessorBooks Books { get; init; } = new();
}
