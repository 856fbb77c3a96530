using IcmpStream.Kafka;

namespace IcmpStream.Cli.Demo;

/// <summary>
/// Says when a group has handled all that is in its input topics. Outputs are in the log before the offsets that caused them, so
/// once all of one topic is committed, what there is of the next is known.
/// </summary>
internal static class GroupProgress
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until the group has handled everything; false where it was stopped, or <paramref name="processor"/> ended, before.</summary>
    public static async Task<bool> WaitAsync(ILog log, string group, IReadOnlyList<string> topics, Task processor, CancellationToken stop)
    {
        foreach (string topic in topics)
        {
            int count = log.Topics.List(Patience)[topic];
            LogPartition[] partitions = [.. Enumerable.Range(0, count).Select(p => new LogPartition(topic, p))];
            IReadOnlyList<LogPosition> ends = log.EndOffsets(partitions, Patience);
            while (log.CommittedOffsets(group, partitions, Patience).Zip(ends).Any(pair => Math.Max(0, pair.First.Offset) < pair.Second.Offset))
            {
                if (stop.IsCancellationRequested || processor.IsCompleted)
                    return false;
                await Task.Delay(LookInterval, CancellationToken.None);
            }
        }

        return true;
    }
}
