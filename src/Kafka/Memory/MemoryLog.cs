using System.Diagnostics;
using System.Globalization;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Kafka.Memory;

/// <summary>
/// A log in this process with Kafka's semantics and nothing of its cost: ordered partitions, consumer groups, transactions over partitions
/// and offsets, fencing, read_committed. It has no threads, reads no clock for anything that it says, and rolls no dice: what happens follows
/// from the order of the calls. Called from one thread with zero timeouts it never waits, which is what a simulator needs; called from several, it
/// may wait.
/// </summary>
/// <remarks>
/// Groups rebalance cooperatively: only partitions that move are revoked, and none is assigned before its former owner has polled again. A
/// crash is an object that is no longer called; <see cref="Expel"/> and <see cref="ExpireTransaction"/> are the coordinator's
/// session and transaction timeouts, at the moment of the caller's choice.
/// </remarks>
public sealed class MemoryLog : ILog, ITopicAdmin
{
    private readonly Dictionary<string, (TopicSpec Spec, MemoryPartition[] Partitions)> _topics = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, MemoryGroup> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, MemoryProducer> _producers = new(StringComparer.Ordinal);
    private readonly List<MemoryAppender> _appenders = [];
    private bool _available = true;
    private int _names;

    /// <summary>Makes an empty log.</summary>
    public MemoryLog(MemoryLogOptions? options = null) => Options = options ?? new MemoryLogOptions();

    /// <inheritdoc/>
    public ITopicAdmin Topics => this;

    /// <summary>The append time that records get from now on, ms since the epoch. It moves when somebody sets it.</summary>
    public long AppendTimeMs { get; set; }

    /// <summary>
    /// False plays a broker outage: appenders queue up to their limits, polls find nothing, commits time out. Setting it true again delivers what
    /// was queued, in order.
    /// </summary>
    public bool IsAvailable
    {
        get => Volatile.Read(ref _available);
        set
        {
            lock (Gate)
            {
                _available = value;
                if (value) foreach (var appender in _appenders) appender.DeliverHeld();
                Monitor.PulseAll(Gate);
            }
        }
    }

    internal MemoryLogOptions Options { get; }

    /// <summary>Guards all state of the log and of what it opened.</summary>
    internal object Gate { get; } = new();

    /// <inheritdoc cref="ILog.OpenAppender"/>
    public ILogAppender OpenAppender(AppenderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        lock (Gate)
        {
            var appender = new MemoryAppender(this, options);
            _appenders.Add(appender);
            return appender;
        }
    }

    /// <inheritdoc/>
    ILogMember ILog.Join(MemberOptions options) => Join(options);

    /// <inheritdoc cref="ILog.Join"/>
    public MemoryMember Join(MemberOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        lock (Gate)
        {
            foreach (var topic in options.Topics) PartitionsOf(topic);
            if (!_groups.TryGetValue(options.Group, out var group)) _groups[options.Group] = group = new MemoryGroup(this, options.Group);
            return new MemoryMember(this, group, options);
        }
    }

    /// <inheritdoc/>
    public ILogReader OpenReader(ReaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        lock (Gate) return new MemoryReader(this, options);
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogPosition> CommittedOffsets(string group, IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        lock (Gate)
        {
            return [.. partitions.Select(partition => _groups.TryGetValue(group, out var known) ? known.Committed(partition) : new LogPosition(partition, LogPosition.Unset))];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        lock (Gate) return [.. partitions.Select(partition => new LogPosition(partition, Partition(partition).StableEnd))];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, int> List(TimeSpan timeout)
    {
        lock (Gate) return new SortedDictionary<string, int>(_topics.ToDictionary(topic => topic.Key, topic => topic.Value.Partitions.Length), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TopicFinding> Check(IReadOnlyList<TopicSpec> specs, TimeSpan timeout)
    {
        lock (Gate) return [.. specs.Select(Find)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<TopicFinding> Apply(IReadOnlyList<TopicSpec> specs, TimeSpan timeout)
    {
        lock (Gate)
        {
            var findings = TopicFindings.RefuseMismatches([.. specs.Select(Find)]);
            for (var i = 0; i < findings.Count; i++)
            {
                if (findings[i].State != TopicState.Missing) continue;
                Create(findings[i].Spec);
                findings[i] = findings[i] with { State = TopicState.Created };
            }

            return findings;
        }
    }

    /// <summary>Creates a topic of some partitions; for tests and tools that need no catalogue.</summary>
    public void CreateTopic(string name, int partitions, bool isKeyed = true) =>
        Apply([new TopicSpec { Name = name, Partitions = partitions, IsKeyed = isKeyed }], TimeSpan.Zero);

    /// <summary>
    /// The coordinator's session timeout: the group gives the member's partitions to others. Its next poll says that they are lost, and the one
    /// after joins again. Of a static member that has left, its reserved place ends.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="memberId">The member's instance id, or <see cref="MemoryMember.Id"/>.</param>
    /// <returns>False if the group has no such member.</returns>
    public bool Expel(string group, string memberId)
    {
        lock (Gate)
        {
            var expelled = _groups.TryGetValue(group, out var known) && known.Expel(memberId);
            Monitor.PulseAll(Gate);
            return expelled;
        }
    }

    /// <summary>True while the member holds its place in its group: it may not know yet that it does not.</summary>
    public bool IsMember(MemoryMember member)
    {
        ArgumentNullException.ThrowIfNull(member);
        lock (Gate) return member.HoldsPlace;
    }

    /// <summary>The coordinator's transaction timeout: what the id has open is aborted and its holder fenced.</summary>
    /// <returns>False if nothing was open.</returns>
    public bool ExpireTransaction(string transactionalId)
    {
        lock (Gate)
        {
            if (!_producers.TryGetValue(transactionalId, out var producer) || producer.Open is null) return false;
            producer.TakeOver();
            Monitor.PulseAll(Gate);
            return true;
        }
    }

    /// <summary>Deletes records before an offset, as far as whole segments and undecided transactions allow.</summary>
    public void DeleteRecords(LogPartition partition, long beforeOffset)
    {
        lock (Gate) Partition(partition).DeleteBefore(beforeOffset);
    }

    /// <summary>Ends nothing: what was opened stays usable, since nothing here is outside managed memory.</summary>
    public void Dispose()
    {
    }

    internal string NewName(string stem) => string.Create(CultureInfo.InvariantCulture, $"{stem}-{++_names}");

    internal MemoryProducer Producer(string transactionalId)
    {
        if (!_producers.TryGetValue(transactionalId, out var producer)) _producers[transactionalId] = producer = new MemoryProducer();
        return producer;
    }

    internal void Forget(MemoryAppender appender) => _appenders.Remove(appender);

    internal MemoryPartition[] PartitionsOf(string topic) =>
        _topics.TryGetValue(topic, out var known) ? known.Partitions : throw LogFailures.TopicMissing(topic);

    internal MemoryPartition Partition(LogPartition id) => TryPartition(id) ?? throw LogFailures.TopicMissing(id.ToString());

    internal MemoryPartition? TryPartition(LogPartition id) =>
        _topics.TryGetValue(id.Topic, out var known) && (uint)id.Partition < (uint)known.Partitions.Length ? known.Partitions[id.Partition] : null;

    /// <summary>Writes a record, or says why it cannot be.</summary>
    internal AppendFailure? Write(string topic, OutgoingRecord record, MemoryTransaction? transaction)
    {
        if (TryPartition(new LogPartition(topic, record.Partition)) is not { } partition) return AppendFailure.NoSuchPartition;
        if ((long)record.Key.Length + record.Value.Length > Options.MaxRecordBytes) return AppendFailure.TooLarge;
        partition.Append(record.Key, record.Value, record.IsTombstone, record.Headers, transaction);
        return null;
    }

    /// <summary>
    /// Waits within the gate for anything to change; false once the time has run out. The clock only bounds the wait: with zero it is not read.
    /// </summary>
    internal bool WaitForChange(TimeSpan timeout, ref long startedAt, CancellationToken cancellationToken)
    {
        if (timeout == TimeSpan.Zero) return false;
        if (startedAt == 0) startedAt = Stopwatch.GetTimestamp();
        var left = timeout - Stopwatch.GetElapsedTime(startedAt);
        if (timeout != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero) return false;
        var wake = cancellationToken.UnsafeRegister(
            static gate =>
            {
                lock (gate!) Monitor.PulseAll(gate);
            },
            Gate);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            Monitor.Wait(Gate, timeout == Timeout.InfiniteTimeSpan ? timeout : TimeSpan.FromTicks(Math.Min(left.Ticks, TimeSpan.TicksPerDay)));
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            // Not Dispose: that waits for a callback under way, and the callback waits for the gate, which is held here.
            wake.Unregister();
        }

        return true;
    }

    private TopicFinding Find(TopicSpec spec)
    {
        spec.Validate();
        return _topics.TryGetValue(spec.Name, out var known) ? TopicFindings.Compare(spec, known.Partitions.Length, known.Spec.Config) : new TopicFinding(spec, TopicState.Missing, "");
    }

    private void Create(TopicSpec spec)
    {
        var partitions = new MemoryPartition[spec.Partitions];
        for (var i = 0; i < partitions.Length; i++) partitions[i] = new MemoryPartition(this, new LogPartition(spec.Name, i));
        _topics.Add(spec.Name, (spec, partitions));
    }
}
