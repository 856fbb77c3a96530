namespace IcmpStream.Kafka;

/// <summary>
/// Writes batches outside transactions, in the order given within each partition, each record once (idempotent producer), through a
/// queue whose limits are the back-pressure.
/// </summary>
/// <remarks>
/// One thread appends and flushes. <see cref="Books"/> may be read from any thread. Disposal does not wait: <see cref="Flush"/> first;
/// what is still queued then is given up and counted as <see cref="AppendFailure.Purged"/>.
/// </remarks>
public interface ILogAppender : IDisposable
{
    /// <summary>
    /// How many partitions a topic has, for the partitioner. Asked once and kept; whoever has asked does not wait for it in an append any more.
    /// </summary>
    /// <exception cref="LogException">The topic is missing.</exception>
    int PartitionCount(string topic);

    /// <summary>
    /// Queues a whole batch and waits for room while the queue is full: a replay is held back, never cut. The batch is the caller's again
    /// when this returns.
    /// </summary>
    /// <exception cref="OperationCanceledException">
    /// Cancelled while it waited. The records queued so far stay queued, and <see cref="AppendBooks.Taken"/> says how many there are.
    /// </exception>
    /// <exception cref="LogException">The producer has failed for good.</exception>
    void Append(OutgoingBatch batch, CancellationToken cancellationToken);

    /// <summary>
    /// Queues as many records as there is room for, from <paramref name="first"/> on and in order, and never waits for room: a live source
    /// decides what becomes of the rest. The records taken are copied.
    /// </summary>
    /// <returns>How many were taken, 0..(<c>batch.Count</c> - <paramref name="first"/>).</returns>
    /// <exception cref="LogException">The producer has failed for good.</exception>
    int TryAppend(OutgoingBatch batch, int first = 0);

    /// <summary>Waits until every record taken has its outcome.</summary>
    /// <returns>False if the time ran out first; the books say how many are in flight.</returns>
    /// <exception cref="LogException">The producer has failed for good.</exception>
    bool Flush(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>The counts so far. After a flush that returned true: taken = delivered + failed.</summary>
    AppendBooks Books { get; }
}
