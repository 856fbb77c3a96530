using IcmpStream.Kafka;

namespace IcmpStream.Processor.Tests.Support;

/// <summary>A log that stops its reader after a number of records, in small batches: a restart at a chosen place.</summary>
internal sealed class InterruptedLog(ILog inner, int records, CancellationTokenSource stop) : ILog
{
    private int _left = records;

    public ITopicAdmin Topics => inner.Topics;

    public ILogAppender OpenAppender(AppenderOptions options) => inner.OpenAppender(options);

    public ILogMember Join(MemberOptions options) => new Member(this, inner.Join(options with { MaxBatchRecords = 25 }));

    public ILogReader OpenReader(ReaderOptions options) => inner.OpenReader(options);

    public IReadOnlyList<LogPosition> CommittedOffsets(string group, IReadOnlyList<LogPartition> partitions, TimeSpan timeout) =>
        inner.CommittedOffsets(group, partitions, timeout);

    public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) => inner.EndOffsets(partitions, timeout);

    public void Dispose()
    {
        // The log outlives its interruptions.
    }

    private sealed class Member(InterruptedLog log, ILogMember inner) : ILogMember
    {
        public Guarantee Guarantee => inner.Guarantee;

        public IReadOnlyList<LogPartition> Assignment => inner.Assignment;

        public AppendBooks OutputBooks => inner.OutputBooks;

        public MemberPoll Poll(TimeSpan timeout, CancellationToken cancellationToken)
        {
            MemberPoll poll = inner.Poll(timeout, cancellationToken);
            log._left -= poll.Batch?.Count ?? 0;
            if (log._left <= 0)
                log.Stop();
            return poll;
        }

        public void Seek(LogPartition partition, long offset) => inner.Seek(partition, offset);

        public void Pause(IReadOnlyList<LogPartition> partitions) => inner.Pause(partitions);

        public void Resume(IReadOnlyList<LogPartition> partitions) => inner.Resume(partitions);

        public long Position(LogPartition partition) => inner.Position(partition);

        public IReadOnlyList<LogPosition> Committed(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) => inner.Committed(partitions, timeout);

        public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) => inner.EndOffsets(partitions, timeout);

        public int PartitionCount(string topic) => inner.PartitionCount(topic);

        public void Begin() => inner.Begin();

        public void Append(OutgoingBatch batch, CancellationToken cancellationToken) => inner.Append(batch, cancellationToken);

        public CommitOutcome Commit(IReadOnlyList<LogPosition> consumed, TimeSpan timeout) => inner.Commit(consumed, timeout);

        public void Abort(TimeSpan timeout) => inner.Abort(timeout);

        public void Dispose() => inner.Dispose();
    }

    private void Stop() => stop.Cancel();
}
