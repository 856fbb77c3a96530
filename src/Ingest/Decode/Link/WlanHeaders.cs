using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>What capture drivers put before an IEEE 802.11 frame.</summary>
internal static class WlanHeaders
{
    private const int RadiotapMinBytes = 8;
    private const int PrismMinBytes = 8;
    private const int PerPacketMinBytes = 8;
    private const uint AvsMagic = 0x8021_1000;
    private const uint AvsMagicMask = 0xFFFF_F000;
    private const uint MoreBitmaps = 0x8000_0000;
    private const uint HasTime = 1;
    private const uint HasFlags = 2;
    private const int TimeBytes = 8;
    private const byte DataPadding = 0x20;

    /// <summary>Bitmaps in a row: one per antenna, and eight antennas are many.</summary>
    private const int MaxBitmaps = 16;

    /// <summary>
    /// Radiotap (https://www.radiotap.org): version, length, bitmaps of what is there. Of the fields only the flags matter: they say
    /// whether the driver padded the 802.11 header.
    /// </summary>
    public static Layer ReadRadiotap(ref PacketWalk walk)
    {
        if (walk.Captured < RadiotapMinBytes || walk.Frame[walk.Offset] != 0)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        ReadOnlySpan<byte> header = walk.Rest;
        int bytes = BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
        if (bytes < RadiotapMinBytes || bytes > header.Length)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        walk.WlanPadded = (Flags(header[..bytes]) & DataPadding) != 0;
        walk.Skip(bytes);
        return Layer.Wlan;
    }

    /// <summary>
    /// Prism: message code and length, in the byte order of the host; AVS: a magic number and a length, big-endian. Drivers mix
    /// the two link types up.
    /// </summary>
    public static Layer ReadPrism(ref PacketWalk walk)
    {
        if (walk.Captured < PrismMinBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        uint length = walk.Peek32(4);
        if ((walk.Peek32(0) & AvsMagicMask) != AvsMagic && length > ushort.MaxValue)
            length = BinaryPrimitives.ReverseEndianness(length);
        return length is < PrismMinBytes or > ushort.MaxValue
            ? walk.Fail(DecodeOutcome.LinkTruncated)
            : LinkTypes.BehindBytes(ref walk, (int)length, Layer.Wlan);
    }

    /// <summary>PPI (LINKTYPE_PPI): version, flags, length, link type, all little-endian.</summary>
    public static Layer ReadPerPacketInformation(ref PacketWalk walk)
    {
        if (walk.Captured < PerPacketMinBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        ReadOnlySpan<byte> header = walk.Rest;
        int bytes = BinaryPrimitives.ReadUInt16LittleEndian(header[2..]);
        uint linkType = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (bytes < PerPacketMinBytes || bytes > header.Length)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        walk.Skip(bytes);
        return Nested(ref walk, linkType);
    }

    /// <summary>The frame behind a header that names its link type; such a header within another is not followed.</summary>
    public static Layer Nested(ref PacketWalk walk, uint linkType) => linkType switch
    {
        LinkTypes.PerPacketInformation or LinkTypes.PacketTap or > ushort.MaxValue => walk.Fail(DecodeOutcome.LinkUnsupported),
        _ => LinkTypes.First(ref walk, (ushort)linkType),
    };

    private static byte Flags(ReadOnlySpan<byte> header)
    {
        uint present = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        int at = RadiotapMinBytes;
        uint bitmap = present;
        for (int count = 0; (bitmap & MoreBitmaps) != 0; count++)
        {
            if (count == MaxBitmaps || at + 4 > header.Length)
                return 0;
            bitmap = BinaryPrimitives.ReadUInt32LittleEndian(header[at..]);
            at += 4;
        }

        if ((present & HasTime) != 0)
            at = ((at + TimeBytes - 1) & ~(TimeBytes - 1)) + TimeBytes;
        return (present & HasFlags) != 0 && at < header.Length ? header[at] : (byte)0;
    }
}
