using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// LINKTYPE_ values (https://www.tcpdump.org/linktypes.html) and what their frames begin with. Where a page of that list
/// describes a header, the reader's comment gives the name of the page.
/// </summary>
internal static class LinkTypes
{
    public const ushort Null = 0;
    public const ushort Ethernet = 1;
    public const ushort TokenRing = 6;
    public const ushort ArcnetBsd = 7;
    public const ushort Slip = 8;
    public const ushort Ppp = 9;
    public const ushort Fddi = 10;
    public const ushort PppHdlc = 50;
    public const ushort PppEther = 51;
    public const ushort AtmRfc1483 = 100;
    public const ushort Raw = 101;
    public const ushort CiscoHdlc = 104;
    public const ushort Wlan = 105;
    public const ushort AtmClip = 106;
    public const ushort FrameRelay = 107;
    public const ushort Loop = 108;
    public const ushort Encapsulated = 109;
    public const ushort LinuxCooked = 113;
    public const ushort PacketFilterLog = 117;
    public const ushort WlanPrism = 119;
    public const ushort IpOverFibreChannel = 122;
    public const ushort SunAtm = 123;
    public const ushort WlanRadiotap = 127;
    public const ushort ArcnetLinux = 129;
    public const ushort AppleFirewire = 138;
    public const ushort WlanAvs = 163;
    public const ushort JuniperEthernet = 178;
    public const ushort JuniperPpp = 179;
    public const ushort JuniperFrameRelay = 180;
    public const ushort JuniperCiscoHdlc = 181;
    public const ushort PerPacketInformation = 192;
    public const ushort ExtensibleRecord = 197;
    public const ushort PppWithDirection = 204;
    public const ushort CiscoHdlcWithDirection = 205;
    public const ushort FrameRelayWithDirection = 206;
    public const ushort Ipnet = 226;
    public const ushort Ipv4 = 228;
    public const ushort Ipv6 = 229;
    public const ushort NetfilterLog = 239;
    public const ushort NetAnalyzer = 240;
    public const ushort IpOverInfiniband = 242;
    public const ushort PacketTap = 258;
    public const ushort LinuxCooked2 = 276;
    public const ushort SwitchTagBroadcom = 281;
    public const ushort SwitchTagBroadcomPrepended = 282;
    public const ushort SwitchTagMarvell = 284;
    public const ushort SwitchTagMarvellEthernet = 285;

    /// <summary>DLT_RAW where an operating system numbered it itself; files written there carry it as it is.</summary>
    public const ushort RawBsd = 12;

    /// <summary>DLT_RAW on OpenBSD.</summary>
    public const ushort RawOpenBsd = 14;

    /// <summary>The first header of a frame.</summary>
    public static Layer First(ref PacketWalk walk, ushort linkType) => linkType switch
    {
        Ethernet => Layer.Ethernet,
        Raw or RawBsd or RawOpenBsd or Ipv4 or Ipv6 => Layer.Ip,
        Null or Loop => LoopbackLayer.Read(ref walk),
        LinuxCooked => LinuxCookedLayer.Read(ref walk),
        LinuxCooked2 => LinuxCookedLayer.ReadVersion2(ref walk),
        Slip => BehindBytes(ref walk, SerialLayers.SlipHeaderBytes, Layer.Ip),
        Ppp or PppHdlc => Layer.Ppp,
        PppEther => Layer.Pppoe,
        PppWithDirection => BehindBytes(ref walk, 1, Layer.Ppp),
        CiscoHdlc => SerialLayers.ReadCiscoHdlc(ref walk),
        CiscoHdlcWithDirection => BehindBytes(ref walk, 1, Layer.CiscoHdlc),
        FrameRelay => SerialLayers.ReadFrameRelay(ref walk),
        FrameRelayWithDirection => BehindBytes(ref walk, 1, Layer.FrameRelay),
        Wlan => Layer.Wlan,
        WlanRadiotap => WlanHeaders.ReadRadiotap(ref walk),
        WlanPrism or WlanAvs => WlanHeaders.ReadPrism(ref walk),
        PerPacketInformation => WlanHeaders.ReadPerPacketInformation(ref walk),
        JuniperEthernet => JuniperLayer.Read(ref walk, Layer.Ethernet),
        JuniperPpp => JuniperLayer.Read(ref walk, Layer.Ppp),
        JuniperFrameRelay => JuniperLayer.Read(ref walk, Layer.FrameRelay),
        JuniperCiscoHdlc => JuniperLayer.Read(ref walk, Layer.CiscoHdlc),
        ArcnetLinux => ArcnetLayer.Read(ref walk, addressBytes: 4),
        ArcnetBsd => ArcnetLayer.Read(ref walk, addressBytes: 2),
        TokenRing => LocalLayers.ReadTokenRing(ref walk),
        Fddi => BehindBytes(ref walk, LocalLayers.FddiHeaderBytes, Layer.Llc),
        AtmRfc1483 or AtmClip => LocalLayers.ReadAtm(ref walk),
        SunAtm => BehindBytes(ref walk, LocalLayers.SunAtmHeaderBytes, Layer.Llc),
        IpOverFibreChannel => BehindBytes(ref walk, LocalLayers.FibreChannelHeaderBytes, Layer.Llc),
        AppleFirewire => BehindBytes(ref walk, LocalLayers.FirewireAddressBytes, Layer.EtherType),
        IpOverInfiniband => BehindBytes(ref walk, LocalLayers.InfinibandRouteBytes, Layer.Infiniband),
        Ipnet => BehindBytes(ref walk, HostLayers.IpnetHeaderBytes, Layer.Ip),
        Encapsulated => BehindBytes(ref walk, HostLayers.EncapsulatedHeaderBytes, Layer.Ip),
        PacketFilterLog => HostLayers.ReadPacketFilterLog(ref walk),
        NetfilterLog => HostLayers.ReadNetfilterLog(ref walk),
        ExtensibleRecord => HostLayers.ReadExtensibleRecord(ref walk),
        PacketTap => HostLayers.ReadPacketTap(ref walk),
        NetAnalyzer => BehindBytes(ref walk, HostLayers.NetAnalyzerHeaderBytes, Layer.Ethernet),
        SwitchTagBroadcom => SwitchTagLayer.Read(ref walk, tagBytes: 4),
        SwitchTagBroadcomPrepended => BehindBytes(ref walk, 4, Layer.Ethernet),
        SwitchTagMarvell => SwitchTagLayer.Read(ref walk, tagBytes: 4),
        SwitchTagMarvellEthernet => SwitchTagLayer.Read(ref walk, tagBytes: 8),
        _ => walk.Fail(DecodeOutcome.LinkUnsupported),
    };

    /// <summary>Steps over a header of which nothing is kept.</summary>
    public static Layer BehindBytes(ref PacketWalk walk, int bytes, Layer next)
    {
        if (walk.Captured < bytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        walk.Skip(bytes);
        return next;
    }
}
