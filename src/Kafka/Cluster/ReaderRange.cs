using Confluent.Kafka.Admin;

namespace IcmpStream.Kafka.Cluster;

/// <summary>From where to where a reader goes.</summary>
internal sealed record ReaderRange(IReadOnlyList<LogPartition> Partitions, IReadOnlyList<LogPosition> Starts, IReadOnlyList<LogPosition> Ends)
{
    /// <exception cref="LogException">A topic or partition is missing, or no answer came in time.</exception>
    public static ReaderRange Find(KafkaLog log, ReaderOptions options)
    {
        var timeout = log.Options.ConnectTimeout;
        SortedDictionary<LogPartition, long> starts = [];
        foreach (var topic in options.Topics)
        {
            var which = options.From == ReadFrom.Beginning ? OffsetSpec.Earliest() : OffsetSpec.Latest();
            foreach (var start in log.Bounds(log.PartitionsOf(topic), which, options.ReadUncommitted, timeout)) starts[start.Partition] = start.Offset;
        }

        foreach (var position in options.Positions)
        {
            if (position.Partition.Partition >= log.PartitionCount(position.Partition.Topic)) throw LogFailures.TopicMissing(position.Partition.ToString());
            starts[position.Partition] = position.Offset;
        }

        LogPartition[] partitions = [.. starts.Keys];
        return new ReaderRange(
            partitions,
            [.. starts.Select(start => new LogPosition(start.Key, start.Value))],
            log.Bounds(partitions, OffsetSpec.Latest(), options.ReadUncommitted, timeout));
    }

    public static bool IsPast(IReadOnlyList<LogPosition> ends, ILogReader reader)
    {
        for (var i = 0; i < ends.Count; i++)
            if (reader.Position(ends[i].Partition) < ends[i].Offset) return false;
        return true;
    }
}
