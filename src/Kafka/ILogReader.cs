namespace IcmpStream.Kafka;

/// <summary>Reads partitions without a group: for looking, for catching up, for tests. One thread.</summary>
public interface ILogReader : IDisposable
{
    /// <summary>The partitions read, in order.</summary>
    IReadOnlyList<LogPartition> Partitions { get; }

    /// <summary>The partitions' ends as they were when the reader was opened, in the order of <see cref="Partitions"/>.</summary>
    IReadOnlyList<LogPosition> EndsAtOpening { get; }

    /// <summary>True once everything before <see cref="EndsAtOpening"/> has been returned, or turned out not to be readable.</summary>
    bool HasReachedEnds { get; }

    /// <summary>
    /// Waits at most <paramref name="timeout"/> for records and returns those of one partition; null for none. The batch is valid until the next
    /// poll.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    /// <exception cref="LogException">The reader has failed for good.</exception>
    RecordBatch? Poll(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Offset of the next record of a partition; <see cref="LogPosition.Unset"/> before it is known.</summary>
    long Position(LogPartition partition);
}
