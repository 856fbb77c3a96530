using IcmpStream.Kafka;

namespace IcmpStream.Sim;

/// <summary>A reader that never waits, and during whose reading the process may end.</summary>
internal sealed class SimReader(SimLog log, ILogReader inner) : ILogReader
{
    public IReadOnlyList<LogPartition> Partitions => inner.Partitions;

    public IReadOnlyList<LogPosition> EndsAtOpening => inner.EndsAtOpening;

    public bool HasReachedEnds => inner.HasReachedEnds;

    public RecordBatch? Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        log.Point("reading");
        log.RequireAvailable();
        return inner.Poll(TimeSpan.Zero, cancellationToken);
    }

    public long Position(LogPartition partition) => inner.Position(partition);

    public void Dispose() => inner.Dispose();
}

/// <summary>An appender whose queue is full now and then, and during whose appends the process may end.</summary>
internal sealed class SimAppender(SimLog log, ILogAppender inner, SimFaults faults) : ILogAppender
{
    public AppendBooks Books => inner.Books;

    public int PartitionCount(string topic) => inner.PartitionCount(topic);

    public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        log.Point("appending");
        log.RequireAvailable();
        inner.Append(batch, cancellationToken);
    }

    public int TryAppend(OutgoingBatch batch, int first = 0)
    {
        log.Point("appending");
        return log.Happens(faults.FullQueue) ? 0 : inner.TryAppend(batch, first);
    }

    public bool Flush(TimeSpan timeout, CancellationToken cancellationToken) => inner.Flush(TimeSpan.Zero, cancellationToken);

    public void Dispose() => inner.Dispose();
}
