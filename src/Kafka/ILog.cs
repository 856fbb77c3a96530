namespace IcmpStream.Kafka;

/// <summary>
/// A log: topics of ordered partitions, which Kafka is and the in-memory one imitates. Ingest and the processor see no more of Kafka
/// than this and what it opens.
/// </summary>
/// <remarks>
/// Failures that a user can mend are <see cref="LogException"/>. Opening anything asks the brokers for their metadata first, so a
/// broker that is not there is found within <c>ConnectTimeout</c>, and a missing topic at once. The log itself may be used from several
/// threads; what it opens belongs to one thread each unless it says otherwise.
/// </remarks>
public interface ILog : IDisposable
{
    /// <summary>Topics: what there is, and creating what is missing.</summary>
    ITopicAdmin Topics { get; }

    /// <summary>Opens a writer outside transactions: idempotent, acknowledged by all replicas.</summary>
    /// <exception cref="LogException">The log cannot be reached, or a setting is wrong.</exception>
    ILogAppender OpenAppender(AppenderOptions options);

    /// <summary>Joins a consumer group as a member that also writes.</summary>
    /// <exception cref="LogException">The log cannot be reached, a topic is missing, or a setting is wrong.</exception>
    ILogMember Join(MemberOptions options);

    /// <summary>Opens a reader that belongs to no group and commits nothing.</summary>
    /// <exception cref="LogException">The log cannot be reached, a topic is missing, or a setting is wrong.</exception>
    ILogReader OpenReader(ReaderOptions options);

    /// <summary>
    /// What a group has committed, in the order asked; <see cref="LogPosition.Unset"/> where it has nothing. The group need not have
    /// members.
    /// </summary>
    /// <exception cref="LogException">The log did not answer in time.</exception>
    IReadOnlyList<LogPosition> CommittedOffsets(string group, IReadOnlyList<LogPartition> partitions, TimeSpan timeout);

    /// <summary>
    /// Ends of partitions, in the order asked: the offset that the next readable record will have at least. With read_committed that is
    /// the last stable offset, before which every transaction is decided.
    /// </summary>
    /// <exception cref="LogException">The log did not answer in time, or a topic is missing.</exception>
    IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout);
}
