namespace IcmpStream.Schemas;

// Each enum here is an Avro enum of icmpstream.v1: the number is the symbol's position and the name in snake_case is the
// symbol. New values go at the end; readers map a symbol they do not know to the schema's default.

/// <summary>Verdict on a checksum. Avro <c>icmpstream.v1.ChecksumStatus</c>.</summary>
public enum ChecksumStatus : byte
{
    /// <summary>It could not be judged: the capture cut the message, or it is a fragment.</summary>
    Unverified,

    /// <summary>It is right.</summary>
    Good,

    /// <summary>It is wrong.</summary>
    Bad,
}

/// <summary>Payloads that ordinary tools send. Avro <c>icmpstream.v1.PayloadFamily</c>; see the signature table.</summary>
public enum PayloadFamily : byte
{
    /// <summary>None recognised.</summary>
    None,

    /// <summary>No payload at all.</summary>
    Empty,

    /// <summary>Linux iputils: byte i is i, behind a timeval.</summary>
    Iputils,

    /// <summary>macOS and BSD: sec and usec, then 0x08 0x09 ...</summary>
    Bsd,

    /// <summary>Windows: the alphabet to w, again from a.</summary>
    Windows,

    /// <summary>All bytes zero.</summary>
    Zeros,

    /// <summary>All bytes the same, not zero.</summary>
    Constant,

    /// <summary>Each byte one more than the one before.</summary>
    Incrementing,

    /// <summary>nmap's OS detection probes.</summary>
    Nmap,

    /// <summary>fping.</summary>
    Fping,

    /// <summary>
    /// smokeping's own, of which there are none: it runs fping, whose payload it sends. Kept because numbers are; never set.
    /// </summary>
    Smokeping,

    /// <summary>BusyBox ping.</summary>
    Busybox,

    /// <summary>Cisco IOS: a timestamp, then 0xABCD over and over.</summary>
    Cisco,
}

/// <summary>What a payload seems to carry. Avro <c>icmpstream.v1.InnerHeader</c>.</summary>
public enum InnerHeader : byte
{
    /// <summary>Nothing recognised.</summary>
    None,

    /// <summary>An IPv4 header.</summary>
    Ipv4,

    /// <summary>An IPv6 header.</summary>
    Ipv6,

    /// <summary>A TLS record.</summary>
    Tls,

    /// <summary>An SSH banner or packet.</summary>
    Ssh,

    /// <summary>An HTTP request or response.</summary>
    Http,

    /// <summary>A DNS message.</summary>
    Dns,

    /// <summary>An Ethernet frame.</summary>
    Ethernet,
}

/// <summary>Headers between the link layer and the message that wrap another packet. Avro <c>icmpstream.v1.TunnelKind</c>.</summary>
public enum TunnelKind : byte
{
    /// <summary>One that this version does not name.</summary>
    Unknown,

    /// <summary>IPv4 or IPv6 in IPv4 or IPv6 (protocols 4 and 41).</summary>
    Ip,

    /// <summary>GRE (RFC 2784, RFC 2890).</summary>
    Gre,

    /// <summary>ERSPAN type I, II or III.</summary>
    Erspan,

    /// <summary>VXLAN (RFC 7348).</summary>
    Vxlan,

    /// <summary>GENEVE (RFC 8926).</summary>
    Geneve,

    /// <summary>Teredo (RFC 4380).</summary>
    Teredo,

    /// <summary>PPPoE session (RFC 2516).</summary>
    Pppoe,

    /// <summary>PPP (RFC 1661).</summary>
    Ppp,

    /// <summary>GTP-U (3GPP TS 29.281).</summary>
    Gtp,

    /// <summary>L2TP (RFC 2661, RFC 3931).</summary>
    L2tp,

    /// <summary>MPLS (RFC 3032); the labels are kept apart.</summary>
    Mpls,

    /// <summary>AH (RFC 4302).</summary>
    Ah,

    /// <summary>LISP data (RFC 9300).</summary>
    Lisp,

    /// <summary>NSH (RFC 8300).</summary>
    Nsh,

    /// <summary>MACsec that authenticates without encrypting (IEEE 802.1AE).</summary>
    Macsec,

    /// <summary>PIM register (RFC 7761).</summary>
    Pim,

    /// <summary>EtherIP (RFC 3378), or Ethernet as an IP protocol (RFC 8986).</summary>
    Ethernet,

    /// <summary>Minimal encapsulation (RFC 2004).</summary>
    Minimal,

    /// <summary>IEEE 802.11 frames to a controller (CAPWAP, RFC 5415).</summary>
    Capwap,

    /// <summary>Sampled or mirrored frames: sFlow, TZSP and their like.</summary>
    Mirror,

    /// <summary>Automatic multicast tunneling (RFC 7450).</summary>
    Amt,
}
