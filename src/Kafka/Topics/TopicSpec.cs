using System.Collections.ObjectModel;

namespace IcmpStream.Kafka.Topics;

/// <summary>What a topic must be.</summary>
public sealed record TopicSpec
{
    /// <summary>The most partitions of a keyed topic: there are 256 key groups, and a partition holds whole ones.</summary>
    public const int MaxPartitions = 256;

    /// <summary>Full name, prefix included.</summary>
    public required string Name { get; init; }

    /// <summary>How many partitions.</summary>
    public required int Partitions { get; init; }

    /// <summary>
    /// True where a record's key decides its partition, so that the count is a power of two up to <see cref="MaxPartitions"/> and fixed for life.
    /// </summary>
    public required bool IsKeyed { get; init; }

    /// <summary>The broker's own default (<c>default.replication.factor</c>), which fits one broker as well as a cluster.</summary>
    public const short BrokerDefault = -1;

    /// <summary>Copies of each partition, or <see cref="BrokerDefault"/>.</summary>
    public short ReplicationFactor { get; init; } = BrokerDefault;

    /// <summary>Topic settings, by Kafka's names.</summary>
    public IReadOnlyDictionary<string, string> Config { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>One sentence: what is in it and why it is as it is.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>Throws unless the partition count can be.</summary>
    /// <exception cref="LogException">The count is not positive, or not 2^n up to 256 for a keyed topic.</exception>
    public void Validate()
    {
        if (Partitions <= 0) throw new LogException(LogError.Configuration, $"{Name}: {Partitions} partitions make no topic");
        if (IsKeyed && (!System.Numerics.BitOperations.IsPow2(Partitions) || Partitions > MaxPartitions))
            throw new LogException(LogError.Configuration, $"{Name}: {Partitions} partitions; a keyed topic has 1, 2, 4 .. {MaxPartitions}");
    }
}
