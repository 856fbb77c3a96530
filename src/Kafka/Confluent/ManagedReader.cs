using Confluent.Kafka.Admin;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Confluent;

/// <summary>A reader over Confluent.Kafka's consumer with a fixed assignment.</summary>
internal sealed class ManagedReader : ILogReader
{
    private readonly ManagedConsumer _consumer;

    public ManagedReader(KafkaLog log, ReaderOptions options)
    {
        var timeout = log.Options.ConnectTimeout;
        SortedDictionary<LogPartition, long> starts = [];
        foreach (var topic in options.Topics)
        {
            var which = options.From == ReadFrom.Beginning ? OffsetSpec.Earliest() : OffsetSpec.Latest();
            foreach (var start in log.Bounds(log.PartitionsOf(topic), which, options.ReadUncommitted, timeout)) starts[start.Partition] = start.Offset;
        }

        foreach (var position in options.Positions)
        {
            if (position.Partition.Partition >= log.PartitionCount(position.Partition.Topic)) throw LogFailures.TopicMissing(position.Partition.ToString());
            starts[position.Partition] = position.Offset;
        }

        Partitions = [.. starts.Keys];
        EndsAtOpening = log.Bounds(Partitions, OffsetSpec.Latest(), options.ReadUncommitted, timeout);
        _consumer = new ManagedConsumer(log.Options, ClientSettings.Reader(log.Options, options), options.MaxBatchRecords, inGroup: false);
        foreach (var (partition, start) in starts) _consumer.SetPosition(partition, start);
        _consumer.Client.Assign(starts.Select(start => Offsets.Native(new LogPosition(start.Key, start.Value))));
    }

    public IReadOnlyList<LogPartition> Partitions { get; }

    public IReadOnlyList<LogPosition> EndsAtOpening { get; }

    public bool HasReachedEnds
    {
        get
        {
            foreach (var end in EndsAtOpening)
                if (_consumer.Position(end.Partition) < end.Offset) return false;
            return true;
        }
    }

    public RecordBatch? Poll(TimeSpan timeout, CancellationToken cancellationToken) =>
        _consumer.Poll(timeout, cancellationToken) == ConsumerStop.Records ? _consumer.Batch : null;

    public long Position(LogPartition partition) => _consumer.Position(partition);

    public void Dispose() => _consumer.Dispose();
}
