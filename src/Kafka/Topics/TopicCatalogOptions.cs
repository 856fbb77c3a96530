namespace IcmpStream.Kafka.Topics;

/// <summary>How the topics of one installation are laid out.</summary>
public sealed record TopicCatalogOptions
{
    /// <summary>
    /// Partitions of the topics that scale: 16 keep two machines of eight cores busy and cost a small broker nothing. Fixed for life, so an
    /// installation that may grow starts with more.
    /// </summary>
    public const int DefaultPartitions = 16;

    /// <summary>What stands before every topic's name, so that several installations share a cluster; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Partitions of the topics keyed by address pair: 1, 2, 4 .. 256.</summary>
    public int PairPartitions { get; init; } = DefaultPartitions;

    /// <summary>Partitions of the topics keyed by address: 1, 2, 4 .. 256.</summary>
    public int HostPartitions { get; init; } = DefaultPartitions;

    /// <summary>Copies of each partition, or <see cref="TopicSpec.BrokerDefault"/>.</summary>
    public short ReplicationFactor { get; init; } = TopicSpec.BrokerDefault;
}
