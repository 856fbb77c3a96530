using System.Diagnostics;
using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Native;

/// <summary>A member of a consumer group over librdkafka: one consumer, one producer, one owner thread.</summary>
internal sealed class NativeMember : ILogMember
{
    private readonly KafkaLog _log;
    private readonly AppendQueue _queue;
    private readonly NativeProducer _producer;
    private readonly NativeConsumer _consumer;
    private readonly SortedSet<LogPartition> _assignment = [];
    private readonly Dictionary<LogPartition, long> _startAt = [];
    private readonly HashSet<LogPartition> _pauseAtStart = [];
    private MemberPoll? _pending;
    private long _failuresAtBegin;
    private bool _working;
    private bool _isFenced;
    private bool _disposed;

    public NativeMember(KafkaLog log, MemberOptions options)
    {
        _log = log;
        Guarantee = options.Guarantee;
        _queue = new AppendQueue(options.Outputs.QueueRecords, options.Outputs.QueueBytes);
        var transactionalId = options.TransactionalId ?? $"{options.Group}-{options.InstanceId ?? Guid.NewGuid().ToString("N")}";
        var settings = IsExactlyOnce
            ? ClientSettings.TransactionalProducer(log.Options, options, transactionalId)
            : ClientSettings.Producer(log.Options, options.Outputs);
        _producer = new NativeProducer(log.Options, settings, _queue, log.PartitionCountOrNone);
        try
        {
            // Fences whoever had the id, and ends what it left open, before the first record is read.
            if (IsExactlyOnce && Retrying(options.TransactionTimeout, _producer.InitTransactions) is { } failure) throw KafkaFailures.Translate(failure.Error, "starting transactions");
            _consumer = new NativeConsumer(log.Options, ClientSettings.Member(log.Options, options), options.MaxBatchRecords);
            _consumer.Subscribe(options.Topics);
        }
        catch (LogException)
        {
            _consumer?.Dispose();
            _producer.Dispose();
            throw;
        }
    }

    public Guarantee Guarantee { get; }

    public AppendBooks OutputBooks => _queue.Books();

    public IReadOnlyList<LogPartition> Assignment => [.. _assignment];

    private bool IsExactlyOnce => Guarantee == Guarantee.ExactlyOnce;

    public MemberPoll Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        TakeEffect();
        if (IsFenced()) return MemberPoll.Fenced;
        try
        {
            switch (_consumer.Poll(timeout, cancellationToken))
            {
                case ConsumerStop.Records:
                    return MemberPoll.Records(_consumer.Batch);
                case ConsumerStop.Rebalance:
                    _pending = _consumer.Announced;
                    return _consumer.Announced!.Value;
                default:
                    return IsFenced() ? MemberPoll.Fenced : MemberPoll.Nothing;
            }
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
        RequireHeld(partition);
        if (_assignment.Contains(partition)) _consumer.Seek(partition, offset);
        else _startAt[partition] = offset;
    }

    public void Pause(IReadOnlyList<LogPartition> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        foreach (var partition in partitions) RequireHeld(partition);
        _consumer.Pause([.. partitions.Where(_assignment.Contains)]);
        _pauseAtStart.UnionWith(partitions.Where(partition => !_assignment.Contains(partition)));
    }

    public void Resume(IReadOnlyList<LogPartition> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        foreach (var partition in partitions) RequireHeld(partition);
        _consumer.Resume([.. partitions.Where(_assignment.Contains)]);
        _pauseAtStart.ExceptWith(partitions);
    }

    public long Position(LogPartition partition) => _consumer.Position(partition);

    public IReadOnlyList<LogPosition> Committed(IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        return _consumer.Committed(partitions, timeout);
    }

    public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) => _log.EndOffsets(partitions, timeout);

    public int PartitionCount(string topic) => _log.PartitionCount(topic);

    public void Begin()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_working) throw new InvalidOperationException("a unit of work is open already");
        _producer.ForgetFailures();
        _failuresAtBegin = _producer.Failures;
        // A fenced member learns it from the commit.
        if (IsExactlyOnce && !IsFenced() && _producer.BeginTransaction() is { } failure && !Fences(failure.Error))
            throw KafkaFailures.Translate(failure.Error, "beginning a transaction");
        _working = true;
    }

    public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        RequireWork();
        _producer.Prepare(batch.Topic);
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
        if (outcome == CommitOutcome.Aborted && _producer.LastingFailure is { } reason) throw LogFailures.OutputRefused(reason);
        return outcome;
    }

    public void Abort(TimeSpan timeout)
    {
        RequireWork();
        if (IsExactlyOnce && !IsFenced() && AbortTransaction(timeout) is { } failure) throw failure;
        _working = false;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        // The broker ends the transaction of a producer that goes only after the transaction timeout, and holds readers back until then. Where
        // it cannot be told, there is nobody left to tell.
        if (_working && IsExactlyOnce && !IsFenced() && _producer.Fatal is null) AbortTransaction(_log.Options.ConnectTimeout);
        _consumer.Dispose();
        _producer.Dispose();
    }

    /// <summary>What the previous poll announced becomes true.</summary>
    private void TakeEffect()
    {
        if (_pending is not { } change) return;
        _pending = null;
        var partitions = change.Partitions;
        if (change.Kind == PollKind.Assigned)
        {
            _consumer.AcceptAssigned([.. partitions.Select(partition => new LogPosition(partition, _startAt.GetValueOrDefault(partition, LogPosition.Unset)))]);
            _assignment.UnionWith(partitions);
            _consumer.Pause([.. _pauseAtStart]);
        }
        else
        {
            _consumer.AcceptUnassigned(partitions);
            _assignment.ExceptWith(partitions);
        }

        _startAt.Clear();
        _pauseAtStart.Clear();
    }

    private CommitOutcome CommitTransaction(IReadOnlyList<LogPosition> consumed, TimeSpan timeout)
    {
        var failure = consumed.Count == 0 ? null : Retrying(timeout, left => _producer.SendOffsets(consumed, _consumer, left));
        failure ??= Retrying(timeout, _producer.CommitTransaction);
        if (failure is not { } failed)
        {
            _working = false;
            return CommitOutcome.Committed;
        }

        if (failed.RequiresAbort)
        {
            if (AbortTransaction(timeout) is { } notAborted) throw notAborted;
            _working = false;
            // Fenced beyond doubt, whatever became of the abort. An invalid epoch alone can also be a transaction that the broker timed out.
            _isFenced |= failed.Error.Code is ErrorCode.Local_Fenced or ErrorCode.ProducerFenced;
            return _isFenced ? CommitOutcome.Fenced : CommitOutcome.Aborted;
        }

        // Retriable still: the time is over, the outcome unknown, and the work open, so that it can be committed again or aborted.
        if (!failed.IsRetriable) _working = false;
        return Fences(failed.Error) ? CommitOutcome.Fenced : throw KafkaFailures.Translate(failed.Error, "committing");
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

        if (consumed.Count == 0 || _consumer.Commit(consumed) is not { } failure) return CommitOutcome.Committed;
        if (Fences(failure)) return CommitOutcome.Fenced;
        return KafkaFailures.IsGroupMovedOn(failure) ? CommitOutcome.Aborted : throw KafkaFailures.Translate(failure, "committing");
    }

    /// <summary>Null once it is done, also where somebody else has done it by fencing this one.</summary>
    private LogException? AbortTransaction(TimeSpan timeout)
    {
        var failure = Retrying(timeout, _producer.AbortTransaction);
        return failure is not { } failed || Fences(failed.Error) ? null : KafkaFailures.Translate(failed.Error, "aborting");
    }

    /// <summary>Does what can be retried until it is done, fails for good, or the time is over.</summary>
    private static NativeFailure? Retrying(TimeSpan timeout, Func<TimeSpan, NativeFailure?> action)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = timeout - Stopwatch.GetElapsedTime(started);
            if (left < TimeSpan.Zero) left = TimeSpan.Zero;
            var failure = action(left);
            if (failure is not { IsRetriable: true } || left == TimeSpan.Zero) return failure;
        }
    }

    private bool IsFenced() => _isFenced = _isFenced || (_producer.Fatal is { } ours && KafkaFailures.IsFenced(ours)) || (_consumer.Fatal is { } theirs && KafkaFailures.IsFenced(theirs));

    private bool Fences(Error error) => _isFenced = KafkaFailures.IsFenced(error) || IsFenced();

    private void RequireHeld(LogPartition partition)
    {
        if (_assignment.Contains(partition)) return;
        if (_pending is { Kind: PollKind.Assigned } coming && coming.Partitions.Contains(partition)) return;
        throw new InvalidOperationException($"{partition} is not assigned to this member");
    }

    private void RequireWork()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_working) throw new InvalidOperationException("no unit of work is open");
    }
}
