using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Linux cooked captures (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2): what the "any" device gives.</summary>
internal static class LinuxCookedLayer
{
    private const int HeaderBytes = 16;
    private const int Version2Bytes = 20;
    private const ushort Novell = 0x0001;
    private const ushort EthernetProtocol = 0x0003;
    private const ushort LlcProtocol = 0x0004;
    private const ushort PppProtocol = 0x0007;

    // ARPHRD_ values (linux/if_arp.h) whose frames do not begin behind the protocol field.
    private const ushort FrameRelay = 770;
    private const ushort Netlink = 824;
    private const ushort Radiotap = 803;

    /// <summary>Packet type, device type, address, protocol.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        ushort device = walk.Peek16(2), protocol = walk.Peek16(14);
        walk.Skip(HeaderBytes);
        return Next(ref walk, device, protocol);
    }

    /// <summary>Protocol, interface, device type, packet type, address.</summary>
    public static Layer ReadVersion2(ref PacketWalk walk)
    {
        if (walk.Captured < Version2Bytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        ushort protocol = walk.Peek16(0), device = walk.Peek16(8);
        walk.Skip(Version2Bytes);
        return Next(ref walk, device, protocol);
    }

    private static Layer Next(ref PacketWalk walk, ushort device, ushort protocol) => (device, protocol) switch
    {
        (Netlink, _) => Layer.Stop,
        (FrameRelay, _) => Layer.FrameRelay,
        (Radiotap, _) => WlanHeaders.ReadRadiotap(ref walk),
        (_, Novell) => Layer.Stop,
        (_, EthernetProtocol) => Layer.Ethernet,
        (_, LlcProtocol) => Layer.Llc,
        (_, PppProtocol) => Layer.Ppp,
        (_, <= EthernetLayer.MaxLength) => Layer.Stop,
        _ => EtherTypes.Next(ref walk, protocol),
    };
}
