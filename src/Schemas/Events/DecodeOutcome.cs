namespace IcmpStream.Schemas;

/// <summary>
/// What the decoder says of a frame: the name of the event's outcome, of the counter, and of the metric label. Values below
/// <see cref="NotIcmp"/> belong to events (a message whose type and code could be read); the others only count frames that
/// became no event. The events' part is Avro <c>icmpstream.v1.DecodeOutcome</c> (snake_case symbols in this order).
/// </summary>
public enum DecodeOutcome : byte
{
    /// <summary>Nothing is wrong with it.</summary>
    Ok,

    /// <summary>A newer decoder's outcome that this version does not know: the Avro default.</summary>
    Unknown,

    /// <summary>The ICMP checksum is wrong.</summary>
    BadChecksum,

    /// <summary>The IP length leaves less than the header that the type asks for (Suricata: pkt_too_small).</summary>
    TooSmall,

    /// <summary>The capture, not the sender, cut the message before the end of its fixed header.</summary>
    Truncated,

    /// <summary>The type is not in the IANA registry (Suricata: unknown_type).</summary>
    UnknownType,

    /// <summary>The code is not registered for the type (Suricata: unknown_code).</summary>
    UnknownCode,

    /// <summary>An error quotes less than an IP header (Suricata: ipv4_trunc_pkt, ipv6_trunc_pkt).</summary>
    QuotedTruncated,

    /// <summary>An error quotes something that is neither IPv4 nor IPv6 (Suricata: unknown_ver).</summary>
    QuotedUnknownVersion,

    /// <summary>An error quotes an IP header whose own lengths are impossible.</summary>
    QuotedMalformed,

    /// <summary>The RFC 4884 extension is malformed.</summary>
    ExtensionMalformed,

    /// <summary>A neighbor discovery option has length 0 or leaves the message.</summary>
    OptionMalformed,

    /// <summary>A multicast listener record leaves the message.</summary>
    ListenerMalformed,

    /// <summary>
    /// Neighbor discovery with a hop limit other than 255 (RFC 4861 section 6.1), or multicast listener discovery with one other than 1
    /// (RFC 2710 section 3, RFC 3810 section 5): it crossed a router, or was made to look so.
    /// </summary>
    HopLimitInvalid,

    /// <summary>More objects, options or records than the decoder keeps; the rest is left out.</summary>
    ListLimit,

    /// <summary>The IP total length and the captured bytes disagree in a way that no capture cut explains.</summary>
    LengthMismatch,

    /// <summary>
    /// The fragment covers bytes of its datagram that an earlier one has, and differs from it (RFC 5722, RFC 8200 section 4.5).
    /// </summary>
    FragmentOverlap,

    /// <summary>Fragment offset and length reach beyond 65,535 bytes: a ping of death.</summary>
    FragmentOverlong,

    /// <summary>ICMPv6 carried by IPv4, or ICMPv4 by IPv6: no rule allows it, and dissectors read it all the same.</summary>
    FamilyMismatch,

    /// <summary>The last fragment that came of a datagram that was not whole in time.</summary>
    FragmentIncomplete,

    /// <summary>An option of the IPv4 header has an impossible length; nothing else is wrong.</summary>
    IpOptionMalformed,

    /// <summary>The frame carries no ICMP. The first of the outcomes that only count.</summary>
    NotIcmp = 64,

    /// <summary>A fragment other than the first.</summary>
    FragmentLater,

    /// <summary>A link type that the decoder does not read.</summary>
    LinkUnsupported,

    /// <summary>The frame ends inside its link-layer header.</summary>
    LinkTruncated,

    /// <summary>More VLAN tags than the decoder follows.</summary>
    VlanDepth,

    /// <summary>More MPLS labels than the decoder follows.</summary>
    MplsDepth,

    /// <summary>More nested tunnels than the decoder follows.</summary>
    TunnelDepth,

    /// <summary>A tunnel header is cut or impossible.</summary>
    TunnelMalformed,

    /// <summary>The frame ends inside an IP header.</summary>
    IpTruncated,

    /// <summary>The version nibble of an IP header is wrong for its place.</summary>
    IpVersionInvalid,

    /// <summary>The IP header length or total length is impossible.</summary>
    IpLengthInvalid,

    /// <summary>An IPv6 extension header is cut or impossible.</summary>
    ExtensionHeaderMalformed,

    /// <summary>More IPv6 extension headers than the decoder follows.</summary>
    ExtensionHeaderDepth,

    /// <summary>The protocol says ICMP, but not even type and code are there.</summary>
    IcmpMissing,
}
