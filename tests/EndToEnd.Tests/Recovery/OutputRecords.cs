using System.Globalization;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Recovery;

/// <summary>What a processor has put out, as a set: a record is what it is by its topic, partition, key and value, all of them bytes.</summary>
internal static class OutputRecords
{
    /// <summary>Reads the topics that consumers read.</summary>
    /// <param name="kafka">The log.</param>
    /// <param name="topics">The topics.</param>
    /// <param name="repeated">Records that were there before, which at-least-once allows.</param>
    public static SortedSet<string> Read(KafkaLog kafka, TopicCatalog topics, out int repeated)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        string[] outputs = [topics.Echo.Name, topics.Rtt.Name, topics.Rate.Name, topics.Alert.Name, topics.AlertEcs.Name];
        using ILogReader reader = kafka.OpenReader(new ReaderOptions { Topics = outputs });
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        repeated = 0;
        while (!reader.HasReachedEnds)
        {
            RecordBatch? batch = reader.Poll(TimeSpan.FromMilliseconds(100), patience.Token);
            for (int i = 0; i < (batch?.Count ?? 0); i++)
            {
                if (!found.Add(Line(topics, batch!.Partition, batch[i])))
                    repeated++;
            }
        }

        return found;
    }

    // Without the prefix, by which two runs on one cluster differ.
    private static string Line(TopicCatalog topics, LogPartition partition, in LogRecord record)
    {
        string topic = partition.Topic[(topics.Event.Name.Length - "icmp.event.v1".Length)..];
        return string.Create(
            CultureInfo.InvariantCulture, $"{topic}[{partition.Partition}] {Convert.ToHexStringLower(record.Key)} {Convert.ToHexStringLower(record.Value)}");
    }
}
