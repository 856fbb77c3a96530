using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>IP protocol numbers (IANA "Assigned Internet Protocol Numbers") that lead to an ICMP message.</summary>
internal static class IpProtocols
{
    public const byte HopByHop = 0;
    public const byte Icmpv4 = 1;
    public const byte Ipv4 = 4;
    public const byte Tcp = 6;
    public const byte Udp = 17;
    public const byte Dccp = 33;
    public const byte Ipv6 = 41;
    public const byte Routing = 43;
    public const byte Fragment = 44;
    public const byte Gre = 47;
    public const byte Ah = 51;
    public const byte Icmpv6 = 58;
    public const byte NoNext = 59;
    public const byte DestinationOptions = 60;
    public const byte Minimal = 55;
    public const byte EtherIp = 97;
    public const byte Pim = 103;
    public const byte Sctp = 132;
    public const byte Mobility = 135;
    public const byte UdpLite = 136;
    public const byte MplsInIp = 137;
    public const byte Hip = 139;
    public const byte Shim6 = 140;
    public const byte Ethernet = 143;

    /// <summary>One is what senders use; two come of a tunnel's end that adds its own. Beyond it the chain is noise.</summary>
    private const int MaxAuthenticationHeaders = 4;

    /// <summary>
    /// What the payload of the IP header just read is; the walk stands at its first byte. AH is read on the way: it hides nothing.
    /// </summary>
    public static Layer Next(ref PacketWalk walk, byte protocol)
    {
        // RFC 4302 section 3.1.1: behind AH may come extension headers again.
        for (int count = 0; protocol == Ah; count++)
        {
            if (count == MaxAuthenticationHeaders)
                return walk.Fail(DecodeOutcome.ExtensionHeaderDepth);
            if (!AuthenticationHeader.TryRead(ref walk, out protocol))
                return Layer.Stop;
            if (walk.Ip.Version == 6 && !Ipv6Extensions.TryRead(ref walk, ref protocol))
                return Layer.Stop;
        }

        switch (protocol)
        {
            case Icmpv4:
                return Layer.Icmpv4;
            case Icmpv6:
                return Layer.Icmpv6;
            case Ipv4:
                return walk.Enter(TunnelKind.Ip) ? Layer.Ipv4 : Layer.Stop;
            case Ipv6:
                return walk.Enter(TunnelKind.Ip) ? Layer.Ipv6 : Layer.Stop;
            case Gre:
                return Layer.Gre;
            case Udp:
                return Layer.Udp;
            case MplsInIp:
                return Layer.Mpls;
            case Ethernet:
                return walk.Enter(TunnelKind.Ethernet) ? Layer.Ethernet : Layer.Stop;
            case EtherIp:
                return OtherIpTunnels.ReadEtherIp(ref walk);
            case Pim:
                return OtherIpTunnels.ReadPim(ref walk);
            case Minimal:
                return Layer.Minimal;
            default:
                return Layer.Stop;
        }
    }
}
