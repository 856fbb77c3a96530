using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Local networks whose header says little more than that LLC or an EtherType follows.</summary>
internal static class LocalLayers
{
    /// <summary>FDDI: frame control and two addresses (LINKTYPE_FDDI).</summary>
    public const int FddiHeaderBytes = 13;

    /// <summary>SunATM: flags, virtual path and channel (LINKTYPE_SUNATM).</summary>
    public const int SunAtmHeaderBytes = 4;

    /// <summary>IP over Fibre Channel: two addresses of eight bytes (RFC 2625, LINKTYPE_IP_OVER_FC).</summary>
    public const int FibreChannelHeaderBytes = 16;

    /// <summary>Two addresses of eight bytes (RFC 2734, LINKTYPE_APPLE_IP_OVER_IEEE1394).</summary>
    public const int FirewireAddressBytes = 16;

    /// <summary>The global route header that captures put in front (LINKTYPE_IPOIB).</summary>
    public const int InfinibandRouteBytes = 40;

    private const int InfinibandHeaderBytes = 4;
    private const int TokenRingBytes = 14;
    private const int RouteLengthMask = 0x1F;
    private const byte SourceRouted = 0x80;
    private const int TokenRingSource = 8;

    /// <summary>Access and frame control, addresses, and a route where the source address says so (IEEE 802.5).</summary>
    public static Layer ReadTokenRing(ref PacketWalk walk)
    {
        if (walk.Captured <= TokenRingBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        int bytes = TokenRingBytes;
        if ((walk.Frame[walk.Offset + TokenRingSource] & SourceRouted) != 0)
            bytes += walk.Frame[walk.Offset + TokenRingBytes] & RouteLengthMask;
        return LinkTypes.BehindBytes(ref walk, bytes, Layer.Llc);
    }

    /// <summary>RFC 2684: LLC in front of each packet, or none at all on a channel of its own.</summary>
    public static Layer ReadAtm(ref PacketWalk walk)
    {
        if (walk.Captured < 1)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        return walk.Frame[walk.Offset] >> 4 is 4 or 6 ? Layer.Ip : Layer.Llc;
    }

    /// <summary>An EtherType and two reserved bytes (RFC 4391 section 6).</summary>
    public static Layer ReadInfiniband(ref PacketWalk walk)
    {
        if (walk.Captured < InfinibandHeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        ushort type = walk.Peek16(0);
        walk.Skip(InfinibandHeaderBytes);
        return type > EthernetLayer.MaxLength ? EtherTypes.Next(ref walk, type) : Layer.Stop;
    }
}
