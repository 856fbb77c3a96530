using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>LINKTYPE_ values (https://www.tcpdump.org/linktypes.html) and what their frames begin with.</summary>
internal static class LinkTypes
{
    public const ushort Ethernet = 1;
    public const ushort Raw = 101;
    public const ushort Ipv4 = 228;
    public const ushort Ipv6 = 229;

    /// <summary>
    /// Values of DLT_RAW on operating systems that numbered it themselves; files written there carry them as they are.
    /// </summary>
    public const ushort RawBsd = 12;

    /// <summary>DLT_RAW on OpenBSD.</summary>
    public const ushort RawOpenBsd = 14;

    /// <summary>The first header of a frame.</summary>
    public static Layer First(ref PacketWalk walk, ushort linkType)
    {
        switch (linkType)
        {
            case Ethernet:
                return Layer.Ethernet;
            case Raw:
            case RawBsd:
            case RawOpenBsd:
            case Ipv4:
            case Ipv6:
                return Layer.Ip;
            default:
                return walk.Fail(DecodeOutcome.LinkUnsupported);
        }
    }
}
