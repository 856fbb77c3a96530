using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>What the decoder keeps of an IP header.</summary>
internal struct IpHeader
{
    /// <summary>Source address.</summary>
    public Address Source;

    /// <summary>Destination address, as the header has it.</summary>
    public Address Destination;

    /// <summary>Source for the pseudo-header: the home address where there is one (RFC 6275 section 11.3.1).</summary>
    public Address PseudoSource;

    /// <summary>Destination for the pseudo-header: the final one (RFC 8200 section 8.1).</summary>
    public Address PseudoDestination;

    /// <summary>Total length, bytes: header and payload.</summary>
    public uint Bytes;

    /// <summary>Bytes of the header's payload that lie behind the extension headers, as the header announces.</summary>
    public uint MessageBytes;

    /// <summary>Identification of the datagram, or of the IPv6 fragment.</summary>
    public uint Id;

    /// <summary>Fragment offset in units of 8 bytes.</summary>
    public ushort FragmentOffset;

    /// <summary>4 or 6.</summary>
    public byte Version;

    /// <summary>TTL or hop limit.</summary>
    public byte Ttl;

    /// <summary>Type of service or traffic class.</summary>
    public byte TrafficClass;

    /// <summary>More fragments follow.</summary>
    public bool MoreFragments;

    /// <summary>IPv4 don't fragment.</summary>
    public bool DontFragment;

    /// <summary>Verdict on the IPv4 header checksum.</summary>
    public ChecksumStatus ChecksumStatus;
}
