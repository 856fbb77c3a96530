using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IcmpStream.Schemas;

/// <summary>
/// What only some messages have, next to their <see cref="IcmpEvent"/>: 240 blittable bytes in groups, each present when its bit
/// of <see cref="Groups"/> is set. In Avro every group is a nullable record of <c>icmpstream.v1.IcmpEvent</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
public struct IcmpEventDetail
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 240;

    /// <summary>Quoted: source of the quoted datagram.</summary>
    public Address QuotedSource;

    /// <summary>Quoted: destination of the quoted datagram.</summary>
    public Address QuotedDestination;

    /// <summary>Path: source of the outermost IP header of the frame.</summary>
    public Address OuterSource;

    /// <summary>Path: destination of the outermost IP header of the frame.</summary>
    public Address OuterDestination;

    /// <summary>Neighbor: target address (RFC 4861). Listener: multicast address (RFC 3810).</summary>
    public Address Target;

    /// <summary>Neighbor: destination of a redirect (RFC 4861 section 4.5).</summary>
    public Address Redirected;

    /// <summary>NodeInformation: nonce (RFC 4620).</summary>
    public ulong Nonce;

    /// <summary>Path: source MAC address in the low 48 bits.</summary>
    public ulong SourceMac;

    /// <summary>Path: destination MAC address in the low 48 bits.</summary>
    public ulong DestinationMac;

    /// <summary>Path: MPLS labels, outermost first; <see cref="MplsCount"/> are set.</summary>
    public MplsStack MplsLabels;

    /// <summary>Path: VXLAN or GENEVE network identifier, GRE key, or ERSPAN session.</summary>
    public uint Vni;

    /// <summary>Timestamps: originate, ms since midnight UT (RFC 792).</summary>
    public uint OriginateMs;

    /// <summary>Timestamps: receive, ms since midnight UT.</summary>
    public uint ReceiveMs;

    /// <summary>Timestamps: transmit, ms since midnight UT.</summary>
    public uint TransmitMs;

    /// <summary>Mask: the address mask (RFC 950).</summary>
    public uint AddressMask;

    /// <summary>Router: reachable time, ms (RFC 4861 section 4.2).</summary>
    public uint ReachableMs;

    /// <summary>Router: retransmission timer, ms.</summary>
    public uint RetransmitMs;

    /// <summary>Quoted: IPv4 identification, or the IPv6 fragment identification.</summary>
    public uint QuotedIpId;

    /// <summary>
    /// Where in the buffer's arena the lists are: the Avro encoding of the four array fields <c>extensions</c>,
    /// <c>nd_options</c>, <c>mld_records</c> and <c>router_addresses</c>, one behind the other.
    /// </summary>
    public uint ListsOffset;

    /// <summary>Length of the lists, bytes; 0 when all four are empty.</summary>
    public uint ListsLength;

    /// <summary>Quoted: total length by the quoted IP header, bytes (IPv6: 40 + payload length, capped at 65,535).</summary>
    public ushort QuotedIpBytes;

    /// <summary>Quoted: fragment offset in units of 8 bytes.</summary>
    public ushort QuotedFragmentOffset;

    /// <summary>Quoted: bytes of the quoted datagram that were captured, its IP header included.</summary>
    public ushort QuotedCaptured;

    /// <summary>Quoted: source port, with <see cref="DetailGroups.QuotedPorts"/>.</summary>
    public ushort QuotedSourcePort;

    /// <summary>Quoted: destination port, with <see cref="DetailGroups.QuotedPorts"/>.</summary>
    public ushort QuotedDestinationPort;

    /// <summary>Quoted: ICMP identifier, with <see cref="DetailGroups.QuotedEcho"/>.</summary>
    public ushort QuotedIdentifier;

    /// <summary>Quoted: ICMP sequence number, with <see cref="DetailGroups.QuotedEcho"/>.</summary>
    public ushort QuotedSequence;

    /// <summary>Quoted: checksum of the quoted ICMP message, with <see cref="DetailGroups.QuotedIcmp"/>.</summary>
    public ushort QuotedChecksum;

    /// <summary>Router: lifetime, s.</summary>
    public ushort RouterLifetimeSeconds;

    /// <summary>Listener: maximum response code (RFC 3810 section 5.1.3).</summary>
    public ushort MaximumResponseCode;

    /// <summary>NodeInformation: qtype.</summary>
    public ushort QueryType;

    /// <summary>
    /// Router and Neighbor: the first byte of flags, as on the wire. NodeInformation: all 16 bits, since RFC 4620 defines the low
    /// ones.
    /// </summary>
    public ushort NeighborFlags;

    /// <summary>Which groups are present.</summary>
    public DetailGroups Groups;

    /// <summary>Path: tunnels and shims around the message, outermost first; <see cref="TunnelCount"/> are set.</summary>
    public TunnelStack Tunnels;

    /// <summary>How many of <see cref="MplsLabels"/> are set.</summary>
    public byte MplsCount;

    /// <summary>How many of <see cref="Tunnels"/> are set.</summary>
    public byte TunnelCount;

    /// <summary>Quoted: 4 or 6.</summary>
    public byte QuotedIpVersion;

    /// <summary>Quoted: protocol, or the last next header read.</summary>
    public byte QuotedProtocol;

    /// <summary>Quoted: TTL or hop limit.</summary>
    public byte QuotedTtl;

    /// <summary>Quoted: ICMP type, with <see cref="DetailGroups.QuotedIcmp"/>.</summary>
    public byte QuotedType;

    /// <summary>Quoted: ICMP code, with <see cref="DetailGroups.QuotedIcmp"/>.</summary>
    public byte QuotedCode;

    /// <summary>Router: current hop limit.</summary>
    public byte HopLimit;

    /// <summary>Listener: S flag and robustness variable, as on the wire.</summary>
    public byte QueryFlags;

    /// <summary>Listener: querier's query interval code.</summary>
    public byte QueryIntervalCode;

    /// <summary>Extension: version of the RFC 4884 extension header.</summary>
    public byte ExtensionVersion;

    /// <summary>Extension: the length field, in the message's own units (RFC 4884 section 3); 0 means non-compliant.</summary>
    public byte ExtensionLength;

    /// <summary>Extension: verdict on the extension header's checksum.</summary>
    public ChecksumStatus ExtensionChecksumStatus;

    /// <summary>ExtendedEcho: the byte with state and A, 4, 6 bits of a reply, or the L bit of a request (RFC 8335).</summary>
    public byte ExtendedEchoBits;
}

/// <summary>Up to eight MPLS labels (20 bits each); a deeper stack is an outcome.</summary>
[InlineArray(Capacity)]
public struct MplsStack
{
    /// <summary>The deepest stack kept.</summary>
    public const int Capacity = 8;

    private uint _first;
}

/// <summary>Up to eight tunnels, by <see cref="TunnelKind"/>; a deeper nesting is an outcome.</summary>
[InlineArray(Capacity)]
public struct TunnelStack
{
    /// <summary>The deepest nesting kept.</summary>
    public const int Capacity = 8;

    private TunnelKind _first;
}

/// <summary>Groups of <see cref="IcmpEventDetail"/>, as bits.</summary>
[Flags]
public enum DetailGroups : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The quoted datagram's IP header was read.</summary>
    Quoted = 1,

    /// <summary>The quoted TCP, UDP, SCTP or DCCP ports were read. Implies <see cref="Quoted"/>.</summary>
    QuotedPorts = 2,

    /// <summary>The quoted ICMP type, code and checksum were read. Implies <see cref="Quoted"/>.</summary>
    QuotedIcmp = 4,

    /// <summary>The quoted identifier and sequence number were read. Implies <see cref="QuotedIcmp"/>.</summary>
    QuotedEcho = 8,

    /// <summary>Link and tunnel headers around the message that are worth keeping.</summary>
    Path = 16,

    /// <summary>The three times of ICMPv4 13 and 14.</summary>
    Timestamps = 32,

    /// <summary>The mask of ICMPv4 17 and 18.</summary>
    Mask = 64,

    /// <summary>Router advertisement fields (ICMPv6 134).</summary>
    Router = 128,

    /// <summary>Neighbor solicitation, advertisement or redirect (ICMPv6 135, 136, 137).</summary>
    Neighbor = 256,

    /// <summary>Multicast listener query, report or done (ICMPv6 130, 131, 132).</summary>
    Listener = 512,

    /// <summary>Node information (ICMPv6 139, 140).</summary>
    NodeInformation = 1024,

    /// <summary>RFC 4884 extension header; its objects are in the lists.</summary>
    Extension = 2048,

    /// <summary>RFC 8335 bits.</summary>
    ExtendedEcho = 4096,
}
