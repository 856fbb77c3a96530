using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Network service header (RFC 8300 section 2).</summary>
internal static class NshLayer
{
    private const int MinBytes = 8;
    private const int UnitBytes = 4;
    private const int LengthMask = 0x3F;

    /// <summary>Reads the header.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < MinBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        int bytes = (walk.Peek16(0) & LengthMask) * UnitBytes;
        if (bytes < MinBytes || bytes > walk.Captured)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        byte next = walk.Frame[walk.Offset + 3];
        walk.Skip(bytes);
        return walk.Enter(TunnelKind.Nsh) ? Next(next) : Layer.Stop;
    }

    /// <summary>IANA "NSH Next Protocol", which VXLAN-GPE shares.</summary>
    public static Layer Next(byte protocol) => protocol switch
    {
        1 => Layer.Ipv4,
        2 => Layer.Ipv6,
        3 => Layer.Ethernet,
        4 => Layer.Nsh,
        5 => Layer.Mpls,
        _ => Layer.Stop,
    };
}
