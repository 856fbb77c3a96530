namespace IcmpStream.Kafka.Memory;

/// <summary>A member of a group of the in-memory log.</summary>
public sealed class MemoryMember : ILogMember
{
    private readonly MemoryLog _log;
    private readonly MemoryGroup _group;
    private readonly MemberOptions _options;
    private readonly MemoryProducer? _producer;
    private readonly int _epoch;
    private readonly AppendQueue _queue;
    private readonly MemoryBatch _batch = new();
    private readonly SortedDictionary<LogPartition, long> _positions = [];
    private readonly HashSet<LogPartition> _paused = [];
    private readonly Dictionary<LogPartition, long> _startAt = [];
    private readonly List<LogPartition> _fetchOrder = [];
    private MemoryPlace _place;
    private MemoryTransaction? _transaction;
    private MemberPoll _pending;
    private AppendFailure? _refused;
    private bool _working;
    private bool _isOut;
    private bool _isFenced;
    private bool _disposed;
    private int _turn = -1;

    internal MemoryMember(MemoryLog log, MemoryGroup group, MemberOptions options)
    {
        _log = log;
        _group = group;
        _options = options;
        _queue = new AppendQueue(options.Outputs.QueueRecords, options.Outputs.QueueBytes);
        _place = group.Enter(this, options);
        if (options.Guarantee != Guarantee.ExactlyOnce) return;
        TransactionalId = options.TransactionalId ?? $"{options.Group}-{_place.Id}";
        _producer = log.Producer(TransactionalId);
        _epoch = _producer.TakeOver();
    }

    /// <summary>The name that the group knows the member by, for <see cref="MemoryLog.Expel"/>.</summary>
    public string Id => _place.Id;

    /// <summary>Identity of the transactional producer; null without transactions.</summary>
    public string? TransactionalId { get; }

    /// <inheritdoc/>
    public Guarantee Guarantee => _options.Guarantee;

    /// <inheritdoc/>
    public AppendBooks OutputBooks => _queue.Books();

    /// <inheritdoc/>
    public IReadOnlyList<LogPartition> Assignment
    {
        get
        {
            lock (_log.Gate) return [.. _positions.Keys];
        }
    }

    internal bool HoldsPlace => !_disposed && _group.Knows(_place, this);

    private bool IsFenced => _isFenced |= _group.IsTakenFrom(this, _options.InstanceId) || (_producer is not null && _producer.Epoch != _epoch);

    /// <inheritdoc/>
    public MemberPoll Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        lock (_log.Gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            TakeEffect();
            long startedAt = 0;
            do
            {
                if (IsFenced) return MemberPoll.Fenced;
                if (!_log.IsAvailable) continue;
                if (Change() is { Kind: not PollKind.Nothing } change) return _pending = change;
                if (Fetch()) return MemberPoll.Records(_batch);
            }
            while (_log.WaitForChange(timeout, ref startedAt, cancellationToken));

            return MemberPoll.Nothing;
        }
    }

    /// <inheritdoc/>
    public void Seek(LogPartition partition, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        lock (_log.Gate)
        {
            RequireHeld(partition);
            if (_positions.ContainsKey(partition)) _positions[partition] = offset;
            else _startAt[partition] = offset;
        }
    }

    /// <inheritdoc/>
    public void Pause(IReadOnlyList<LogPartition> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        lock (_log.Gate)
        {
            foreach (var partition in partitions) RequireHeld(partition);
            _paused.UnionWith(partitions);
        }
    }

    /// <inheritdoc/>
    public void Resume(IReadOnlyList<LogPartition> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        lock (_log.Gate)
        {
            foreach (var partition in partitions) RequireHeld(partition);
            _paused.ExceptWith(partitions);
            Monitor.PulseAll(_log.Gate);
        }
    }

    /// <inheritdoc/>
    public long Position(LogPartition partition)
    {
        lock (_log.Gate) return _positions.TryGetValue(partition, out var position) ? position : LogPosition.Unset;
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogPosition> Committed(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) =>
        _log.CommittedOffsets(_options.Group, partitions, timeout);

    /// <inheritdoc/>
    public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) => _log.EndOffsets(partitions, timeout);

    /// <inheritdoc/>
    public int PartitionCount(string topic)
    {
        lock (_log.Gate) return _log.PartitionsOf(topic).Length;
    }

    /// <inheritdoc/>
    public void Begin()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_working) throw new InvalidOperationException("a unit of work is open already");
        _working = true;
        _refused = null;
    }

    /// <inheritdoc/>
    public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        RequireWork();
        lock (_log.Gate)
        {
            if (IsFenced) throw LogFailures.Fenced(Id);
            if (_producer is not null && _transaction is null) _producer.Open = _transaction = new MemoryTransaction();
            for (var i = 0; i < batch.Count;)
            {
                // An outage holds outputs back here; there is no queue to fill, so the wait is for the log itself.
                long startedAt = 0;
                while (!_log.IsAvailable) _log.WaitForChange(Timeout.InfiniteTimeSpan, ref startedAt, cancellationToken);
                var end = i + _queue.Enter(batch, i);
                for (; i < end; i++) Write(batch, i);
            }

            Monitor.PulseAll(_log.Gate);
        }
    }

    /// <inheritdoc/>
    public CommitOutcome Commit(IReadOnlyList<LogPosition> consumed, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(consumed);
        RequireWork();
        lock (_log.Gate)
        {
            if (!_log.IsAvailable) throw new LogException(LogError.Timeout, $"the log did not answer a commit within {timeout.TotalSeconds} s");
            var outcome = Outcome(consumed);
            if (outcome == CommitOutcome.Committed) _group.Store(consumed);
            EndWork(outcome == CommitOutcome.Committed ? TransactionState.Committed : TransactionState.Aborted);
            if (_refused is { } refused && outcome == CommitOutcome.Aborted) throw LogFailures.OutputRefused(refused);
            return outcome;
        }
    }

    /// <inheritdoc/>
    public void Abort(TimeSpan timeout)
    {
        RequireWork();
        lock (_log.Gate) EndWork(TransactionState.Aborted);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_log.Gate)
        {
            if (_disposed) return;
            _disposed = true;
            EndWork(TransactionState.Aborted);
            _group.Leave(_place, this);
            Monitor.PulseAll(_log.Gate);
        }
    }

    /// <summary>What the previous poll announced becomes true.</summary>
    private void TakeEffect()
    {
        var change = _pending;
        _pending = MemberPoll.Nothing;
        foreach (var partition in change.Partitions)
        {
            if (change.Kind == PollKind.Assigned)
            {
                var committed = _group.Committed(partition);
                var fallback = committed.IsSet ? committed.Offset : _log.Partition(partition).Start;
                _positions[partition] = _startAt.GetValueOrDefault(partition, fallback);
            }
            else
            {
                _positions.Remove(partition);
                _paused.Remove(partition);
                _place.Owned.Remove(partition);
            }
        }

        _startAt.Clear();
        if (change.Kind == PollKind.Nothing) return;
        _fetchOrder.Clear();
        _fetchOrder.AddRange(_positions.Keys);
        Monitor.PulseAll(_log.Gate);
    }

    /// <summary>The next change of the assignment: losses, then what is taken away, then what is given.</summary>
    private MemberPoll Change()
    {
        if (!_isOut && !_group.Knows(_place, this))
        {
            _isOut = true;
            if (_positions.Count > 0) return MemberPoll.Change(PollKind.Lost, [.. _positions.Keys]);
        }

        if (_isOut)
        {
            _isOut = false;
            _place = _group.Enter(this, _options);
            Monitor.PulseAll(_log.Gate);
        }

        List<LogPartition> revoked = [.. _positions.Keys.Where(partition => !_place.Target.Contains(partition))];
        if (revoked.Count > 0) return MemberPoll.Change(PollKind.Revoked, revoked);

        var assigned = _group.Grantable(_place, new HashSet<LogPartition>(_positions.Keys));
        if (assigned.Count == 0) return MemberPoll.Nothing;
        _place.Owned.UnionWith(assigned);
        return MemberPoll.Change(PollKind.Assigned, assigned);
    }

    private bool Fetch()
    {
        for (var tried = 0; tried < _fetchOrder.Count; tried++)
        {
            _turn = (_turn + 1) % _fetchOrder.Count;
            var partition = _fetchOrder[_turn];
            if (_paused.Contains(partition)) continue;
            _positions[partition] = _log.Partition(partition).Read(_positions[partition], _options.MaxBatchRecords, readUncommitted: false, _batch);
            if (_batch.Count > 0) return true;
        }

        return false;
    }

    private void Write(OutgoingBatch batch, int index)
    {
        if (_log.Write(batch.Topic, batch[index], _transaction) is { } failure)
        {
            _refused = failure;
            _queue.Failed(failure, batch.BytesOf(index));
        }
        else
        {
            _queue.Delivered(batch.BytesOf(index));
        }
    }

    private CommitOutcome Outcome(IReadOnlyList<LogPosition> consumed)
    {
        if (IsFenced) return CommitOutcome.Fenced;
        if (_refused is not null || !_group.Knows(_place, this)) return CommitOutcome.Aborted;
        foreach (var position in consumed)
            if (!_place.Owned.Contains(position.Partition)) return CommitOutcome.Aborted;
        return CommitOutcome.Committed;
    }

    private void EndWork(TransactionState state)
    {
        _working = false;
        if (_transaction is null) return;
        // A successor has ended what was open when it took over: nothing is left to end.
        if (_transaction.State == TransactionState.Open)
        {
            _transaction.End(state);
            _producer!.Open = null;
        }

        _transaction = null;
        Monitor.PulseAll(_log.Gate);
    }

    private void RequireWork()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_working) throw new InvalidOperationException("no unit of work is open");
    }

    private void RequireHeld(LogPartition partition)
    {
        if (_positions.ContainsKey(partition)) return;
        if (_pending.Kind == PollKind.Assigned && _pending.Partitions.Contains(partition)) return;
        throw new InvalidOperationException($"{partition} is not assigned to this member");
    }
}
