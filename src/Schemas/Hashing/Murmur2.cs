using System.Buffers.Binary;

namespace IcmpStream.Schemas;

/// <summary>
/// The 32-bit MurmurHash2 of Kafka's Java client (org.apache.kafka.common.utils.Utils.murmur2, seed 0x9747b28c) and its default
/// partition of a key, so that our partitions are everyone's.
/// </summary>
public static class Murmur2
{
    private const uint Seed = 0x9747_b28c;
    private const uint Multiplier = 0x5bd1_e995;

    // An IPv4 address in 16 bytes begins with three words that are always the same, 0, 0 and 00 00 ff ff. A word of zeros only multiplies, so
    // the three are one multiplication and one constant.
    private const uint Cube = unchecked(Multiplier * Multiplier * Multiplier);
    private const uint MappedOnce = unchecked(0xFFFF_0000 * Multiplier);
    private const uint MappedWord = unchecked((MappedOnce ^ (MappedOnce >> 24)) * Multiplier);
    private const uint MappedAddress = unchecked((Seed ^ Address.Size) * Cube) ^ MappedWord;
    private const uint MappedKey = unchecked((Seed ^ EventKey.Size) * Cube) ^ MappedWord;

    /// <summary>The hash of some bytes.</summary>
    public static int Hash(ReadOnlySpan<byte> data)
    {
        uint hash = Seed ^ (uint)data.Length;
        while (data.Length >= 4)
        {
            hash = Mix(hash, BinaryPrimitives.ReadUInt32LittleEndian(data));
            data = data[4..];
        }

        if (data.Length > 0)
        {
            uint tail = data[0];
            if (data.Length > 1)
                tail |= (uint)data[1] << 8;
            if (data.Length > 2)
                tail |= (uint)data[2] << 16;
            hash = (hash ^ tail) * Multiplier;
        }

        return Finish(hash);
    }

    /// <summary>The hash of an address' 16 bytes.</summary>
    public static int Hash(Address address) => Finish(
        address.IsIpv4
            ? Mix(MappedAddress, BinaryPrimitives.ReverseEndianness(address.Ipv4))
            : Mix(Seed ^ Address.Size, address));

    /// <summary>The hash of a key's 32 bytes.</summary>
    public static int Hash(EventKey key) => HashOrdered(key.Lower, key.Upper);

    /// <summary>The hash of the key that two addresses make, of which the first is not the larger one.</summary>
    public static int HashOrdered(Address lower, Address upper)
    {
        if (!lower.IsIpv4 || !upper.IsIpv4)
            return Finish(Mix(Mix(Seed ^ EventKey.Size, lower), upper));
        uint hash = Mix(MappedKey, BinaryPrimitives.ReverseEndianness(lower.Ipv4));
        return Finish(Mix((hash * Cube) ^ MappedWord, BinaryPrimitives.ReverseEndianness(upper.Ipv4)));
    }

    /// <summary>The hash of the key that two addresses make, in whatever order.</summary>
    public static int HashUnordered(Address a, Address b)
    {
        if (!a.IsIpv4 || !b.IsIpv4)
            return a <= b ? HashOrdered(a, b) : HashOrdered(b, a);

        // Which of two that talk is the smaller changes from packet to packet: put in order without a jump, there is nothing to guess.
        long above = (long)b.Ipv4 - a.Ipv4;
        long less = above & (above >> 63);
        uint hash = Mix(MappedKey, BinaryPrimitives.ReverseEndianness((uint)(a.Ipv4 + less)));
        return Finish(Mix((hash * Cube) ^ MappedWord, BinaryPrimitives.ReverseEndianness((uint)(b.Ipv4 - less))));
    }

    /// <summary>The partition of a key under Kafka's default partitioner.</summary>
    public static int Partition(ReadOnlySpan<byte> key, int partitions) => ToPositive(Hash(key)) % partitions;

    /// <summary>Kafka's Utils.toPositive: the sign bit is dropped, not negated.</summary>
    public static int ToPositive(int hash) => hash & int.MaxValue;

    private static uint Mix(uint hash, Address address)
    {
        hash = Mix(hash, BinaryPrimitives.ReverseEndianness((uint)(address.High >> 32)));
        hash = Mix(hash, BinaryPrimitives.ReverseEndianness((uint)address.High));
        hash = Mix(hash, BinaryPrimitives.ReverseEndianness((uint)(address.Low >> 32)));
        return Mix(hash, BinaryPrimitives.ReverseEndianness((uint)address.Low));
    }

    private static uint Mix(uint hash, uint word)
    {
        word *= Multiplier;
        word ^= word >> 24;
        word *= Multiplier;
        return (hash * Multiplier) ^ word;
    }

    private static int Finish(uint hash)
    {
        hash ^= hash >> 13;
        hash *= Multiplier;
        hash ^= hash >> 15;
        return (int)hash;
    }
}
