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
