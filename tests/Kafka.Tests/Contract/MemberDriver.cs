namespace IcmpStream.Kafka.Tests.Contract;

/// <summary>Polls a member and writes down what happened, in order.</summary>
internal sealed class MemberDriver(ILogMember member) : IDisposable
{
    public ILogMember Member { get; } = member;

    public List<(int Partition, long Offset, string Key, string Value)> Records { get; } = [];

    public List<(PollKind Kind, LogPartition[] Partitions)> Changes { get; } = [];

    /// <summary>The changes as text, for a failure's message.</summary>
    public string History => string.Join(", ", Changes.Select(change => $"{change.Kind} {string.Join('+', change.Partitions.Select(partition => partition.Partition))}"));

    public Dictionary<LogPartition, LogPosition> Next { get; } = [];

    public bool IsFenced { get; private set; }

    public PollKind Step(TimeSpan? timeout = null)
    {
        var poll = Member.Poll(timeout ?? Bound.Step, TestContext.Current.CancellationToken);
        switch (poll.Kind)
        {
            case PollKind.Records:
                Bound.Collect(poll.Batch!, Records);
                Next[poll.Batch!.Partition] = poll.Batch!.Next;
                break;
            case PollKind.Fenced:
                IsFenced = true;
                break;
            case PollKind.Assigned or PollKind.Revoked or PollKind.Lost:
                Changes.Add((poll.Kind, [.. poll.Partitions]));
                if (poll.Kind != PollKind.Assigned)
                    foreach (var partition in poll.Partitions) Next.Remove(partition);
                break;
        }

        return poll.Kind;
    }

    public void UntilRecords(int count) => Bound.Until(() => Records.Count >= count || (Step() is var _ && Records.Count >= count), $"{count} records");

    public void UntilAssigned(int partitions) => Bound.Until(() => Member.Assignment.Count == partitions || (Step() is var _ && Member.Assignment.Count == partitions), $"{partitions} partitions assigned");

    public CommitOutcome Commit(params OutgoingBatch[] outputs)
    {
        Member.Begin();
        foreach (var output in outputs) Member.Append(output, TestContext.Current.CancellationToken);
        return Member.Commit([.. Next.Values], Bound.Most);
    }

    public void Dispose() => Member.Dispose();
}
