using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Headers that an operating system puts before packets that it shows to a capture.</summary>
internal static class HostLayers
{
    /// <summary>Solaris: version, family, hook, length, indexes, zones (LINKTYPE_IPNET).</summary>
    public const int IpnetHeaderBytes = 24;

    /// <summary>OpenBSD's enc device: family, index, flags (LINKTYPE_ENC).</summary>
    public const int EncapsulatedHeaderBytes = 12;

    /// <summary>Hilscher's netANALYZER, before a frame without preamble (LINKTYPE_NETANALYZER).</summary>
    public const int NetAnalyzerHeaderBytes = 4;

    private const int NetfilterHeaderBytes = 4;
    private const int NetfilterValueBytes = 4;
    private const ushort NetfilterPayload = 9;

    /// <summary>Values before the payload; the kernel writes about a dozen (linux/netfilter/nfnetlink_log.h).</summary>
    private const int MaxNetfilterValues = 64;

    private const int PacketTapMinBytes = 12;

    private const int RecordHeaderBytes = 16;
    private const int RecordExtensionBytes = 8;
    private const int RecordPaddingBytes = 2;
    private const int RecordTypeAt = 8;
    private const byte MoreExtensions = 0x80;

    /// <summary>Extension headers of a record: Endace defines eleven kinds.</summary>
    private const int MaxRecordExtensions = 16;

    /// <summary>pf's log device: the first byte is the header's length without padding (LINKTYPE_PFLOG).</summary>
    public static Layer ReadPacketFilterLog(ref PacketWalk walk)
    {
        if (walk.Captured < 1)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        int bytes = (walk.Frame[walk.Offset] + 3) & ~3;
        return bytes == 0 ? walk.Fail(DecodeOutcome.LinkTruncated) : LinkTypes.BehindBytes(ref walk, bytes, Layer.Ip);
    }

    /// <summary>
    /// Family, version, resource, then values of length (in the byte order of the host, which is little-endian wherever this has
    /// been seen), type, content, padded to four bytes; the packet is one of them (LINKTYPE_NFLOG).
    /// </summary>
    public static Layer ReadNetfilterLog(ref PacketWalk walk)
    {
        if (walk.Captured < NetfilterHeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        walk.Skip(NetfilterHeaderBytes);
        for (int count = 0; count < MaxNetfilterValues && walk.Captured >= NetfilterValueBytes; count++)
        {
            ReadOnlySpan<byte> rest = walk.Rest;
            int bytes = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (bytes < NetfilterValueBytes)
                return walk.Fail(DecodeOutcome.LinkTruncated);
            if (BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]) == NetfilterPayload)
            {
                walk.Clip(bytes);
                walk.Skip(NetfilterValueBytes);
                return Layer.Ip;
            }

            int padded = (bytes + 3) & ~3;
            if (padded > rest.Length)
                return walk.Fail(DecodeOutcome.LinkTruncated);
            walk.Skip(padded);
        }

        return Layer.Stop;
    }

    /// <summary>
    /// Endace's extensible record format (LINKTYPE_ERF): time, type, lengths, extension headers; Ethernet frames have two bytes of
    /// padding in front.
    /// </summary>
    public static Layer ReadExtensibleRecord(ref PacketWalk walk)
    {
        if (walk.Captured < RecordHeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        byte type = walk.Frame[walk.Offset + RecordTypeAt];
        bool hasMore = (type & MoreExtensions) != 0;
        walk.Skip(RecordHeaderBytes);
        for (int count = 0; hasMore; count++)
        {
            if (count == MaxRecordExtensions || walk.Captured < RecordExtensionBytes)
                return walk.Fail(DecodeOutcome.LinkTruncated);
            hasMore = (walk.Frame[walk.Offset] & MoreExtensions) != 0;
            walk.Skip(RecordExtensionBytes);
        }

        return (type & ~MoreExtensions) switch
        {
            1 => Layer.Ppp,
            2 or 11 or 16 or 20 => LinkTypes.BehindBytes(ref walk, RecordPaddingBytes, Layer.Ethernet),
            22 or 23 => Layer.Ip,
            _ => Layer.Stop,
        };
    }

    /// <summary>Darwin's tap: length, type, link type of what follows (LINKTYPE_PKTAP), all little-endian.</summary>
    public static Layer ReadPacketTap(ref PacketWalk walk)
    {
        if (walk.Captured < PacketTapMinBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        ReadOnlySpan<byte> rest = walk.Rest;
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        uint linkType = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
        if (bytes < PacketTapMinBytes || bytes > (uint)rest.Length)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        walk.Skip((int)bytes);
        return WlanHeaders.Nested(ref walk, linkType);
    }
}
