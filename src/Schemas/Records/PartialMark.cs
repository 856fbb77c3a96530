namespace IcmpStream.Schemas;

/// <summary>What a <see cref="PartialMark"/> is about. The numbers are part of the contract: new ones go at the end.</summary>
public enum MarkKind : byte
{
    /// <summary>Replies that answer no request of their pair. Source: peers are whom it answered. Destination: peers are who answered.</summary>
    Unsolicited,

    /// <summary>Unreachables received. Peers are the addresses said to be unreachable; the value counts implausible quotes.</summary>
    Unreachable,

    /// <summary>Port unreachables received. Peers are who sent them; the value counts implausible quotes.</summary>
    PortUnreachable,

    /// <summary>Fragments that overlap, reach beyond the longest datagram, or never complete. The mask has the outcomes.</summary>
    Fragment,

    /// <summary>Timestamp, information and address mask requests sent. Peers are whom it asked; the mask has the types.</summary>
    Recon,

    /// <summary>Messages of deprecated types sent. The mask has the types.</summary>
    Deprecated,

    /// <summary>Source quenches sent.</summary>
    SourceQuench,

    /// <summary>Malformed messages sent. The mask has the outcomes.</summary>
    Malformed,

    /// <summary>Echo requests sent to broadcast or multicast addresses. Peers are those addresses.</summary>
    BroadcastRequest,

    /// <summary>What a /24 (IPv6 /64) received. Peers are the sources.</summary>
    PrefixSmall,

    /// <summary>What a /16 (IPv6 /48) received. Peers are the sources.</summary>
    PrefixLarge,

    /// <summary>Only samples, of a loud or chosen flow.</summary>
    Sample,
}

/// <summary>
/// What was remarkable about one address in a slot: blittable, with its lists in the arenas of the <see cref="PartialBuffer"/> that
/// holds it. Avro <c>icmpstream.v1.PartialMark</c>.
/// </summary>
public struct PartialMark
{
    /// <summary>The address, or the first address of a prefix.</summary>
    public Address Address;

    /// <summary>Packets.</summary>
    public long Packets;

    /// <summary>IP total length, bytes.</summary>
    public long Bytes;

    /// <summary>A sum that depends on the kind.</summary>
    public long Value;

    /// <summary>Bits that depend on the kind.</summary>
    public long Mask;

    /// <summary>Where the peers start in the buffer's arena.</summary>
    public int PeersOffset;

    /// <summary>Where the sketch starts.</summary>
    public int SketchOffset;

    /// <summary>Where the samples start.</summary>
    public int SamplesOffset;

    /// <summary>How many peers.</summary>
    public byte PeersLength;

    /// <summary>How many samples, at most <see cref="PartialBuffer.MaxSamplesPerMark"/>.</summary>
    public byte SamplesLength;

    /// <summary>True when there is a sketch.</summary>
    public bool HasSketch;

    /// <summary>Which end of the packets the address was.</summary>
    public Role Role;

    /// <summary>What it is about.</summary>
    public MarkKind Kind;
}

/// <summary>The header of a packet of the evidence. Avro <c>icmpstream.v1.MarkSample</c>.</summary>
/// <param name="TimeNs">Capture time, ns since the epoch.</param>
/// <param name="Source">Source.</param>
/// <param name="Destination">Destination.</param>
/// <param name="Type">ICMP type.</param>
/// <param name="Code">ICMP code.</param>
/// <param name="Ttl">TTL or hop limit.</param>
/// <param name="Bytes">IP total length, bytes.</param>
/// <param name="RestOfHeader">Identifier and sequence number, where the message has them.</param>
public readonly record struct MarkSample(
    long TimeNs, Address Source, Address Destination, byte Type, byte Code, byte Ttl, uint Bytes, uint? RestOfHeader)
    : IComparable<MarkSample>
{
    /// <summary>The same as an alert has it.</summary>
    public Sample ToSample() => new()
    {
        TimeNs = TimeNs,
        Source = Source,
        Destination = Destination,
        Type = Type,
        Code = Code,
        Ttl = Ttl,
        Bytes = Bytes,
        Identifier = RestOfHeader is { } rest ? (ushort)(rest >> 16) : null,
        Sequence = RestOfHeader is { } word ? (ushort)word : null,
    };

    /// <summary>The earliest first; then by every field, so that the choice among equals does not show.</summary>
    public int CompareTo(MarkSample other)
    {
        int order = TimeNs.CompareTo(other.TimeNs);
        if (order != 0)
            return order;
        order = Source.CompareTo(other.Source);
        if (order != 0)
            return order;
        order = Destination.CompareTo(other.Destination);
        if (order != 0)
            return order;
        order = Nullable.Compare(RestOfHeader, other.RestOfHeader);
        return order != 0 ? order : (Type, Code, Ttl, Bytes).CompareTo((other.Type, other.Code, other.Ttl, other.Bytes));
    }

    /// <summary>As <see cref="CompareTo"/>.</summary>
    public static bool operator <(MarkSample left, MarkSample right) => left.CompareTo(right) < 0;

    /// <summary>As <see cref="CompareTo"/>.</summary>
    public static bool operator >(MarkSample left, MarkSample right) => left.CompareTo(right) > 0;

    /// <summary>As <see cref="CompareTo"/>.</summary>
    public static bool operator <=(MarkSample left, MarkSample right) => left.CompareTo(right) <= 0;

    /// <summary>As <see cref="CompareTo"/>.</summary>
    public static bool operator >=(MarkSample left, MarkSample right) => left.CompareTo(right) >= 0;
}
