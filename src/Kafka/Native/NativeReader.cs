using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Native;

/// <summary>A reader over librdkafka's batch calls with a fixed assignment.</summary>
internal sealed class NativeReader : ILogReader
{
    private readonly NativeConsumer _consumer;

    public NativeReader(KafkaLog log, ReaderOptions options)
    {
        var range = ReaderRange.Find(log, options);
        Partitions = range.Partitions;
        EndsAtOpening = range.Ends;
        _consumer = new NativeConsumer(log.Options, ClientSettings.Reader(log.Options, options), options.MaxBatchRecords);
        _consumer.Assign(range.Starts);
    }

    public IReadOnlyList<LogPartition> Partitions { get; }

    public IReadOnlyList<LogPosition> EndsAtOpening { get; }

    public bool HasReachedEnds => ReaderRange.IsPast(EndsAtOpening, this);

    public RecordBatch? Poll(TimeSpan timeout, CancellationToken cancellationToken) =>
        _consumer.Poll(timeout, cancellationToken) == ConsumerStop.Records ? _consumer.Batch : null;

    public long Position(LogPartition partition) => _consumer.Position(partition);

    public void Dispose() => _consumer.Dispose();
}
