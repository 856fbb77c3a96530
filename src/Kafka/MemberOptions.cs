namespace IcmpStream.Kafka;

/// <summary>What a crash may do to the outputs.</summary>
public enum Guarantee : byte
{
    /// <summary>Outputs may repeat, never lack: flushed first, then the offsets committed.</summary>
    AtLeastOnce,

    /// <summary>Outputs and offsets in one transaction.</summary>
    ExactlyOnce,
}

/// <summary>How a member joins its group.</summary>
public sealed record MemberOptions
{
    /// <summary>Name of the consumer group.</summary>
    public required string Group { get; init; }

    /// <summary>Topics to read.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>What is guaranteed of the outputs.</summary>
    public Guarantee Guarantee { get; init; } = Guarantee.ExactlyOnce;

    /// <summary>
    /// A name that outlives the process (static membership): a restart within <see cref="SessionTimeout"/> gets its partitions back without a
    /// rebalance, and a second member of the same name fences the first. Null for none.
    /// </summary>
    public string? InstanceId { get; init; }

    /// <summary>
    /// Identity of the transactional producer: a second one fences the first, and aborts what it left open. Null takes the group with the
    /// instance id, or, without one, a name of its own, and then only the group's generations fence.
    /// </summary>
    public string? TransactionalId { get; init; }

    /// <summary>Records in one batch at most.</summary>
    public int MaxBatchRecords { get; init; } = 2048;

    /// <summary>
    /// After how long of silence the group gives the member's partitions to others: 45 s, Kafka's default since 3.0 (KIP-735).
    /// </summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>
    /// After how long the broker aborts a transaction that nobody ends: 60 s, Kafka's default. It bounds how long a crashed member
    /// without a successor of its name holds back readers.
    /// </summary>
    public TimeSpan TransactionTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The queue of the outputs.</summary>
    public AppenderOptions Outputs { get; init; } = new() { Profile = AppendProfile.Live };

    /// <summary>Throws where an option makes no sense.</summary>
    /// <exception cref="LogException">An option is empty or not positive.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Group)) throw new LogException(LogError.Configuration, "the consumer group must have a name");
        if (Topics.Count == 0) throw new LogException(LogError.Configuration, "a member needs at least one topic to read");
        if (MaxBatchRecords <= 0) throw new LogException(LogError.Configuration, "a batch must hold at least one record");
        Outputs.Validate();
    }
}
