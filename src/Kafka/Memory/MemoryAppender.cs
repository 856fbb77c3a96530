namespace IcmpStream.Kafka.Memory;

/// <summary>Appends at once; while the log is unavailable it queues, up to its limits.</summary>
internal sealed class MemoryAppender : ILogAppender
{
    private readonly MemoryLog _log;
    private readonly AppendQueue _queue;
    private readonly Queue<OutgoingBatch> _held = new();
    private bool _disposed;

    public MemoryAppender(MemoryLog log, AppenderOptions options)
    {
        _log = log;
        _queue = new AppendQueue(options.QueueRecords, options.QueueBytes);
    }

    public AppendBooks Books => _queue.Books();

    public int PartitionCount(string topic)
    {
        lock (_log.Gate) return _log.PartitionsOf(topic).Length;
    }

    public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        for (var next = TryAppend(batch); next < batch.Count; next += TryAppend(batch, next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _queue.WaitForRoom(cancellationToken);
        }
    }

    public int TryAppend(OutgoingBatch batch, int first = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        lock (_log.Gate)
        {
            // In pieces, since each is delivered before the next is measured against the limits.
            var next = first;
            for (int taken; next < batch.Count && (taken = _queue.Enter(batch, next)) > 0; next += taken)
            {
                if (_log.IsAvailable) Deliver(batch, next, taken);
                else Hold(batch, next, taken);
            }

            Monitor.PulseAll(_log.Gate);
            return next - first;
        }
    }

    public bool Flush(TimeSpan timeout, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _queue.WaitUntilEmpty(timeout, cancellationToken);
    }

    public void Dispose()
    {
        lock (_log.Gate)
        {
            if (_disposed) return;
            _disposed = true;
            _log.Forget(this);
            while (_held.TryDequeue(out var batch))
                for (var i = 0; i < batch.Count; i++) _queue.Failed(AppendFailure.Purged, batch.BytesOf(i));
        }
    }

    /// <summary>The log is back: writes what was queued. Called within the gate.</summary>
    internal void DeliverHeld()
    {
        while (_held.TryDequeue(out var batch)) Deliver(batch, 0, batch.Count);
    }

    private void Deliver(OutgoingBatch batch, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            var bytes = batch.BytesOf(i);
            if (_log.Write(batch.Topic, batch[i], transaction: null) is { } failure) _queue.Failed(failure, bytes);
            else _queue.Delivered(bytes);
        }
    }

    private void Hold(OutgoingBatch batch, int first, int count)
    {
        var copy = new OutgoingBatch(batch.Topic);
        for (var i = first; i < first + count; i++) copy.AddFrom(batch, i);
        _held.Enqueue(copy);
    }
}
