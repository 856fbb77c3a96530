using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Cli.Kafka;

/// <summary>What every command that talks to Kafka can be told, and the connection that follows from it.</summary>
internal static class KafkaSettings
{
    public static ValueSetting<string?> Brokers { get; } =
        new("brokers", "B", ValueKinds.Text, null, "brokers as host:port, several with commas between");

    public static ValueSetting<string> TopicPrefix { get; } =
        new("topic-prefix", "P", ValueKinds.AnyText, "", "what stands in front of every topic's name, so that installations can share a cluster");

    public static ListSetting<KeyValuePair<string, string>> Client { get; } =
        new("kafka", "KEY=VALUE", ValueKinds.Pair, "any client setting of librdkafka; repeatable");

    public static ValueSetting<long> Partitions { get; } = new(
        "partitions", "N", PartitionCount(), TopicCatalogOptions.DefaultPartitions, "partitions of the topics that scale, fixed for life: 1, 2, 4 ... 256 (default 16)");

    public static ValueSetting<long> Replication { get; } = new(
        "replication-factor", "N", ValueKinds.Whole(1, short.MaxValue), 0, "copies of each partition; the broker's default where not given");

    /// <summary>The settings of every Kafka command.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Brokers, TopicPrefix, Client];

    /// <summary>The cluster that the user means.</summary>
    public static ClusterOptions Cluster(CommandContext context) => new()
    {
        Brokers = context.Read(Brokers) ?? throw new UsageException("--brokers is needed: host:port, several with commas between"),
        Settings = context.Read(Client),
        BrokersLost = context.Note,
    };

    /// <summary>
    /// Connects to the cluster that the user means, until he stops the command. Throws <see cref="UsageException"/> where a client setting is wrong,
    /// <see cref="LogException"/> where the cluster is.
    /// </summary>
    public static KafkaLog Connect(CommandContext context)
    {
        try
        {
            return KafkaLog.Connect(Cluster(context), context.Stop);
        }
        catch (LogException e) when (e.Error == LogError.Configuration)
        {
            throw new UsageException(e.Message, e);
        }
    }

    /// <summary>The topics of the user's installation.</summary>
    public static TopicCatalog Topics(CommandContext context) => Checked(() => new TopicCatalog(new TopicCatalogOptions { Prefix = context.Read(TopicPrefix) }));

    /// <summary>What is made of settings alone: where that fails, they were wrong, and <see cref="UsageException"/> says it.</summary>
    public static T Checked<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (LogException e)
        {
            throw new UsageException(e.Message, e);
        }
    }

    private static ValueKind<long> PartitionCount() => new("a power of two from 1 to 256", (string text, out long value) =>
        long.TryParse(text, out value) && value is >= 1 and <= TopicSpec.MaxPartitions && long.IsPow2(value));
}
