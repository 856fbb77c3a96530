using System.Diagnostics;
using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Confluent;

/// <summary>A member over Confluent.Kafka's consumer and producer.</summary>
internal sealed class ManagedMember : ILogMember
{
    private readonly KafkaLog _log;
    private readonly MemberOptions _options;
    private readonly AppendQueue _queue;
    private readonly ManagedProducer _producer;
    private readonly ManagedConsumer _consumer;
    private readonly SortedSet<LogPartition> _assignment = [];
    private readonly Dictionary<LogPartition, long> _startAt = [];
    private readonly HashSet<LogPartition> _pauseAtStart = [];
    private long _failuresAtBegin;
    private bool _working;
    private bool _isFenced;
    private bool _disposed;

    public ManagedMember(KafkaLog log, MemberOptions options)
    {
        _log = log;
        _options = options;
        _queue = new AppendQueue(options.Outputs.QueueRecords, options.Outputs.QueueBytes);
        var producer = IsExactlyOnce
            ? ClientSettings.TransactionalProducer(log.Options, options, options.TransactionalId ?? $"{options.Group}-{options.InstanceId ?? Guid.NewGuid().ToString("N")}")
            : ClientSettings.Producer(log.Options, options.Outputs);
        _producer = new ManagedProducer(log.Options, producer, _queue);
        try
        {
            // Fences whoever had the id, and ends what it left open, before the first record is read.
            if (IsExactlyOnce) _producer.Client.InitTransactions(options.TransactionTimeout);
            _consumer = new ManagedConsumer(log.Options, ClientSettings.Member(log.Options, options), options.MaxBatchRecords, inGroup: true);
            _consumer.Client.Subscribe(options.Topics);
        }
        catch (KafkaException failure)
        {
            _consumer?.Dispose();
            _producer.Dispose();
            throw KafkaFailures.Translate(failure, "joining the group");
        }
    }

    public Guarantee Guarantee => _options.Guarantee;

    public AppendBooks OutputBooks => _queue.Books();

    public IReadOnlyList<LogPartition> Assignment => [.. _assignment];

    private bool IsExactlyOnce => _options.Guarantee == Guarantee.ExactlyOnce;

    public MemberPoll Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        TakeEffect();
        if (IsFenced()) return MemberPoll.Fenced;
        try
        {
            return _consumer.Poll(timeout, cancellationToken) switch
            {
                ConsumerStop.Records => MemberPoll.Records(_consumer.Batch),
                ConsumerStop.Rebalance => Announce(),
                _ => IsFenced() ? MemberPoll.Fenced : MemberPoll.Nothing,
            };
        }
        catch (LogException fenced) when (fenced.Error == LogError.Fenced)
        {
            _isFenced = true;
            return MemberPoll.Fenced;
        }
    }

    public void Seek(LogPartition partition, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (_assignment.Contains(partition)) _consumer.Seek(partition, offset);
        else if (IsComing(partition)) _startAt[partition] = offset;
        else throw NotAssigned(partition);
    }

    public void Pause(IReadOnlyList<LogPartition> partitions)
    {
        foreach (var partition in Held(partitions))
        {
            if (!_assignment.Contains(partition)) _pauseAtStart.Add(partition);
            else _consumer.Client.Pause([Offsets.Native(partition)]);
        }
    }

    public void Resume(IReadOnlyList<LogPartition> partitions)
    {
        foreach (var partition in Held(partitions))
        {
            if (!_assignment.Contains(partition)) _pauseAtStart.Remove(partition);
            else _consumer.Client.Resume([Offsets.Native(partition)]);
        }
    }

    public long Position(LogPartition partition) => _consumer.Position(partition);

    public IReadOnlyList<LogPosition> Committed(IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        try
        {
            var found = _consumer.Client.Committed(partitions.Select(Offsets.Native), timeout)
                .ToDictionary(position => Offsets.Ours(position.TopicPartition), position => Offsets.OrUnset(position.Offset));
            return Offsets.InOrder(partitions, found);
        }
        catch (KafkaException failure)
        {
            throw KafkaFailures.Translate(failure, "asking for committed offsets");
        }
    }

    public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) => _log.EndOffsets(partitions, timeout);

    public int PartitionCount(string topic) => _log.PartitionCount(topic);

    public void Begin()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_working) throw new InvalidOperationException("a unit of work is open already");
        _producer.ForgetFailures();
        _failuresAtBegin = _producer.Failures;
        // A fenced one learns it from the commit, as from the in-memory log.
        if (IsExactlyOnce && !IsFenced())
        {
            try
            {
                _producer.Client.BeginTransaction();
            }
            catch (KafkaException failure)
            {
                throw KafkaFailures.Translate(failure, "beginning a transaction");
            }
        }

        _working = true;
    }

    public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        RequireWork();
        for (var next = 0; next < batch.Count;)
        {
            if (IsFenced()) throw LogFailures.Fenced("this member");
            _producer.ThrowIfFatal("writing");
            var taken = _queue.Enter(batch, next);
            if (taken == 0) _queue.WaitForRoom(cancellationToken);
            _producer.Feed(batch, next, taken);
            next += taken;
        }
    }

    public CommitOutcome Commit(IReadOnlyList<LogPosition> consumed, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(consumed);
        RequireWork();
        if (IsFenced())
        {
            _working = false;
            return CommitOutcome.Fenced;
        }

        var outcome = IsExactlyOnce ? CommitTransaction(consumed, timeout) : CommitOffsets(consumed, timeout);
        _isFenced |= outcome == CommitOutcome.Fenced;
        if (outcome == CommitOutcome.Aborted && _producer.LastingFailure is { } reason) throw LogFailures.OutputRefused(reason);
        return outcome;
    }

    public void Abort(TimeSpan timeout)
    {
        RequireWork();
        if (IsExactlyOnce && !IsFenced()) AbortTransaction(timeout);
        _working = false;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        // The broker ends the transaction of a producer that goes; a successor of its name would wait for that, so it is ended here.
        if (_working && IsExactlyOnce && !IsFenced() && _producer.Fatal is null) TryAbort();
        if (_consumer.Deferred is not null) TakeEffect();
        _consumer.Dispose();
        _producer.Dispose();
    }

    /// <summary>What the previous poll announced becomes true.</summary>
    private void TakeEffect()
    {
        if (_consumer.Deferred is not { } change || !_announced) return;
        var partitions = change.Partitions;
        if (change.Kind == PollKind.Assigned)
        {
            // Unset makes the client start at the committed offset, or where auto.offset.reset says.
            _consumer.Client.IncrementalAssign(partitions.Select(partition =>
                new TopicPartitionOffset(Offsets.Native(partition), _startAt.TryGetValue(partition, out var start) ? start : Offset.Unset)));
            foreach (var (partition, start) in _startAt) _consumer.SetPosition(partition, start);
            _assignment.UnionWith(partitions);
            if (_pauseAtStart.Count > 0) _consumer.Client.Pause(_pauseAtStart.Select(Offsets.Native));
        }
        else
        {
            _consumer.Client.IncrementalUnassign(partitions.Select(Offsets.Native));
            foreach (var partition in partitions) _consumer.Forget(partition);
            _assignment.ExceptWith(partitions);
        }

        _startAt.Clear();
        _pauseAtStart.Clear();
        _announced = false;
        _consumer.Resolve();
    }

    private bool _announced;

    private MemberPoll Announce()
    {
        _announced = true;
        return _consumer.Deferred!.Value;
    }

    private CommitOutcome CommitTransaction(IReadOnlyList<LogPosition> consumed, TimeSpan timeout)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            if (consumed.Count > 0)
                Retrying(started, timeout, left => _producer.Client.SendOffsetsToTransaction(consumed.Select(Offsets.Native), _consumer.Client.ConsumerGroupMetadata, left));
            Retrying(started, timeout, _producer.Client.CommitTransaction);
            _working = false;
            return CommitOutcome.Committed;
        }
        catch (KafkaTxnRequiresAbortException)
        {
            AbortTransaction(timeout);
            _working = false;
            return CommitOutcome.Aborted;
        }
        catch (KafkaException failure)
        {
            _working = false;
            if (KafkaFailures.IsFenced(failure.Error) || IsFenced()) return CommitOutcome.Fenced;
            throw KafkaFailures.Translate(failure, "committing");
        }
    }

    private CommitOutcome CommitOffsets(IReadOnlyList<LogPosition> consumed, TimeSpan timeout)
    {
        // Outputs first: offsets that run ahead of them would lose records in a crash.
        if (!_queue.WaitUntilEmpty(timeout, CancellationToken.None))
            throw new LogException(LogError.Timeout, $"the outputs were not acknowledged within {timeout.TotalSeconds:0.#} s: check that the brokers are up");
        _working = false;
        if (_producer.Failures != _failuresAtBegin)
        {
            _producer.ThrowIfFatal("writing");
            return CommitOutcome.Aborted;
        }

        if (consumed.Count == 0) return CommitOutcome.Committed;
        try
        {
            _consumer.Client.Commit(consumed.Select(Offsets.Native));
            return CommitOutcome.Committed;
        }
        catch (KafkaException failure)
        {
            if (KafkaFailures.IsFenced(failure.Error) || IsFenced()) return CommitOutcome.Fenced;
            if (KafkaFailures.IsGroupMovedOn(failure.Error)) return CommitOutcome.Aborted;
            throw KafkaFailures.Translate(failure, "committing");
        }
    }

    private void AbortTransaction(TimeSpan timeout)
    {
        try
        {
            Retrying(Stopwatch.GetTimestamp(), timeout, _producer.Client.AbortTransaction);
        }
        catch (KafkaException failure)
        {
            if (KafkaFailures.IsFenced(failure.Error) || IsFenced()) _isFenced = true;
            else throw KafkaFailures.Translate(failure, "aborting");
        }
    }

    private void TryAbort()
    {
        try
        {
            AbortTransaction(_log.Options.ConnectTimeout);
        }
        catch (LogException)
        {
            // The brokers are not there to be told; they end it themselves after the transaction timeout.
            return;
        }
    }

    /// <summary>Does what can be retried until it is done or the time is over.</summary>
    private static void Retrying(long started, TimeSpan timeout, Action<TimeSpan> action)
    {
        while (true)
        {
            var left = timeout - Stopwatch.GetElapsedTime(started);
            try
            {
                action(left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1));
                return;
            }
            catch (KafkaRetriableException) when (Stopwatch.GetElapsedTime(started) < timeout)
            {
                continue;
            }
        }
    }

    private bool IsFenced() => _isFenced |= (_producer.Fatal is { } ours && KafkaFailures.IsFenced(ours)) || (_consumer.Fatal is { } theirs && KafkaFailures.IsFenced(theirs));

    private bool IsComing(LogPartition partition) => _announced && _consumer.Deferred is { Kind: PollKind.Assigned } change && change.Partitions.Contains(partition);

    private IReadOnlyList<LogPartition> Held(IReadOnlyList<LogPartition> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        foreach (var partition in partitions)
            if (!_assignment.Contains(partition) && !IsComing(partition)) throw NotAssigned(partition);
        return partitions;
    }

    private static InvalidOperationException NotAssigned(LogPartition partition) => new($"{partition} is not assigned to this member");

    private void RequireWork()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_working) throw new InvalidOperationException("no unit of work is open");
    }
}
