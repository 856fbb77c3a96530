using System.Runtime.InteropServices;

namespace IcmpStream.Schemas;

/// <summary>
/// One ICMP message as the pipeline carries it: 128 blittable bytes, two cache lines, all that an echo needs. What only some
/// messages have (a quoted datagram, tunnels around it, neighbor discovery) is in an <see cref="IcmpEventDetail"/> of the same
/// <see cref="EventBuffer"/>; bytes of variable length are in that buffer's arena. Multi-byte header fields are numbers in host
/// order. The Avro form is <c>icmpstream.v1.IcmpEvent</c>.
/// </summary>
/// <remarks>
/// <code>
///   0 first_ns 8 | source 16 | destination 16 | payload_hash 8 | frame 8 | count 4 | span 4      = 64, the first line
///  64 bytes 4 | frame_bytes 4 | ip_id 4 | rest_of_header 4 | signatures 4 | prefix 4 | detail 4 | 12 x 2 | 12 x 1  = 64, the second
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct IcmpEvent
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 128;

    /// <summary>Capture time, ns since the epoch, UTC; of the first packet where several were folded. Negative before 1970.</summary>
    [FieldOffset(0)]
    public long FirstNs;

    /// <summary>Source of the IP header that directly carries the message.</summary>
    [FieldOffset(8)]
    public Address Source;

    /// <summary>Destination of the IP header that directly carries the message.</summary>
    [FieldOffset(24)]
    public Address Destination;

    /// <summary>XXH64, seed 0, over the captured payload.</summary>
    [FieldOffset(40)]
    public ulong PayloadHash;

    /// <summary>1-based number over all frames of the stream.</summary>
    [FieldOffset(48)]
    public long Frame;

    /// <summary>Packets this event stands for: 1, or more where a hot key was folded.</summary>
    [FieldOffset(56)]
    public uint Count;

    /// <summary>Time from the first to the last packet folded, ns; 0 for one packet. A fold spans at most a 100 ms slot.</summary>
    [FieldOffset(60)]
    public uint SpanNs;

    /// <summary>IP total length, bytes: header and payload (IPv6: 40 + payload length); the sum where folded.</summary>
    [FieldOffset(64)]
    public uint Bytes;

    /// <summary>Length of the frame on the wire, bytes.</summary>
    [FieldOffset(68)]
    public uint FrameBytes;

    /// <summary>IPv4 identification, or the IPv6 fragment identification (0 without a fragment header).</summary>
    [FieldOffset(72)]
    public uint IpId;

    /// <summary>Bytes 4 to 7 of the ICMP header, big-endian: identifier and sequence, gateway, MTU or pointer, by type.</summary>
    [FieldOffset(76)]
    public uint RestOfHeader;

    /// <summary>Bit i set: the payload matches tool signature i of the signature table.</summary>
    [FieldOffset(80)]
    public uint Signatures;

    /// <summary>Where the kept payload prefix starts in the buffer's arena.</summary>
    [FieldOffset(84)]
    public uint PrefixOffset;

    /// <summary>Index + 1 of the <see cref="IcmpEventDetail"/>; 0 for none.</summary>
    [FieldOffset(88)]
    public int Detail;

    /// <summary>VLAN identifiers, outermost first; <see cref="VlanCount"/> of them are set.</summary>
    [FieldOffset(92)]
    public VlanStack Vlans;

    /// <summary>Length of the ICMP message by the IP header, bytes (of this fragment, for a first fragment).</summary>
    [FieldOffset(98)]
    public ushort MessageBytes;

    /// <summary>How much of the payload was captured, bytes: what hash, entropy and signatures were computed over.</summary>
    [FieldOffset(100)]
    public ushort PayloadCaptured;

    /// <summary>Length of the kept payload prefix, bytes.</summary>
    [FieldOffset(102)]
    public ushort PrefixLength;

    /// <summary>Shannon entropy of the captured payload, thousandths of a bit per byte, 0 to 8000.</summary>
    [FieldOffset(104)]
    public ushort EntropyMillibits;

    /// <summary>ICMP checksum as on the wire, big-endian value.</summary>
    [FieldOffset(106)]
    public ushort Checksum;

    /// <summary>
    /// Fragment offset in units of 8 bytes. Not 0: the event is of a later fragment that the fragment stage tells of; it holds no
    /// message, and its type is 255.
    /// </summary>
    [FieldOffset(108)]
    public ushort FragmentOffset;

    /// <summary>The interface of the capture that the frame came from (pcapng), counted from 0.</summary>
    [FieldOffset(110)]
    public ushort InterfaceId;

    /// <summary>LINKTYPE_ value of that interface.</summary>
    [FieldOffset(112)]
    public ushort LinkType;

    /// <summary>What is known or set; see <see cref="EventFlags"/>.</summary>
    [FieldOffset(114)]
    public EventFlags Flags;

    /// <summary>ICMP type, raw.</summary>
    [FieldOffset(116)]
    public byte Type;

    /// <summary>ICMP code, raw.</summary>
    [FieldOffset(117)]
    public byte Code;

    /// <summary>4 or 6.</summary>
    [FieldOffset(118)]
    public byte IpVersion;

    /// <summary>IPv4 time to live, or IPv6 hop limit.</summary>
    [FieldOffset(119)]
    public byte Ttl;

    /// <summary>IPv4 type of service, or IPv6 traffic class: DSCP and ECN.</summary>
    [FieldOffset(120)]
    public byte TrafficClass;

    /// <summary>How many of <see cref="Vlans"/> are set.</summary>
    [FieldOffset(121)]
    public byte VlanCount;

    /// <summary>Where the inner header starts in the payload, bytes.</summary>
    [FieldOffset(122)]
    public byte InnerOffset;

    /// <summary>Verdict on the ICMP checksum.</summary>
    [FieldOffset(123)]
    public ChecksumStatus ChecksumStatus;

    /// <summary>Verdict on the IPv4 header checksum.</summary>
    [FieldOffset(124)]
    public ChecksumStatus IpChecksumStatus;

    /// <summary>What the decoder says of the message.</summary>
    [FieldOffset(125)]
    public DecodeOutcome Outcome;

    /// <summary>Benign payload family, if any.</summary>
    [FieldOffset(126)]
    public PayloadFamily PayloadFamily;

    /// <summary>What the payload seems to carry.</summary>
    [FieldOffset(127)]
    public InnerHeader InnerHeader;

    /// <summary>All of it as words, for code that moves many fields at once.</summary>
    [FieldOffset(0)]
    internal EventWords Words;

    /// <summary>Time of the last packet, ns since the epoch; equal to <see cref="FirstNs"/> for one packet.</summary>
    public readonly long LastNs => FirstNs + SpanNs;

    /// <summary>Length of the payload by the IP header, bytes: all of the message behind its first 8 bytes, whatever the type.</summary>
    public readonly int PayloadBytes => Math.Max(0, MessageBytes - HeaderBytes);

    /// <summary>The part of the ICMP header that every message has, bytes (RFC 792): what comes behind it is the payload.</summary>
    public const int HeaderBytes = 8;

    /// <summary>Identifier, where <see cref="HasIdentifier"/>.</summary>
    public readonly ushort Identifier => (ushort)(RestOfHeader >> 16);

    /// <summary>
    /// Sequence number, where <see cref="HasSequence"/>. Extended echo (42, 43, 160, 161) has eight bits of
    /// it and eight of flags (RFC 8335 section 2).
    /// </summary>
    public readonly ushort Sequence =>
        IsExtendedEcho ? (ushort)(byte)(RestOfHeader >> 8) : (ushort)RestOfHeader;

    /// <summary>True for the RFC 8335 messages.</summary>
    public readonly bool IsExtendedEcho => IpVersion == 4 ? Type is 42 or 43 : Type is 160 or 161;

    /// <summary>Next-hop MTU (type 3 code 4: 16 bits, RFC 1191) or MTU (ICMPv6 type 2), where <see cref="HasMtu"/>.</summary>
    public readonly uint Mtu => IpVersion == 4 ? RestOfHeader & 0xFFFF : RestOfHeader;

    /// <summary>True for messages that report an MTU and show it.</summary>
    public readonly bool HasMtu => HasRestOfHeader && (IpVersion == 4 ? Type == 3 && Code == 4 : Type == 2);

    /// <summary>True where bytes 4 to 7 of the ICMP header were captured.</summary>
    public readonly bool HasRestOfHeader => (Flags & EventFlags.HasRestOfHeader) != EventFlags.None;

    /// <summary>True where the message carries an identifier that was captured.</summary>
    public readonly bool HasIdentifier => (Flags & (EventFlags.HasIdentifier | EventFlags.IdentifierOnly)) != EventFlags.None;

    /// <summary>True where the message carries a sequence number that was captured.</summary>
    public readonly bool HasSequence => (Flags & EventFlags.HasIdentifier) != EventFlags.None;
}

/// <summary>The 128 bytes of an event as 16 words, in the machine's byte order.</summary>
[System.Runtime.CompilerServices.InlineArray(Count)]
internal struct EventWords
{
    public const int Count = IcmpEvent.Size / sizeof(ulong);

    private ulong _first;
}

/// <summary>Up to three VLAN identifiers; a deeper stack is an outcome.</summary>
[System.Runtime.CompilerServices.InlineArray(Capacity)]
public struct VlanStack
{
    /// <summary>The deepest stack kept. Two tags are 802.1ad; the third is a mirror port's own.</summary>
    public const int Capacity = 3;

    private ushort _first;
}

/// <summary>What is known of an event, as bits.</summary>
[Flags]
public enum EventFlags : ushort
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>The IP header has more fragments set.</summary>
    MoreFragments = 1,

    /// <summary>The IPv4 header has don't fragment set.</summary>
    DontFragment = 2,

    /// <summary>Bytes 4 to 7 of the ICMP header were captured.</summary>
    HasRestOfHeader = 4,

    /// <summary>The message has an identifier and a sequence number, and both were captured.</summary>
    HasIdentifier = 8,

    /// <summary>The checksum field was captured.</summary>
    HasChecksum = 16,

    /// <summary>The event's time is below its stream's watermark: decided once, by the stream.</summary>
    Late = 32,

    /// <summary>The capture holds less of the message than the IP header announces.</summary>
    Cut = 64,

    /// <summary>
    /// The event belongs to an error whose quoted datagram's addresses were read, so its key is the quoted pair.
    /// </summary>
    QuotedKey = 128,

    /// <summary>
    /// The message ends, or was cut, between its identifier and its sequence number: only the first was captured.
    /// </summary>
    IdentifierOnly = 256,
}
