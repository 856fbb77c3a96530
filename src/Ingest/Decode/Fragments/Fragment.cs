using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Decode;

/// <summary>A fragment of a datagram that carries ICMP, or may: what a <see cref="DatagramTable"/> asks to know.</summary>
internal ref struct Fragment
{
    /// <summary>The longest IP datagram, bytes (RFC 791 section 3.1), and the longest IPv6 payload (RFC 8200 section 3).</summary>
    public const int MaxDatagramBytes = ushort.MaxValue;

    private const int UnitBytes = 8;

    /// <summary>Names its datagram.</summary>
    public DatagramKey Key;

    /// <summary>Its first byte, from the start of the datagram's payload.</summary>
    public int Start;

    /// <summary>The byte behind its last one.</summary>
    public int End;

    /// <summary>No more fragments follow: the datagram ends where it does.</summary>
    public bool IsLast;

    /// <summary>The payload is ICMP: by the protocol, or because a message was decoded from this very fragment.</summary>
    public bool IsIcmp;

    /// <summary>The captured bytes of it.</summary>
    public ReadOnlySpan<byte> Data;

    /// <summary>Whether it reaches beyond the longest datagram that there can be.</summary>
    public bool IsOverlong;

    /// <summary>Whether the ICMP message begins where the datagram's payload does, so that both have the same checksum.</summary>
    public bool IsMessageStart;

    /// <summary>Of a first fragment: what the pseudo-header adds to the checksum besides the length; 0 for ICMPv4.</summary>
    public ulong PseudoSum;

    /// <summary>True of the first one.</summary>
    public readonly bool IsFirst => Start == 0;

    /// <summary>Reads it from the walk that ended at it or at its message; false where it is no fragment that concerns ICMP.</summary>
    public static bool TryRead(in PacketWalk walk, in FrameInfo info, out Fragment fragment)
    {
        fragment = default;
        ref readonly IpHeader ip = ref walk.Ip;
        ref readonly FragmentField field = ref walk.Fragment;
        if (!ip.MoreFragments && ip.FragmentOffset == 0)
            return false;
        bool isIcmp = field.Protocol is IpProtocols.Icmpv4 or IpProtocols.Icmpv6;
        if (!isIcmp && (ip.Version == 4 || !Ipv6Extensions.IsExtension(field.Protocol)))
            return false;

        int start = ip.FragmentOffset * UnitBytes;
        int end = start + field.Bytes;

        // Only the last part may have any length (RFC 791 section 3.2); of others hosts take whole units.
        if (ip.MoreFragments)
            end &= -UnitBytes;
        fragment.Key = new DatagramKey(walk, info);
        fragment.Start = start;
        fragment.End = end;
        fragment.IsLast = !ip.MoreFragments;
        fragment.IsIcmp = isIcmp || start == 0;
        fragment.Data = walk.Frame[field.At..Math.Clamp(field.At + end - start, field.At, Math.Max(field.At, walk.End))];
        fragment.IsOverlong = start + field.Bytes + field.BytesBefore > MaxDatagramBytes;
        fragment.IsMessageStart = isIcmp;
        if (start == 0 && field.Protocol == IpProtocols.Icmpv6 && ip.Version == 6)
            fragment.PseudoSum = InternetChecksum.AddPseudoHeader(ip.PseudoSource, ip.PseudoDestination, 0, IpProtocols.Icmpv6);
        return true;
    }
}
