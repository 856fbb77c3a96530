using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Bench.Kafka;

/// <summary>
/// The clusters that a measurement runs on: the embedded Kafka in a process of its own and, where <c>ICMPSTREAM_TEST_BROKERS</c> is set, that one too.
/// </summary>
internal static class Clusters
{
    /// <summary>Runs a measurement on each of them, with topics of its own that are gone afterwards.</summary>
    /// <param name="topics">Name and partitions of each.</param>
    /// <param name="measure">Given the cluster, the prefix of the topics' names, and the suffix of the metrics' names.</param>
    public static void Each(IReadOnlyList<(string Name, int Partitions)> topics, Action<ClusterOptions, string, string> measure)
    {
        string prefix = $"bench-{Guid.NewGuid():N}-";
        (string Name, int Partitions)[] prefixed = [.. topics.Select(topic => (prefix + topic.Name, topic.Partitions))];
        using (var broker = new BrokerProcess(prefixed))
        {
            Console.WriteLine("on the embedded Kafka, in a process of its own:");
            measure(new ClusterOptions { Brokers = broker.Brokers }, prefix, "");
        }

        if (Environment.GetEnvironmentVariable("ICMPSTREAM_TEST_BROKERS") is not { Length: > 0 } brokers)
            return;
        Console.WriteLine($"on {brokers}:");
        var cluster = new ClusterOptions { Brokers = brokers };
        using (KafkaLog log = KafkaLog.Connect(cluster))
            log.Topics.Apply([.. prefixed.Select(topic => new TopicSpec { Name = topic.Name, Partitions = topic.Partitions, IsKeyed = true })], TimeSpan.FromSeconds(30));
        try
        {
            measure(cluster, prefix, "_real");
        }
        finally
        {
            using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(cluster)).Build();
            admin.DeleteTopicsAsync(prefixed.Select(topic => topic.Name), new DeleteTopicsOptions()).GetAwaiter().GetResult();
        }
    }
}
