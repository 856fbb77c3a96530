using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Ethernet (IEEE 802.3 clause 3): destination, source, and an EtherType or a length.</summary>
internal static class EthernetLayer
{
    /// <summary>Two addresses and the type, bytes.</summary>
    public const int HeaderBytes = 14;

    /// <summary>The largest value of the type field that is a length (IEEE 802.3 section 3.2.6).</summary>
    public const int MaxLength = 1500;

    private const int MacBytes = 6;

    /// <summary>Reads the header.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        ReadOnlySpan<byte> header = walk.Frame.Slice(walk.Offset, HeaderBytes);
        walk.DestinationMac = BinaryPrimitives.ReadUInt64BigEndian(header) >> 16;
        walk.SourceMac = BinaryPrimitives.ReadUInt64BigEndian(header[4..]) & 0xFFFF_FFFF_FFFF;
        walk.HasMac = true;
        walk.Skip(2 * MacBytes);
        return EtherTypes.Read(ref walk);
    }
}
