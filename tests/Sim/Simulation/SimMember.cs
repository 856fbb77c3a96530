using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;

namespace IcmpStream.Sim;

/// <summary>A member whose log is slow, repeats itself, takes work back, loses answers, and before or behind every call of which the process may end.</summary>
internal sealed class SimMember(SimLog log, MemoryMember inner, SimFaults faults) : ILogMember
{
    private readonly List<OutgoingBatch> _held = [];
    private LogPosition? _again;

    public Guarantee Guarantee => inner.Guarantee;

    public IReadOnlyList<LogPartition> Assignment => inner.Assignment;

    public AppendBooks OutputBooks => inner.OutputBooks;

    public MemberPoll Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        log.Point("a poll");
        if (log.Happens(faults.SlowFetch))
            return MemberPoll.Nothing;
        if (_again is { } again && inner.Assignment.Contains(again.Partition))
            inner.Seek(again.Partition, again.Offset);
        _again = null;
        MemberPoll poll = inner.Poll(TimeSpan.Zero, cancellationToken);
        if (poll.Batch is { } batch && log.Happens(faults.RepeatedFetch))
            _again = new LogPosition(batch.Partition, batch[0].Offset);
        log.Point("the answer of a poll");
        return poll;
    }

    public void Seek(LogPartition partition, long offset)
    {
        log.Point("a seek");
        _again = null;
        inner.Seek(partition, offset);
    }

    public void Pause(IReadOnlyList<LogPartition> partitions) => inner.Pause(partitions);

    public void Resume(IReadOnlyList<LogPartition> partitions) => inner.Resume(partitions);

    public long Position(LogPartition partition) => inner.Position(partition);

    public IReadOnlyList<LogPosition> Committed(IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        log.Point("asking for offsets");
        log.RequireAvailable();
        return inner.Committed(partitions, timeout);
    }

    public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) => inner.EndOffsets(partitions, timeout);

    public int PartitionCount(string topic) => inner.PartitionCount(topic);

    public void Begin()
    {
        log.Point("a beginning");
        inner.Begin();
    }

    public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
    {
        log.Point("an append");
        log.RequireAvailable();
        if (log.CommitsOffsetsFirst)
            Hold(batch);
        else
            inner.Append(batch, cancellationToken);
        log.Point("the answer of an append");
    }

    public CommitOutcome Commit(IReadOnlyList<LogPosition> consumed, TimeSpan timeout)
    {
        log.Point("a commit");
        if (log.Happens(faults.Abort))
        {
            inner.Abort(timeout);
            _held.Clear();
            return CommitOutcome.Aborted;
        }

        CommitOutcome outcome = inner.Commit(consumed, timeout);
        if (outcome == CommitOutcome.Committed && _held.Count > 0)
            CommitHeld(timeout);
        log.Point("the answer of a commit");
        if (log.Happens(faults.LostAnswer))
            throw new LogException(LogError.Timeout, "the answer of a commit was lost");
        return outcome;
    }

    public void Abort(TimeSpan timeout)
    {
        log.Point("an abort");
        _held.Clear();
        inner.Abort(timeout);
    }

    public void Dispose() => inner.Dispose();

    private void Hold(OutgoingBatch batch)
    {
        var copy = new OutgoingBatch(batch.Topic);
        for (int i = 0; i < batch.Count; i++)
        {
            OutgoingRecord record = batch[i];
            copy.Add(record.Partition, record.Key, record.Value, record.Headers);
        }

        _held.Add(copy);
    }

    private void CommitHeld(TimeSpan timeout)
    {
        log.Point("a commit of outputs behind their offsets");
        inner.Begin();
        foreach (OutgoingBatch batch in _held)
            inner.Append(batch, CancellationToken.None);
        _held.Clear();
        inner.Commit([], timeout);
    }
}
