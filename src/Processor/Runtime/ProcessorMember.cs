using System.Diagnostics;
using IcmpStream.Kafka;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime;

/// <summary>
/// One member of the group: it owns the stages of the partitions assigned to it, feeds them in order, and commits what they put out
/// together with how far they have read. One thread.
/// </summary>
/// <remarks>
/// <para>
/// <code>
///   assigned(p) -> seek to the beginning, replay up to the committed offset with outputs suppressed -> go on
///   records     -> stage(p) -> outputs gathered -> every 100 ms: outputs + positions in one unit of work
///   revoked(p)  -> commit, drop the state       lost(p), aborted -> drop all state, rebuild
/// </code>
/// </para>
/// <para>
/// Rebuilding reads the whole partition again, which the log's retention bounds. A stage numbers its outputs by its input's
/// offsets, so a rebuilt one gives the same numbers, and the next stage drops what it has had: with at-least-once too, partials and
/// findings count once.
/// </para>
/// </remarks>
internal sealed class ProcessorMember : IDisposable
{
    private readonly ProcessorOptions _options;
    private readonly ILogMember _member;
    private readonly OutputWriter _writer;
    private readonly SortedDictionary<LogPartition, StageTask> _tasks = [];
    private readonly Dictionary<LogPartition, long> _positions = [];
    private ProcessorBooks _retired = new();
    private long _records;
    private long _replayed;
    private long _deadLetters;
    private long _commits;
    private bool _working;
    private bool _joined;
    private MemberStatus _status = new();

    public ProcessorMember(ILog log, ProcessorOptions options, int number)
    {
        _options = options;
        _member = log.Join(new MemberOptions
        {
            Group = options.Group,
            Topics = options.Topics.Inputs,
            Guarantee = options.Guarantee,
            InstanceId = options.InstanceId is { } name ? $"{name}-{number}" : null,
        });
        _writer = new OutputWriter(_member, options);
    }

    /// <summary>How it is; from any thread.</summary>
    public MemberStatus Status => Volatile.Read(ref _status);

    /// <summary>Works until asked to stop, which ends with a commit; or until it is fenced: false.</summary>
    public bool Run(CancellationToken stop)
    {
        long lastCommit = Stopwatch.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            TimeSpan due = _options.CommitInterval - Stopwatch.GetElapsedTime(lastCommit);
            if (due <= TimeSpan.Zero)
            {
                if (!Commit())
                    return false;
                lastCommit = Stopwatch.GetTimestamp();
                continue;
            }

            if (!Handle(Poll(due, stop)))
                return false;
        }

        return Commit();
    }

    public void Dispose() => _member.Dispose();

    private MemberPoll Poll(TimeSpan timeout, CancellationToken stop)
    {
        try
        {
            return _member.Poll(timeout, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return MemberPoll.Nothing;
        }
    }

    private bool Handle(in MemberPoll poll)
    {
        switch (poll.Kind)
        {
            case PollKind.Records:
                Process(poll.Batch!);
                return true;
            case PollKind.Assigned:
                Assign(poll.Partitions);
                return true;
            case PollKind.Revoked:
                bool committed = Commit();
                Drop(poll.Partitions);
                return committed;
            case PollKind.Lost:
                Drop(poll.Partitions);
                Abort();
                return true;
            case PollKind.Fenced:
                return false;
            default:
                return true;
        }
    }

    private void Process(RecordBatch batch)
    {
        if (!_tasks.TryGetValue(batch.Partition, out StageTask? task))
            throw new InvalidOperationException($"records of {batch.Partition} came, which is not assigned");
        Begin();
        foreach (LogRecord record in batch)
        {
            _writer.IsSuppressed = record.Offset < task.Committed;
            if (_writer.IsSuppressed)
                _replayed++;
            else
                EndReplay(task);
            _records++;
            AvroError error = task.Accept(record, _writer);
            if (error != AvroError.None)
            {
                _writer.DeadLetter(error, batch.Partition, record);
                _deadLetters += _writer.IsSuppressed ? 0 : 1;
            }
        }

        _positions[batch.Partition] = batch.Next.Offset;
        _writer.HandOn(all: false, CancellationToken.None);
    }

    // What a stage did while it was rebuilt has been counted in its former life.
    private void EndReplay(StageTask task)
    {
        if (!task.IsReplaying)
            return;
        task.IsReplaying = false;
        _retired -= task.Books;
    }

    private void Assign(IReadOnlyList<LogPartition> partitions)
    {
        _joined = true;
        foreach (LogPosition committed in _member.Committed(partitions, _options.LogTimeout))
        {
            long offset = committed.IsSet ? committed.Offset : 0;
            _tasks[committed.Partition] = NewTask(committed.Partition, offset);
            _positions[committed.Partition] = 0;
            _member.Seek(committed.Partition, 0);
        }
    }

    private StageTask NewTask(LogPartition partition, long committed)
    {
        ProcessorTopics topics = _options.Topics;
        int pairs = _member.PartitionCount(topics.Event), hosts = _member.PartitionCount(topics.Partial);
        if (string.Equals(partition.Topic, topics.Event, StringComparison.Ordinal))
        {
            PairOptions options = _options.Pair with { Partition = partition.Partition, HostPartitions = hosts };
            return new PairTask(partition, committed, options, _options.Schemas);
        }

        if (string.Equals(partition.Topic, topics.Partial, StringComparison.Ordinal))
        {
            HostOptions options = _options.Host with { Partition = partition.Partition, PairPartitions = pairs };
            return new HostTask(partition, committed, options, _options.Schemas);
        }

        VerdictOptions verdict = _options.Verdict with { PairPartitions = pairs, HostPartitions = hosts };
        return new VerdictTask(partition, committed, verdict, _options.Schemas);
    }

    private void Drop(IReadOnlyList<LogPartition> partitions)
    {
        foreach (LogPartition partition in partitions)
        {
            _positions.Remove(partition);
            if (!_tasks.Remove(partition, out StageTask? task) || task.IsReplaying)
                continue;
            _retired += task.Books;
        }
    }

    private void Begin()
    {
        if (_working)
            return;
        _member.Begin();
        _working = true;
    }

    private bool Commit()
    {
        var consumed = new List<LogPosition>();
        foreach ((LogPartition partition, StageTask task) in _tasks)
        {
            long position = Math.Max(_positions[partition], _member.Position(partition));
            if (position < task.Committed)
                continue;
            EndReplay(task);
            if (position > task.Committed)
                consumed.Add(new LogPosition(partition, position));
        }

        if (!_working && consumed.Count == 0)
        {
            Report();
            return true;
        }

        Begin();
        _writer.HandOn(all: true, CancellationToken.None);
        CommitOutcome outcome = _member.Commit(consumed, _options.LogTimeout);
        _working = false;
        switch (outcome)
        {
            case CommitOutcome.Committed:
                _commits++;
                foreach (LogPosition position in consumed)
                    _tasks[position.Partition].Committed = position.Offset;
                Report();
                return true;
            case CommitOutcome.Aborted:
                Rebuild();
                return true;
            default:
                return false;
        }
    }

    private void Abort()
    {
        if (_working)
            _member.Abort(_options.LogTimeout);
        _working = false;
        Rebuild();
    }

    // The stages are ahead of what the log has of them: back to the beginning.
    private void Rebuild()
    {
        _writer.Clear();
        LogPartition[] partitions = [.. _tasks.Keys];
        foreach (StageTask task in _tasks.Values)
            _retired += task.IsReplaying ? new ProcessorBooks() : task.Books;
        Assign(partitions);
        Report();
    }

    private void Report()
    {
        var status = new MemberStatus
        {
            HasJoined = _joined,
            IsReplaying = _tasks.Values.Any(task => task.IsReplaying),
            IsDrained = _tasks.Values.All(task => task.IsDrained),
            Committed = [.. _tasks.Select(task => new LogPosition(task.Key, task.Value.Committed))],
            OpenStreams = [.. _tasks.Values.SelectMany(task => task.OpenStreams).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Books = Books(),
        };
        Volatile.Write(ref _status, status);
    }

    private ProcessorBooks Books()
    {
        ProcessorBooks books = _retired + new ProcessorBooks
        {
            Records = _records,
            Replayed = _replayed,
            DeadLetters = _deadLetters,
            Rates = _writer.Rates,
            Commits = _commits,
        };
        foreach (StageTask task in _tasks.Values)
        {
            if (!task.IsReplaying)
                books += task.Books;
        }

        return books;
    }
}
