using System.Diagnostics;
using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Confluent;

/// <summary>A reader over Confluent.Kafka's consumer: records one by one, copied. The slow twin of the native one.</summary>
internal sealed class ManagedReader : ILogReader
{
    /// <summary>The longest uninterrupted wait: how late a cancellation may be seen.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    private readonly ClientEvents _events;
    private readonly IConsumer<byte[]?, byte[]?> _client;
    private readonly int _maxBatchRecords;
    private readonly Dictionary<LogPartition, long> _positions;
    private readonly ManagedBatch _batch = new();
    private ConsumeResult<byte[]?, byte[]?>? _ahead;

    public ManagedReader(KafkaLog log, ReaderOptions options)
    {
        var range = ReaderRange.Find(log, options);
        Partitions = range.Partitions;
        EndsAtOpening = range.Ends;
        _positions = range.Starts.ToDictionary(start => start.Partition, start => start.Offset);
        _maxBatchRecords = options.MaxBatchRecords;
        _events = new ClientEvents(log.Options.Logger, log.Options.BrokersLost);
        try
        {
            _client = new ConsumerBuilder<byte[]?, byte[]?>(ClientSettings.Reader(log.Options, options))
                .SetKeyDeserializer(Deserializers.ByteArray!)
                .SetValueDeserializer(Deserializers.ByteArray!)
                .SetErrorHandler((_, error) => _events.OnError(error))
                .SetLogHandler((_, message) => _events.OnLog(message))
                .Build();
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw KafkaFailures.BadSettings(failure);
        }

        _client.Assign(range.Starts.Select(Offsets.Native));
    }

    public IReadOnlyList<LogPartition> Partitions { get; }

    public IReadOnlyList<LogPosition> EndsAtOpening { get; }

    public bool HasReachedEnds => ReaderRange.IsPast(EndsAtOpening, this);

    public RecordBatch? Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _batch.Clear();
        if (_ahead is { } ahead) Take(ahead);
        _ahead = null;
        var started = Stopwatch.GetTimestamp();
        while (_batch.Count < _maxBatchRecords)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var left = timeout == Timeout.InfiniteTimeSpan ? Slice : timeout - Stopwatch.GetElapsedTime(started);
            // Once there is something to return nothing is waited for.
            if (_batch.Count > 0 || left < TimeSpan.Zero) left = TimeSpan.Zero;
            if (Consume(left < Slice ? left : Slice) is not { } result)
            {
                if (_batch.Count > 0 || left == TimeSpan.Zero) break;
            }
            else if (result.IsPartitionEOF)
            {
                // It comes behind the partition's records, so it passes none that has not been returned.
                _positions[Offsets.Ours(result.TopicPartition)] = result.Offset.Value;
            }
            else if (!Take(result))
            {
                _ahead = result;
                break;
            }
        }

        return _batch.Count > 0 ? _batch : null;
    }

    public long Position(LogPartition partition) => _positions.GetValueOrDefault(partition, LogPosition.Unset);

    public void Dispose()
    {
        _client.Close();
        _client.Dispose();
    }

    private ConsumeResult<byte[]?, byte[]?>? Consume(TimeSpan wait)
    {
        try
        {
            return _client.Consume(wait);
        }
        catch (KafkaException failure)
        {
            throw KafkaFailures.Translate(_events.Fatal is { } fatal ? fatal : failure.Error, "reading");
        }
    }

    private bool Take(ConsumeResult<byte[]?, byte[]?> result)
    {
        if (!_batch.TryAdd(result)) return false;
        _positions[_batch.Partition] = result.Offset.Value + 1;
        return true;
    }
}
