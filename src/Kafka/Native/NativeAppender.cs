using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Native;

/// <summary>An appender over librdkafka's batch calls.</summary>
internal sealed class NativeAppender : ILogAppender
{
    private readonly KafkaLog _log;
    private readonly AppendQueue _queue;
    private readonly NativeProducer _producer;
    private bool _disposed;

    public NativeAppender(KafkaLog log, AppenderOptions options)
    {
        _log = log;
        _queue = new AppendQueue(options.QueueRecords, options.QueueBytes);
        _producer = new NativeProducer(log.Options, ClientSettings.Producer(log.Options, options), _queue, log.PartitionCountOrNone);
    }

    public AppendBooks Books => _queue.Books();

    public int PartitionCount(string topic)
    {
        var count = _log.PartitionCount(topic);
        _producer.Prepare(topic);
        return count;
    }

    public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        for (var next = TryAppend(batch); next < batch.Count; next += TryAppend(batch, next)) _queue.WaitForRoom(cancellationToken);
    }

    public int TryAppend(OutgoingBatch batch, int first = 0)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ObjectDisposedException.ThrowIf(_disposed, this);
        _producer.ThrowIfFatal("writing");
        _producer.Prepare(batch.Topic);
        var taken = _queue.Enter(batch, first);
        _producer.Feed(batch, first, taken);
        return taken;
    }

    public bool Flush(TimeSpan timeout, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        // The client's own flush would only cut the linger short, and cannot be cancelled.
        var isEmpty = _queue.WaitUntilEmpty(timeout, cancellationToken);
        _producer.ThrowIfFatal("writing");
        return isEmpty;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _producer.Dispose();
    }
}
