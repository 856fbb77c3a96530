using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>EtherTypes (IANA "IEEE 802 Numbers") that lead to an IP header.</summary>
internal static class EtherTypes
{
    public const ushort Ipv4 = 0x0800;
    public const ushort Ipv6 = 0x86DD;
    public const ushort Vlan = 0x8100;
    public const ushort ProviderBridging = 0x88A8;
    public const ushort VlanDoubleTag = 0x9100;
    public const ushort TransparentEthernet = 0x6558;
    public const ushort MplsUnicast = 0x8847;
    public const ushort MplsMulticast = 0x8848;
    public const ushort PppoeSession = 0x8864;
    public const ushort Ppp = 0x880B;
    public const ushort Nsh = 0x894F;
    public const ushort Arp = 0x0806;
    public const ushort Trill = 0x22F3;
    public const ushort Batman = 0x4305;
    public const ushort JumboLlc = 0x8870;
    public const ushort BroadcomTag = 0x8874;
    public const ushort Macsec = 0x88E5;
    public const ushort ProviderBackbone = 0x88E7;
    public const ushort CiscoMetadata = 0x8909;
    public const ushort VirtualTag = 0x8926;
    public const ushort RedundancyTag = 0x892F;
    public const ushort ExtensionTag = 0x893F;
    public const ushort StreamTag = 0xF1C1;

    private const int TypeBytes = 2;

    // IEEE 802.1Q section 9.6: the low 12 bits of the tag are the identifier.
    private const int VlanTagBytes = 4;
    private const int VlanMask = 0x0FFF;

    /// <summary>Reads the type at the walk's offset, and the VLAN tags that it announces.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        // Ends: each turn but the last notes a tag, and the stack of tags is bounded.
        while (true)
        {
            if (walk.Captured < TypeBytes)
                return walk.Fail(DecodeOutcome.LinkTruncated);
            ushort type = walk.Peek16(0);
            if (type is not (Vlan or ProviderBridging or VlanDoubleTag))
            {
                walk.Skip(TypeBytes);
                return Next(ref walk, type);
            }

            if (walk.Captured < VlanTagBytes + TypeBytes)
                return walk.Fail(DecodeOutcome.LinkTruncated);
            if (!walk.Tag(walk.Peek16(TypeBytes) & VlanMask))
                return Layer.Stop;
            walk.Skip(VlanTagBytes);
        }
    }

    /// <summary>True for types that tell an Ethernet header from chance.</summary>
    public static bool IsKnown(ushort type) =>
        type is Ipv4 or Ipv6 or Arp or Vlan or ProviderBridging or VlanDoubleTag or MplsUnicast or MplsMulticast or PppoeSession;

    /// <summary>What an EtherType read elsewhere leads to; the walk stands behind it.</summary>
    public static Layer Next(ref PacketWalk walk, ushort type)
    {
        switch (type)
        {
            case Ipv4:
            case Ipv6:
                return Layer.Ip;
            case MplsUnicast:
            case MplsMulticast:
                return Layer.Mpls;
            case PppoeSession:
                return Layer.Pppoe;
            case Ppp:
                return Layer.Ppp;
            case Nsh:
                return Layer.Nsh;
            case Macsec:
                return Layer.Macsec;
            case Trill:
                return Layer.Trill;
            case Batman:
                return Layer.Batman;
            case JumboLlc:
                return Layer.Llc;
            case CiscoMetadata:
                return LinkTypes.BehindBytes(ref walk, ShimLayers.CiscoMetadataBytes, Layer.EtherType);
            case RedundancyTag:
                return LinkTypes.BehindBytes(ref walk, ShimLayers.RedundancyTagBytes, Layer.EtherType);
            case StreamTag:
                return LinkTypes.BehindBytes(ref walk, ShimLayers.StreamTagBytes, Layer.EtherType);
            case ExtensionTag:
                return LinkTypes.BehindBytes(ref walk, ShimLayers.ExtensionTagBytes, Layer.EtherType);
            case VirtualTag:
                return LinkTypes.BehindBytes(ref walk, ShimLayers.VirtualTagBytes, Layer.EtherType);
            case BroadcomTag:
                return LinkTypes.BehindBytes(ref walk, ShimLayers.BroadcomTagBytes, Layer.EtherType);
            case ProviderBackbone:
                return LinkTypes.BehindBytes(ref walk, ShimLayers.ServiceTagBytes, Layer.Ethernet);
            case TransparentEthernet:
                return Layer.Ethernet;
            case Vlan:
            case ProviderBridging:
            case VlanDoubleTag:
                walk.Offset -= TypeBytes;
                return Layer.EtherType;
            default:
                if (type > EthernetLayer.MaxLength)
                    return Layer.Stop;
                walk.Clip(type);
                return Layer.Llc;
        }
    }
}
