namespace IcmpStream.Kafka;

/// <summary>What a poll of a member found.</summary>
public enum PollKind : byte
{
    /// <summary>Nothing within the time given.</summary>
    Nothing,

    /// <summary>Records of one partition: <see cref="MemberPoll.Batch"/>.</summary>
    Records,

    /// <summary>Partitions that become this member's with the next poll.</summary>
    Assigned,

    /// <summary>Partitions that cease to be this member's with the next poll: commit or abort their work now.</summary>
    Revoked,

    /// <summary>
    /// Partitions that are this member's no longer and may be another's already, because it was silent too long: nothing of theirs can be
    /// committed. Abort what is open.
    /// </summary>
    Lost,

    /// <summary>Another member has taken this one's identity. It will get nothing more: dispose it.</summary>
    Fenced,
}

/// <summary>One thing that a poll found.</summary>
public readonly struct MemberPoll
{
    private readonly IReadOnlyList<LogPartition>? _partitions;

    private MemberPoll(PollKind kind, IReadOnlyList<LogPartition>? partitions, RecordBatch? batch)
    {
        Kind = kind;
        _partitions = partitions;
        Batch = batch;
    }

    /// <summary>Which of them it is.</summary>
    public PollKind Kind { get; }

    /// <summary>The partitions of a change of the assignment, in order; else empty.</summary>
    public IReadOnlyList<LogPartition> Partitions => _partitions ?? [];

    /// <summary>The records, valid until the next poll; null unless <see cref="Kind"/> is <see cref="PollKind.Records"/>.</summary>
    public RecordBatch? Batch { get; }

    /// <summary>Nothing happened.</summary>
    public static MemberPoll Nothing => default;

    /// <summary>Another member has taken over.</summary>
    public static MemberPoll Fenced => new(PollKind.Fenced, null, null);

    /// <summary>Records came.</summary>
    public static MemberPoll Records(RecordBatch batch) => new(PollKind.Records, null, batch);

    /// <summary>The assignment changes.</summary>
    public static MemberPoll Change(PollKind kind, IReadOnlyList<LogPartition> partitions) => new(kind, partitions, null);
}
