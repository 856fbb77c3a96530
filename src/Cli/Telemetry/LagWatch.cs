using IcmpStream.Kafka;

namespace IcmpStream.Cli.Telemetry;

/// <summary>How far a group is behind in one partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Records">Records between what is committed and the end; transactions' marks count as records, as Kafka's own tools count them.</param>
internal readonly record struct PartitionLag(LogPartition Partition, long Records);

/// <summary>
/// Asks the brokers from time to time how far a group is behind. Asking costs a round trip for each topic, so it is done beside the
/// scrapes and not in them.
/// </summary>
internal sealed class LagWatch
{
    /// <summary>Prometheus asks every 15 s by default (its scrape_interval is 1 min, most set 15 s): newer numbers would not be seen.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ILog _log;
    private readonly string _group;
    private readonly IReadOnlyList<string> _topics;
    private PartitionLag[] _latest = [];

    /// <summary>A watch that has not looked.</summary>
    public LagWatch(ILog log, string group, IEnumerable<string> topics)
    {
        _log = log;
        _group = group;
        _topics = [.. topics];
    }

    /// <summary>What it saw when it last looked; empty before that.</summary>
    public IReadOnlyList<PartitionLag> Latest => Volatile.Read(ref _latest);

    /// <summary>Looks until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Run(TryLook, CancellationToken.None);
            await Task.Delay(Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks once. Brokers that do not answer leave the numbers as they were: the processor itself says what is wrong with them.</summary>
    public void TryLook()
    {
        try
        {
            Volatile.Write(ref _latest, [.. Look()]);
        }
        catch (LogException)
        {
            // Old numbers are better than none, and the members, which talk to the same brokers, report the failure.
        }
    }

    private IEnumerable<PartitionLag> Look()
    {
        IReadOnlyDictionary<string, int> counts = _log.Topics.List(Patience);
        LogPartition[] partitions = [.. _topics.Where(counts.ContainsKey)
            .SelectMany(topic => Enumerable.Range(0, counts[topic]).Select(partition => new LogPartition(topic, partition)))];
        if (partitions.Length == 0)
            yield break;
        IReadOnlyList<LogPosition> committed = _log.CommittedOffsets(_group, partitions, Patience);
        IReadOnlyList<LogPosition> ends = _log.EndOffsets(partitions, Patience);
        for (int i = 0; i < partitions.Length; i++)
            yield return new PartitionLag(partitions[i], Math.Max(0, ends[i].Offset - (committed[i].IsSet ? committed[i].Offset : 0)));
    }
}
