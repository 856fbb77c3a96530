namespace IcmpStream.Ingest.Decode;

/// <summary>
/// The header that stands next in a frame. Each reader reads one, moves the walk behind it and names the next, so that nesting is
/// a loop with a bound and never a recursion.
/// </summary>
internal enum Layer : byte
{
    /// <summary>Nothing more to read: the walk's outcome says why.</summary>
    Stop,

    /// <summary>An ICMPv4 message.</summary>
    Icmpv4,

    /// <summary>An ICMPv6 message.</summary>
    Icmpv6,

    /// <summary>An Ethernet frame.</summary>
    Ethernet,

    /// <summary>What an EtherType names: the two bytes stand at the walk's offset.</summary>
    EtherType,

    /// <summary>An IPv4 header.</summary>
    Ipv4,

    /// <summary>An IPv6 header.</summary>
    Ipv6,

    /// <summary>An IP header whose version nibble decides.</summary>
    Ip,

    /// <summary>An IEEE 802.2 LLC header.</summary>
    Llc,

    /// <summary>An MPLS label stack.</summary>
    Mpls,

    /// <summary>A PPP frame, with or without its HDLC address and control bytes.</summary>
    Ppp,

    /// <summary>A PPPoE session header.</summary>
    Pppoe,

    /// <summary>A GRE header.</summary>
    Gre,

    /// <summary>A UDP header whose ports name a tunnel.</summary>
    Udp,

    /// <summary>A network service header.</summary>
    Nsh,

    /// <summary>A minimal encapsulation header.</summary>
    Minimal,

    /// <summary>A Cisco HDLC frame.</summary>
    CiscoHdlc,

    /// <summary>A frame relay frame.</summary>
    FrameRelay,

    /// <summary>An IEEE 802.11 frame.</summary>
    Wlan,

    /// <summary>An IP over InfiniBand header.</summary>
    Infiniband,

    /// <summary>A TRILL header.</summary>
    Trill,

    /// <summary>A batman-adv header.</summary>
    Batman,

    /// <summary>A MACsec tag.</summary>
    Macsec,

    /// <summary>An sFlow datagram: frames within a frame.</summary>
    Sflow,
}
