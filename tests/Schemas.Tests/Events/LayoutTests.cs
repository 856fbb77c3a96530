using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IcmpStream.Schemas.Tests.Events;

/// <summary>Buffers of these structs are shared between stages and, as bytes, between versions of the hot code: they do not move.</summary>
public sealed class LayoutTests
{
    private static readonly string[] EventOffsets =
    [
        "FirstNs 0", "Source 8", "Destination 24", "PayloadHash 40", "Frame 48", "Count 56", "SpanNs 60",
        "Bytes 64", "FrameBytes 68", "IpId 72", "RestOfHeader 76", "Signatures 80", "PrefixOffset 84", "Detail 88", "Vlans 92",
        "MessageBytes 98", "PayloadCaptured 100", "PrefixLength 102", "EntropyMillibits 104", "Checksum 106", "FragmentOffset 108",
        "InterfaceId 110", "LinkType 112", "Flags 114",
        "Type 116", "Code 117", "IpVersion 118", "Ttl 119", "TrafficClass 120", "VlanCount 121", "InnerOffset 122",
        "ChecksumStatus 123", "IpChecksumStatus 124", "Outcome 125", "PayloadFamily 126", "InnerHeader 127",
    ];

    private static readonly string[] DetailOffsets =
    [
        "QuotedSource 0", "QuotedDestination 16", "OuterSource 32", "OuterDestination 48", "Target 64", "Redirected 80",
        "Nonce 96", "SourceMac 104", "DestinationMac 112", "MplsLabels 120", "Vni 152", "OriginateMs 156", "ReceiveMs 160",
        "TransmitMs 164", "AddressMask 168", "ReachableMs 172", "RetransmitMs 176", "QuotedIpId 180", "ListsOffset 184",
        "ListsLength 188", "QuotedIpBytes 192", "QuotedFragmentOffset 194", "QuotedCaptured 196", "QuotedSourcePort 198",
        "QuotedDestinationPort 200", "QuotedIdentifier 202", "QuotedSequence 204", "QuotedChecksum 206",
        "RouterLifetimeSeconds 208", "MaximumResponseCode 210", "QueryType 212", "NeighborFlags 214", "Groups 216", "Tunnels 218",
        "MplsCount 226", "TunnelCount 227", "QuotedIpVersion 228", "QuotedProtocol 229", "QuotedTtl 230", "QuotedType 231",
        "QuotedCode 232", "HopLimit 233", "QueryFlags 234", "QueryIntervalCode 235", "ExtensionVersion 236", "ExtensionLength 237",
        "ExtensionChecksumStatus 238", "ExtendedEchoBits 239",
    ];

    [Fact]
    public void An_event_is_two_cache_lines()
    {
        Assert.Equal(IcmpEvent.Size, Unsafe.SizeOf<IcmpEvent>());
        Assert.Equal(128, IcmpEvent.Size);
        Assert.Equal(EventOffsets, Offsets<IcmpEvent>());
    }

    [Fact]
    public void A_detail_is_240_bytes()
    {
        Assert.Equal(IcmpEventDetail.Size, Unsafe.SizeOf<IcmpEventDetail>());
        Assert.Equal(240, IcmpEventDetail.Size);
        Assert.Equal(DetailOffsets, Offsets<IcmpEventDetail>());
    }

    [Fact]
    public void Both_hold_no_references()
    {
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<IcmpEvent>());
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<IcmpEventDetail>());
        Assert.False(RuntimeHelpers.IsReferenceOrContainsReferences<PartialCount>());
    }

    private static IEnumerable<string> Offsets<T>()
        where T : unmanaged =>
        typeof(T).GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public)
            .Select(field => (field.Name, Offset: Marshal.OffsetOf<T>(field.Name).ToInt32()))
            .OrderBy(field => field.Offset)
            .Select(field => $"{field.Name} {field.Offset}");
}
