namespace IcmpStream.Kafka;

/// <summary>One partition of one topic.</summary>
/// <param name="Topic">Full topic name, prefix included.</param>
/// <param name="Partition">Number of the partition, from 0.</param>
public readonly record struct LogPartition(string Topic, int Partition) : IComparable<LogPartition>
{
    /// <summary>Ordered by topic, ordinally, then by number.</summary>
    public int CompareTo(LogPartition other)
    {
        var byTopic = string.CompareOrdinal(Topic, other.Topic);
        return byTopic != 0 ? byTopic : Partition.CompareTo(other.Partition);
    }

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(LogPartition left, LogPartition right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(LogPartition left, LogPartition right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(LogPartition left, LogPartition right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(LogPartition left, LogPartition right) => left.CompareTo(right) >= 0;

    /// <summary>As Kafka's own tools print it: <c>topic [3]</c>.</summary>
    public override string ToString() => $"{Topic} [{Partition}]";
}
