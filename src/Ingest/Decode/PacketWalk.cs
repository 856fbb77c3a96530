using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Where the decoder stands in one frame, and what it has learnt on the way in. It lives on the stack for one frame.
/// </summary>
/// <remarks>
/// <code>
///   Frame:  |link|outer IP|tunnel|inner IP|ICMP message ......|trailer|  captured ends here,   the wire later
///                                         ^Offset             ^End                             ^
///   End is where the captured bytes of the current layer stop, WireEnd where the layer stops on the wire.
/// </code>
/// </remarks>
internal ref struct PacketWalk
{
    /// <summary>The captured bytes.</summary>
    public readonly ReadOnlySpan<byte> Frame;

    /// <summary>The first byte not yet read.</summary>
    public int Offset;

    /// <summary>The end of the current layer's captured bytes, at most <see cref="WireEnd"/>.</summary>
    public int End;

    /// <summary>The end of the current layer on the wire.</summary>
    public int WireEnd;

    /// <summary>Why the walk stopped; <see cref="DecodeOutcome.NotIcmp"/> until something else is found.</summary>
    public DecodeOutcome Outcome;

    /// <summary>An IP header around here announces more than the frame had on the wire.</summary>
    public bool LengthMismatch;

    /// <summary>A header around here is of a fragment, so what follows may be a part only.</summary>
    public bool Fragmented;

    /// <summary>An option of the IPv4 header last read has an impossible length.</summary>
    public bool HasBadOption;

    /// <summary>The IP header last read.</summary>
    public IpHeader Ip;

    /// <summary>What that header says of its fragment; of an earlier one where it is no fragment.</summary>
    public FragmentField Fragment;

    /// <summary>VLAN identifiers, outermost first.</summary>
    public VlanStack Vlans;

    /// <summary>How many of <see cref="Vlans"/> are set.</summary>
    public byte VlanCount;

    /// <summary>How many of <see cref="MplsLabels"/> are set.</summary>
    public byte MplsCount;

    /// <summary>How many of <see cref="Tunnels"/> are set.</summary>
    public byte TunnelCount;

    /// <summary>IP headers read so far.</summary>
    public byte IpCount;

    /// <summary>True when <see cref="SourceMac"/> and <see cref="DestinationMac"/> were read.</summary>
    public bool HasMac;

    /// <summary>The capture driver padded the IEEE 802.11 header to four bytes.</summary>
    public bool WlanPadded;

    /// <summary>The walk is inside a sampled frame, in which no further samples are looked for.</summary>
    public bool IsSample;

    /// <summary>Tunnels are read through, not taken for packets that are no ICMP.</summary>
    public readonly bool FollowTunnels;

    /// <summary>MPLS labels, outermost first.</summary>
    public MplsStack MplsLabels;

    /// <summary>Tunnels, outermost first.</summary>
    public TunnelStack Tunnels;

    /// <summary>Network identifier of the innermost tunnel that has one.</summary>
    public uint Vni;

    /// <summary>Source MAC address of the innermost Ethernet header.</summary>
    public ulong SourceMac;

    /// <summary>Destination MAC address of the innermost Ethernet header.</summary>
    public ulong DestinationMac;

    /// <summary>Source of the first IP header.</summary>
    public Address OuterSource;

    /// <summary>Destination of the first IP header.</summary>
    public Address OuterDestination;

    /// <summary>
    /// Longest frame believed: IPv6 jumbograms reach 4 GiB (RFC 2675), but a record claims more than that only when it is damaged,
    /// and sums of two offsets must stay inside an int.
    /// </summary>
    public const int MaxWireBytes = 1 << 30;

    /// <summary>Starts at the first byte of a frame that had <paramref name="originalBytes"/> on the wire.</summary>
    public PacketWalk(ReadOnlySpan<byte> frame, uint originalBytes, bool followTunnels)
    {
        FollowTunnels = followTunnels;
        Frame = frame;
        End = frame.Length;
        WireEnd = Math.Max(frame.Length, (int)Math.Min(originalBytes, MaxWireBytes));
        Outcome = DecodeOutcome.NotIcmp;
    }

    /// <summary>The captured bytes of the current layer from here on.</summary>
    public readonly ReadOnlySpan<byte> Rest => Frame[Offset..End];

    /// <summary>Captured bytes of the current layer from here on.</summary>
    public readonly int Captured => End - Offset;

    /// <summary>Bytes of the current layer on the wire from here on.</summary>
    public readonly int OnWire => WireEnd - Offset;

    /// <summary>Ends the walk.</summary>
    public Layer Fail(DecodeOutcome outcome)
    {
        Outcome = outcome;
        return Layer.Stop;
    }

    /// <summary>Moves over a header that was seen to be captured.</summary>
    public void Skip(int bytes) => Offset += bytes;

    /// <summary>Ends the current layer <paramref name="bytes"/> from here: what is behind is padding or a trailer.</summary>
    public void Clip(int bytes)
    {
        if (bytes < OnWire)
            WireEnd = Offset + bytes;
        End = Math.Min(End, WireEnd);
    }

    /// <summary>
    /// Cuts the walk to a datagram that announces <paramref name="bytes"/> from here. One that goes on beyond the layer around it
    /// is a mismatch, unless that is a fragment, of which it is then a part; one that ends within a fragment is whole.
    /// </summary>
    public void EnterDatagram(int bytes)
    {
        bool goesOn = bytes > OnWire;
        LengthMismatch |= goesOn && !Fragmented;
        Fragmented &= goesOn;
        Clip(bytes);
    }

    /// <summary>Reads the big-endian two bytes <paramref name="at"/> bytes from here, seen to be captured.</summary>
    public readonly ushort Peek16(int at) => BinaryPrimitives.ReadUInt16BigEndian(Frame.Slice(Offset + at, 2));

    /// <summary>Reads the big-endian four bytes <paramref name="at"/> bytes from here, seen to be captured.</summary>
    public readonly uint Peek32(int at) => BinaryPrimitives.ReadUInt32BigEndian(Frame.Slice(Offset + at, 4));

    /// <summary>
    /// Narrows the walk to a sampled frame of which <paramref name="captured"/> bytes from here are there.
    /// </summary>
    public void Sample(int captured, uint originalBytes)
    {
        IsSample = true;
        End = Offset + captured;
        WireEnd = Offset + Math.Max(captured, (int)Math.Min(originalBytes, MaxWireBytes - (uint)Offset));
    }

    /// <summary>Notes a tunnel; false where it is not to be followed, or with the outcome set where the stack is full.</summary>
    public bool Enter(TunnelKind kind)
    {
        if (!FollowTunnels && !IsTransparent(kind))
            return false;
        if (TunnelCount == TunnelStack.Capacity)
        {
            Outcome = DecodeOutcome.TunnelDepth;
            return false;
        }

        Tunnels[TunnelCount++] = kind;
        return true;
    }

    // Parts of the link to the next hop, or of the packet itself, and no journey of their own.
    private static bool IsTransparent(TunnelKind kind) =>
        kind is TunnelKind.Mpls or TunnelKind.Ah or TunnelKind.Pppoe or TunnelKind.Ppp or TunnelKind.Macsec or TunnelKind.Nsh;

    /// <summary>Notes a VLAN tag; false where the stack is full, with the outcome set.</summary>
    public bool Tag(int vlan)
    {
        if (VlanCount == VlanStack.Capacity)
        {
            Outcome = DecodeOutcome.VlanDepth;
            return false;
        }

        Vlans[VlanCount++] = (ushort)vlan;
        return true;
    }
}
