using System.Text;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime.Checkpoints;
using IcmpStream.Processor.Runtime.Http;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime;

/// <summary>
/// One member of the group: it owns the stages of the partitions assigned to it, feeds them in order, and commits what they put out
/// together with how far they have read. It has no thread of its own: whoever drives it calls <see cref="Step"/>, one at a time.
/// </summary>
/// <remarks>
/// <code>
///   assigned(p) -> load the last checkpoint -> replay up to the committed offset with outputs suppressed -> go on
///   records     -> stage(p) -> outputs gathered -> every 100 ms: outputs + positions in one unit of work
///   revoked(p)  -> commit, drop the state       lost(p), aborted -> drop all state, restore it
///   committed   -> every 30 s for each partition: its state is taken, its chunks go out, its manifest is in a later commit
/// </code>
/// A stage numbers its outputs by its input's offsets, so a restored one gives the same numbers, and the next stage drops what it has
/// had: with at-least-once too, partials and findings count once.
/// </remarks>
internal sealed class ProcessorMember : IDisposable
{
    private readonly ProcessorOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogMember _member;
    private readonly StageTasks _stages;
    private readonly OutputWriter _writer;
    private readonly CheckpointWork? _checkpoint;
    private readonly SortedDictionary<LogPartition, StageTask> _tasks = [];
    private ProcessorBooks _retired = new();
    private long _records;
    private long _replayed;
    private long _ofOthers;
    private long _deadLetters;
    private long _commits;
    private long _aborts;
    private long _restored;
    private long _lastCommit;
    private bool _working;
    private bool _joined;
    private MemberStatus _status = new();

    public ProcessorMember(ILog log, ProcessorOptions options, int number)
    {
        _options = options;
        _time = options.Time;
        TopicCatalog topics = options.Topics;
        _member = log.Join(new MemberOptions
        {
            Group = options.Group,
            Topics = options.Inputs,
            Guarantee = options.Guarantee,
            InstanceId = options.InstanceId is { } name ? $"{name}-{number}" : null,
        });
        try
        {
            CheckpointTopic? checkpoints = options.CheckpointInterval > TimeSpan.Zero
                ? new CheckpointTopic(topics.Checkpoint.Name, _member.PartitionCount(topics.Checkpoint.Name))
                : null;
            _stages = new StageTasks(log, _member, checkpoints, options);
            _checkpoint = checkpoints is null ? null : new CheckpointWork(log, checkpoints, options);
            _writer = new OutputWriter(_member, options);
        }
        catch (LogException)
        {
            _member.Dispose();
            throw;
        }

        _lastCommit = _time.GetTimestamp();
    }

    /// <summary>How it is; from any thread.</summary>
    public MemberStatus Status => Volatile.Read(ref _status);

    /// <summary>Questions to it; from any thread.</summary>
    public MemberMailbox Mailbox { get; } = new();

    /// <summary>Commits, if that is due, or else waits for one thing to happen and handles it. False when it has been fenced.</summary>
    public bool Step(CancellationToken stop)
    {
        Mailbox.Answer(_tasks);
        _checkpoint?.Advance();
        TimeSpan due = _options.CommitInterval - _time.GetElapsedTime(_lastCommit);
        if (due > TimeSpan.Zero)
            return Handle(Poll(due, stop));
        bool unfenced = Commit();
        _lastCommit = _time.GetTimestamp();
        return unfenced;
    }

    /// <summary>Ends its work with a commit. False when it has been fenced.</summary>
    public bool Finish() => Commit();

    public void Dispose()
    {
        Mailbox.Close();
        _checkpoint?.Dispose();
        _member.Dispose();
    }

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
            // A fetch may be answered twice.
            if (record.Offset < task.Position)
                continue;
            task.Position = record.Offset + 1;
            _writer.IsSuppressed = record.Offset < task.Committed;
            if (_writer.IsSuppressed)
                _replayed++;
            else
                EndReplay(task);
            _records++;
            if (task.IsOfAnother(record))
            {
                _ofOthers += _writer.IsSuppressed ? 0 : 1;
                continue;
            }

            AvroError error = task.Accept(record, _writer);
            if (error != AvroError.None)
            {
                _writer.DeadLetter(error, batch.Partition, record);
                _deadLetters += _writer.IsSuppressed ? 0 : 1;
            }
        }

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
        StageTask[] tasks = _stages.Open(_member.Committed(partitions, _options.LogTimeout));
        long now = _time.GetTimestamp();
        for (int i = 0; i < tasks.Length; i++)
        {
            StageTask task = tasks[i];
            _tasks[task.Partition] = task;
            _member.Seek(task.Partition, task.Position);
            _restored += task.Manifest is null ? 0 : 1;
            Advertise(task.Partition);

            // Spread over the interval, so that they do not come all at once.
            task.CheckpointDue = now + (Ticks(_options.CheckpointInterval) / tasks.Length * (i + 1));
        }
    }

    // Within the unit of work that is the first of the new owner: a former one cannot say otherwise afterwards.
    private void Advertise(LogPartition partition)
    {
        if (_options.Http?.Advertise is not { } address)
            return;
        Begin();
        _writer.Owners.Add(0, MemberDirectory.Key(_options.Group, partition), Encoding.UTF8.GetBytes(address));
    }

    private void Drop(IReadOnlyList<LogPartition> partitions)
    {
        foreach (LogPartition partition in partitions)
        {
            _checkpoint?.Abandon(partition);
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
        List<LogPosition> consumed = Consumed();
        bool withManifest = _checkpoint is { IsReady: true };
        if (!_working && consumed.Count == 0 && !withManifest)
        {
            StartCheckpoint();
            Report();
            return true;
        }

        Begin();
        if (withManifest)
            _checkpoint!.WriteManifest(_writer.Checkpoint);
        _writer.HandOn(all: true, CancellationToken.None);
        CommitOutcome outcome = _member.Commit(consumed, _options.LogTimeout);
        _working = false;
        switch (outcome)
        {
            case CommitOutcome.Committed:
                _commits++;
                foreach (LogPosition position in consumed)
                    _tasks[position.Partition].Committed = position.Offset;
                if (withManifest)
                    _checkpoint!.Committed();
                StartCheckpoint();
                Report();
                return true;
            case CommitOutcome.Aborted:
                Rebuild();
                return true;
            default:
                return false;
        }
    }

    private List<LogPosition> Consumed()
    {
        var consumed = new List<LogPosition>();
        foreach ((LogPartition partition, StageTask task) in _tasks)
        {
            // At the end of a partition the member's position is behind marks that are never returned.
            task.Position = Math.Max(task.Position, _member.Position(partition));
            if (task.Position < task.Committed)
                continue;
            EndReplay(task);
            if (task.Position > task.Committed)
                consumed.Add(new LogPosition(partition, task.Position));
        }

        return consumed;
    }

    // Right behind a commit a stage's state is that of the committed offset, and nothing that it put out is missing in the log.
    private void StartCheckpoint()
    {
        if (_checkpoint is null || _checkpoint.IsUnderWay)
            return;
        long now = _time.GetTimestamp();
        foreach (StageTask task in _tasks.Values)
        {
            if (now < task.CheckpointDue || task.IsReplaying || task.Committed <= (task.Manifest?.Offset ?? 0))
                continue;
            task.CheckpointDue = now + Ticks(_options.CheckpointInterval);
            _checkpoint.Take(task, _options.StateOf(task));
            return;
        }
    }

    private long Ticks(TimeSpan interval) => (long)(interval.TotalSeconds * _time.TimestampFrequency);

    private void Abort()
    {
        if (_working)
            _member.Abort(_options.LogTimeout);
        _working = false;
        Rebuild();
    }

    // The stages are ahead of what the log has of them: back to the last checkpoint.
    private void Rebuild()
    {
        _aborts++;
        _writer.Clear();
        _checkpoint?.Abandon();
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
            Undrained = [.. _tasks.Where(task => !task.Value.IsDrained).Select(task => task.Key)],
            Committed = [.. _tasks.Select(task => new LogPosition(task.Key, task.Value.Committed))],
            OpenStreams = [.. _tasks.Values.SelectMany(task => task.OpenStreams).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            OpenWindows = _tasks.Values.Sum(task => task.OpenWindows),
            StateBytes = _tasks.Values.Sum(task => task.Manifest?.Bytes ?? 0),
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
            OfOthers = _ofOthers,
            DeadLetters = _deadLetters,
            Rates = _writer.Rates,
            Commits = _commits,
            Aborts = _aborts,
            Checkpoints = _checkpoint?.Completed ?? 0,
            CheckpointBytes = _checkpoint?.Bytes ?? 0,
            Restored = _restored,
        };
        foreach (StageTask task in _tasks.Values)
        {
            if (!task.IsReplaying)
                books += task.Books;
        }

        return books;
    }
}
