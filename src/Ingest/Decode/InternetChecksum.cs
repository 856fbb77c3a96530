using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// The Internet checksum (RFC 1071): the ones' complement sum of 16-bit words. The sum is taken in the machine's byte order,
/// which only swaps the bytes of the result (section 2B), so a sum is compared with 0xFFFF, which reads the same both ways.
/// </summary>
internal static class InternetChecksum
{
    /// <summary>
    /// Adds the bytes, an odd last one padded with zero, to a partial sum of at most 2^32 words.
    /// </summary>
    public static ulong Add(ReadOnlySpan<byte> bytes, ulong sum)
    {
        // Two accumulators of 64 bits take 32-bit halves, so that no carry is lost before 2^32 additions.
        ulong low = 0, high = 0;
        while (bytes.Length >= 16)
        {
            ulong first = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            ulong second = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
            low += (uint)first;
            high += first >> 32;
            low += (uint)second;
            high += second >> 32;
            bytes = bytes[16..];
        }

        if (bytes.Length >= 8)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            low += (uint)word;
            high += word >> 32;
            bytes = bytes[8..];
        }

        if (bytes.Length >= 4)
        {
            low += BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            bytes = bytes[4..];
        }

        if (bytes.Length >= 2)
        {
            high += BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            bytes = bytes[2..];
        }

        if (bytes.Length == 1)
            high += bytes[0];
        return sum + Fold32(low) + Fold32(high);
    }

    /// <summary>Adds a number of 16 bits as it stands on the wire.</summary>
    public static ulong Add(ushort value, ulong sum) => sum + BinaryPrimitives.ReverseEndianness(value);

    /// <summary>Adds an address as it stands on the wire.</summary>
    public static ulong Add(Address address, ulong sum)
    {
        ulong high = BinaryPrimitives.ReverseEndianness(address.High);
        ulong low = BinaryPrimitives.ReverseEndianness(address.Low);
        return sum + (uint)high + (high >> 32) + (uint)low + (low >> 32);
    }

    /// <summary>
    /// Adds the IPv6 pseudo-header (RFC 8200 section 8.1): addresses, upper-layer length, next header.
    /// </summary>
    public static ulong AddPseudoHeader(Address source, Address destination, uint bytes, byte nextHeader)
    {
        ulong sum = Add(destination, Add(source, 0));
        return sum + BinaryPrimitives.ReverseEndianness(bytes) + BinaryPrimitives.ReverseEndianness((uint)nextHeader);
    }

    /// <summary>Folds a sum to 16 bits, in the byte order of a little-endian machine's words.</summary>
    public static ushort Fold(ulong sum)
    {
        uint folded = Fold32(sum);
        folded = (folded & 0xFFFF) + (folded >> 16);
        return (ushort)((folded & 0xFFFF) + (folded >> 16));
    }

    /// <summary>Judges bytes that contain their own checksum: their sum is all ones, or the checksum is wrong.</summary>
    public static ChecksumStatus Judge(ulong sum) => Fold(sum) == 0xFFFF ? ChecksumStatus.Good : ChecksumStatus.Bad;

    private static uint Fold32(ulong sum)
    {
        sum = (sum & uint.MaxValue) + (sum >> 32);
        return (uint)sum + (uint)(sum >> 32);
    }
}
