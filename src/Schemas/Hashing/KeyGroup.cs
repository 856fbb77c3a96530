namespace IcmpStream.Schemas;

/// <summary>
/// The 256 groups that keys, and with them state, capacities and checkpoints, fall into. A topic has 2^n partitions, at most
/// 256, so the default partition of a key is its group modulo the partitions: a partition is a set of whole groups.
/// </summary>
public static class KeyGroup
{
    /// <summary>How many groups there are.</summary>
    public const int Count = 256;

    /// <summary>The group of a key's bytes, 0 to 255.</summary>
    public static byte Of(ReadOnlySpan<byte> key) => (byte)Murmur2.Hash(key);

    /// <summary>The group of an address, 0 to 255.</summary>
    public static byte Of(Address address) => (byte)Murmur2.Hash(address);

    /// <summary>The group of an unordered address pair, 0 to 255.</summary>
    public static byte Of(EventKey key) => (byte)Murmur2.Hash(key);

    /// <summary>The partition of a group, for <paramref name="partitions"/> a power of two up to <see cref="Count"/>.</summary>
    public static int Partition(byte group, int partitions) => group & (partitions - 1);

    /// <summary>True for a partition count that keyed topics may have: 1, 2, 4, ... 256.</summary>
    public static bool IsPartitionCount(int partitions) => partitions is >= 1 and <= Count && int.IsPow2(partitions);
}
