using IcmpStream.Kafka;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime.Checkpoints;

/// <summary>
/// Where things are in the checkpoint topic: all manifests in partition 0, so that reading them reads no chunks; chunks in the
/// others, if there are others.
/// </summary>
internal sealed class CheckpointTopic(string name, int partitions)
{
    public string Name { get; } = name;

    public LogPartition Manifests => new(Name, 0);

    /// <summary>The partition for the chunks of an input partition.</summary>
    public LogPartition ChunksOf(LogPartition input)
    {
        int hash = Murmur2.Hash(System.Text.Encoding.UTF8.GetBytes(input.ToString()));
        return new LogPartition(Name, partitions == 1 ? 0 : 1 + (int)((uint)hash % (uint)(partitions - 1)));
    }

    /// <summary>True for a partition that chunks may be in.</summary>
    public bool Has(int partition) => (uint)partition < (uint)partitions;
}
