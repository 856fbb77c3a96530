using Confluent.Kafka;

namespace IcmpStream.Kafka.Cluster;

/// <summary>Partitions and offsets between Confluent.Kafka's types and ours.</summary>
internal static class Offsets
{
    public static TopicPartition Native(LogPartition partition) => new(partition.Topic, partition.Partition);

    public static TopicPartitionOffset Native(LogPosition position) => new(Native(position.Partition), position.Offset);

    public static LogPartition Ours(TopicPartition partition) => new(partition.Topic, partition.Partition.Value);

    public static long OrUnset(Offset offset) => offset.IsSpecial ? LogPosition.Unset : offset.Value;

    public static IReadOnlyList<LogPosition> InOrder(IReadOnlyList<LogPartition> asked, Dictionary<LogPartition, long> found) =>
        [.. asked.Select(partition => new LogPosition(partition, found.GetValueOrDefault(partition, LogPosition.Unset)))];
}
