using System.Diagnostics;
using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Confluent;

/// <summary>What stands between the records that came and whatever comes next.</summary>
internal enum ConsumerStop : byte
{
    /// <summary>Nothing came in time.</summary>
    Nothing,

    /// <summary>The batch has records.</summary>
    Records,

    /// <summary>The handler of a rebalance has put it off: see <see cref="ManagedConsumer.Deferred"/>.</summary>
    Rebalance,
}

/// <summary>
/// Gathers what Confluent.Kafka's consumer returns one by one into batches of one partition. One thread. It knows three things that the client
/// mixes: records, ends of partitions, and rebalances.
/// </summary>
internal sealed class ManagedConsumer : IDisposable
{
    /// <summary>The longest uninterrupted wait: how late a cancellation may be seen.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a seek may be refused because the partition's first offset is still being looked up.</summary>
    private static readonly TimeSpan SeekBound = TimeSpan.FromSeconds(10);

    private readonly ClientEvents _events;
    private readonly int _maxBatchRecords;
    private readonly Dictionary<LogPartition, long> _positions = [];
    private readonly ManagedBatch _batch = new();
    private ConsumeResult<byte[]?, byte[]?>? _ahead;
    private bool _closing;

    public ManagedConsumer(ClusterOptions cluster, IReadOnlyDictionary<string, string> settings, int maxBatchRecords, bool inGroup)
    {
        _events = new ClientEvents(cluster.Logger);
        _maxBatchRecords = maxBatchRecords;
        try
        {
            var builder = new ConsumerBuilder<byte[]?, byte[]?>(settings)
                .SetKeyDeserializer(Deserializers.ByteArray!)
                .SetValueDeserializer(Deserializers.ByteArray!)
                .SetErrorHandler((_, error) => _events.OnError(error))
                .SetLogHandler((_, message) => _events.OnLog(message));
            if (inGroup)
            {
                builder
                    .SetPartitionsAssignedHandler((_, partitions) => Defer(PollKind.Assigned, partitions))
                    .SetPartitionsRevokedHandler((_, positions) => Defer(PollKind.Revoked, positions.Select(position => position.TopicPartition)))
                    .SetPartitionsLostHandler((_, positions) => Defer(PollKind.Lost, positions.Select(position => position.TopicPartition)));
            }

            Client = builder.Build();
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw KafkaFailures.BadSettings(failure);
        }
    }

    public IConsumer<byte[]?, byte[]?> Client { get; }

    public RecordBatch Batch => _batch;

    public Error? Fatal => _events.Fatal;

    /// <summary>A rebalance that waits for its effect; the client goes on only when it is assigned or unassigned. Null for none.</summary>
    public MemberPoll? Deferred { get; private set; }

    public long Position(LogPartition partition) => _positions.GetValueOrDefault(partition, LogPosition.Unset);

    public void SetPosition(LogPartition partition, long offset) => _positions[partition] = offset;

    public void Forget(LogPartition partition)
    {
        _positions.Remove(partition);
        DropAhead(partition);
    }

    /// <summary>The rebalance has had its effect.</summary>
    public void Resolve() => Deferred = null;

    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    /// <exception cref="LogException">The consumer has failed.</exception>
    public ConsumerStop Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _batch.Clear();
        if (_ahead is { } ahead)
        {
            _ahead = null;
            Take(ahead);
        }

        var started = Stopwatch.GetTimestamp();
        while (_batch.Count < _maxBatchRecords && Deferred is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Once there is something to return nothing is waited for.
            var left = _batch.Count > 0 ? TimeSpan.Zero : timeout == Timeout.InfiniteTimeSpan ? Slice : Min(Slice, timeout - Stopwatch.GetElapsedTime(started));
            if (left < TimeSpan.Zero) left = TimeSpan.Zero;
            var result = Consume(left);
            if (result is null)
            {
                if (_batch.Count > 0 || Deferred is not null || (timeout != Timeout.InfiniteTimeSpan && Stopwatch.GetElapsedTime(started) >= timeout)) break;
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

        if (_batch.Count > 0) return ConsumerStop.Records;
        return Deferred is null ? ConsumerStop.Nothing : ConsumerStop.Rebalance;
    }

    public void Seek(LogPartition partition, long offset)
    {
        DropAhead(partition);
        _positions[partition] = offset;
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                Client.Seek(Offsets.Native(new LogPosition(partition, offset)));
                return;
            }
            catch (KafkaException busy) when (busy.Error.Code is ErrorCode.Local_State or ErrorCode.Local_InProgress)
            {
                if (Stopwatch.GetElapsedTime(started) > SeekBound) throw KafkaFailures.Translate(busy, $"seeking in {partition}");
                Thread.Sleep(1);
            }
        }
    }

    public void Dispose()
    {
        _closing = true;
        Client.Close();
        Client.Dispose();
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private ConsumeResult<byte[]?, byte[]?>? Consume(TimeSpan wait)
    {
        try
        {
            return Client.Consume(wait);
        }
        catch (Exception own) when (own is RebalanceDeferral || own.InnerException is RebalanceDeferral)
        {
            // From the handler below: bare, or, as the client documents it, wrapped.
            return null;
        }
        catch (ConsumeException silent) when (silent.Error.Code == ErrorCode.Local_MaxPollExceeded)
        {
            // The owner took too long between polls. That the partitions are lost follows, and says it.
            return null;
        }
        catch (KafkaException failure)
        {
            throw KafkaFailures.Translate(_events.Fatal is { } fatal ? fatal : failure.Error, "reading");
        }
    }

    /// <summary>
    /// Puts a rebalance off. What a handler throws reaches the caller of Consume, and leaves the client waiting for the assignment to be changed,
    /// which the next poll does: so that the owner can finish its work on what it loses, between two polls and not within one.
    /// </summary>
    private void Defer(PollKind kind, IEnumerable<TopicPartition> partitions)
    {
        if (_closing) return;
        Deferred = MemberPoll.Change(kind, [.. partitions.Select(Offsets.Ours).Order()]);
        throw new RebalanceDeferral();
    }

    private bool Take(ConsumeResult<byte[]?, byte[]?> result)
    {
        if (!_batch.TryAdd(result)) return false;
        _positions[_batch.Partition] = result.Offset.Value + 1;
        return true;
    }

    private void DropAhead(LogPartition partition)
    {
        if (_ahead is { } ahead && Offsets.Ours(ahead.TopicPartition) == partition) _ahead = null;
    }

    private sealed class RebalanceDeferral : Exception;
}
