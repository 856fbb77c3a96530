using IcmpStream.Schemas;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class LinkTests
{
    // What stands before the IPv4 packet on each link, and what behind it. Layouts: https://www.tcpdump.org/linktypes.html.
    public static TheoryData<string, ushort, string> Links => new()
    {
        { "loopback of a little-endian machine", 0, "02000000" },
        { "loopback of a big-endian machine", 0, "00000002" },
        { "OpenBSD loopback", 108, "00000002" },
        { "token ring", 6, "1040 020000000002 020000000001 AAAA03 000000 0800" },
        { "token ring with a route", 6, "1040 020000000002 820000000001 0430 0011 AAAA03 000000 0800" },
        { "ARCNET of BSD, RFC 1051", 7, "0102 F0" },
        { "ARCNET of Linux, RFC 1201", 129, "01020000 D4 00 0001" },
        { "ARCNET of BSD, exception packet", 7, "0102 D4 FFFFFF D4 00 0001" },
        { "SLIP", 8, new string('0', 32) },
        { "PPP", 9, "FF03 0021" },
        { "PPP multilink", 9, "FF03 003D C0000001 0021" },
        { "PPP with compressed headers", 9, "21" },
        { "PPP in HDLC framing", 50, "FF03 0021" },
        { "PPP with a direction", 204, "00 FF03 0021" },
        { "PPPoE", 51, "1100 0001 001E 0021" },
        { "FDDI", 10, "50 020000000002 020000000001 AAAA03 000000 0800" },
        { "ATM with LLC", 100, "AAAA03 000000 0800" },
        { "ATM with nothing", 100, "" },
        { "raw IP", 101, "" },
        { "raw IP of BSD", 12, "" },
        { "IPv4", 228, "" },
        { "Cisco HDLC", 104, "0F00 0800" },
        { "Cisco HDLC with a direction", 205, "01 0F00 0800" },
        { "frame relay", 107, "1861 03 CC" },
        { "frame relay with padding", 107, "1861 03 00 CC" },
        { "frame relay with SNAP", 107, "1861 03 00 80 000000 0800" },
        { "frame relay of Cisco", 107, "1861 0800" },
        { "frame relay with a direction", 206, "00 1861 03 CC" },
        { "IEEE 802.11 from a station", 105, "0801 0000 020000000003 020000000001 020000000002 0000 AAAA03 000000 0800" },
        { "IEEE 802.11 with quality of service", 105, "8802 0000 020000000003 020000000001 020000000002 0000 0000 AAAA03 000000 0800" },
        { "IEEE 802.11 between stations of a mesh", 105, "0803 0000 020000000003 020000000001 020000000002 0000 020000000009 AAAA03 000000 0800" },
        { "radiotap", 127, "0000 0900 02000000 00 0801 0000 020000000003 020000000001 020000000002 0000 AAAA03 000000 0800" },
        { "radiotap with a padded header", 127, "0000 0900 02000000 20 8802 0000 020000000003 020000000001 020000000002 0000 0000 0000 AAAA03 000000 0800" },
        { "Prism", 119, "44000000 0C000000 00000000 0801 0000 020000000003 020000000001 020000000002 0000 AAAA03 000000 0800" },
        { "AVS", 163, "80211001 0000000C 00000000 0801 0000 020000000003 020000000001 020000000002 0000 AAAA03 000000 0800" },
        { "per-packet information with Ethernet", 192, "0000 0800 01000000 020000000002 020000000001 0800" },
        { "OpenBSD enc", 109, "02000000 00000000 00000000" },
        { "Linux cooked", 113, "0000 0001 0006 0200000000010000 0800" },
        { "Linux cooked with a VLAN", 113, "0000 0001 0006 0200000000010000 8100 0064 0800" },
        { "Linux cooked 2", 276, "0800 0000 00000002 0001 00 06 0200000000010000" },
        { "Junos Ethernet", 178, "4D474301 020000000002 020000000001 0800" },
        { "Junos Ethernet with extensions", 178, "4D474380 0006 0101 0102 0101 020000000002 020000000001 0800" },
        { "Junos Ethernet without the frame", 178, "4D474303 02000000" },
        { "Junos PPP", 179, "4D474300 FF03 0021" },
        { "Junos Cisco HDLC", 181, "4D474300 0F00 0800" },
        { "Junos frame relay", 180, "4D474300 1861 03 CC" },
        { "pf log", 117, "3D 02 0000 " + new string('0', 120) },
        { "IP over Fibre Channel", 122, "0000020000000002 0000020000000001 AAAA03 000000 0800" },
        { "SunATM", 123, "02000064 AAAA03 000000 0800" },
        { "IP over FireWire", 138, "0000000000000002 0000000000000001 0800" },
        { "Solaris IPNET", 226, "0102 0000 00000054 00000002 00000000 FFFFFFFF 00000000" },
        { "netfilter log", 239, "02 00 0000 0800 0100 08000100 2000 0900" },
        { "extensible record", 197, "0000000000000000 02 00 0050 0000 0040 0000 020000000002 020000000001 0800" },
        { "extensible record with an extension", 197, "0000000000000000 96 00 0050 0000 0040 0100000000000000" },
        { "netANALYZER", 240, "00000000 020000000002 020000000001 0800" },
        { "IP over InfiniBand", 242, new string('0', 80) + "0800 0000" },
        { "Darwin's tap", 258, "0C000000 01000000 01000000 020000000002 020000000001 0800" },
        { "Broadcom's tag", 281, "020000000002 020000000001 00000000 0800" },
        { "Broadcom's tag in front", 282, "00000000 020000000002 020000000001 0800" },
        { "Marvell's tag", 284, "020000000002 020000000001 00000000 0800" },
        { "Marvell's tag with a type", 285, "020000000002 020000000001 DADA000000000000 0800" },
    };

    // What stands between the Ethernet addresses and the IPv4 packet.
    public static TheoryData<string, string> Shims => new()
    {
        { "LLC for IP", "001F 060603" },
        { "SNAP", "0024 AAAA03 000000 0800" },
        { "SNAP of the bridge tunnel", "0024 AAAA03 0000F8 0800" },
        { "jumbo LLC", "8870 AAAA03 000000 0800" },
        { "Cisco metadata", "8909 0101 0001 0002 0800" },
        { "HSR", "892F 0020 0001 0800" },
        { "R-TAG", "F1C1 0000 0001 0800" },
        { "E-TAG", "893F 000000000000 0800" },
        { "VN-Tag", "8926 00000000 0800" },
        { "Broadcom's tag", "8874 0000 0800" },
        { "provider backbone", "88E7 00000064 020000000004 020000000003 0800" },
        { "batman-adv", "4305 400F3200 020000000003 020000000004 020000000003 0800" },
        { "TRILL", "22F3 0040 0001 0002 00000000 020000000004 020000000003 0800" },
        { "NSH", "894F 0FC2 0101 00000101" },
        { "PPPoE", "8864 1100 0001 001E 0021" },
        { "PPP in Ethernet", "880B 0021" },
    };

    [Theory]
    [MemberData(nameof(Links))]
    public void Each_link_type_leads_to_the_packet(string name, ushort linkType, string before)
    {
        Assert.NotEmpty(name);
        Decoded.Of([.. Hex(before), .. Ping4()], linkType).IsPing();
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void Each_link_header_that_is_cut_is_link_truncated_or_no_ip(string name, ushort linkType, string before)
    {
        Assert.NotEmpty(name);
        byte[] header = Hex(before);
        for (int length = 0; length < header.Length; length++)
        {
            DecodeOutcome outcome = Decoded.Of(header[..length], linkType, originalBytes: header.Length + 28).Outcome;
            Assert.True(outcome is DecodeOutcome.LinkTruncated or DecodeOutcome.IpTruncated or DecodeOutcome.NotIcmp or DecodeOutcome.IpVersionInvalid, $"{length}: {outcome}");
        }
    }

    [Theory]
    [MemberData(nameof(Shims))]
    public void Each_shim_in_ethernet_leads_to_the_packet(string name, string before)
    {
        Assert.NotEmpty(name);
        Decoded.Of([.. Hex("020000000002 020000000001"), .. Hex(before), .. Ping4()]).IsPing();
    }

    [Fact]
    public void Macsec_without_encryption_leads_to_the_packet_and_leaves_its_check_value()
    {
        Decoded decoded = Decoded.Of([.. Hex("020000000002 020000000001 88E5 20 00 00000044 0200000000010001 0800"), .. Ping4(), .. new byte[16]]).IsPing();
        Assert.Equal([TunnelKind.Macsec], decoded.Tunnels);
        Assert.Equal(DecodeOutcome.NotIcmp, Decoded.Of([.. Hex("020000000002 020000000001 88E5 2C 00 00000044 0200000000010001"), .. Ping4(), .. new byte[16]]).Outcome);
    }

    [Fact]
    public void Vlan_tags_are_kept_outermost_first_and_bounded()
    {
        byte[] three = Ethernet(Vlan(100, Vlan(200, Vlan(300, Ping4()), VlanType), VlanType), 0x88A8);
        Assert.Equal([100, 200, 300], Decoded.Of(three).IsPing().Vlans);
        Assert.Equal(DecodeOutcome.VlanDepth, Decoded.Of(Ethernet(Vlan(1, Vlan(2, Vlan(3, Vlan(4, Ping4()), VlanType), VlanType), VlanType), VlanType)).Outcome);
        Assert.Equal([7], Decoded.Of(Ethernet(Vlan(7, Ping6()), VlanType)).IsPing().Vlans);
    }

    [Fact]
    public void Mpls_labels_are_kept_outermost_first_and_bounded()
    {
        Decoded decoded = Decoded.Of(Ethernet(Mpls(Ping4(), 16, 17, 1_048_575), MplsType)).IsPing();
        Assert.Equal([16U, 17U, 1_048_575U], decoded.Labels);
        Assert.Equal([TunnelKind.Mpls], decoded.Tunnels);
        Decoded.Of(Ethernet(Mpls(Ping6(), 16), MplsType)).IsPing();
        Assert.Equal(DecodeOutcome.MplsDepth, Decoded.Of(Ethernet(Mpls(Ping4(), 1, 2, 3, 4, 5, 6, 7, 8, 9), MplsType)).Outcome);
    }

    [Fact]
    public void A_pseudowire_is_read_with_and_without_control_word()
    {
        Decoded.Of(Ethernet(Mpls([0, 0, 0, 1, .. Ethernet(Ping4())], 16), MplsType)).IsPing();
        Decoded.Of(Ethernet(Mpls(Ethernet(Ping4()), 16), MplsType)).IsPing();
        byte[] inner = Ethernet(Ping4());
        inner[0] = 0x46;
        Decoded.Of(Ethernet(Mpls(inner, 16), MplsType)).IsPing();
    }

    [Fact]
    public void Encrypted_wlan_frames_and_unknown_links_are_counted()
    {
        Assert.Equal(DecodeOutcome.NotIcmp, Decoded.Of([.. Hex("0841 0000 020000000003 020000000001 020000000002 0000 AAAA03 000000 0800"), .. Ping4()], 105).Outcome);
        Assert.Equal(DecodeOutcome.LinkUnsupported, Decoded.Of(Ping4(), 999).Outcome);
        Assert.Equal(DecodeOutcome.LinkUnsupported, Decoded.Of([.. Hex("0000 0800 C0000000"), .. Ping4()], 192).Outcome);
    }

    [Fact]
    public void An_aggregate_of_wlan_frames_gives_its_first() => Decoded.Of(
        [.. Hex("8802 0000 020000000003 020000000001 020000000002 0000 8000 020000000003 020000000001 0024 AAAA03 000000 0800"), .. Ping4(), 0, 0, 1, 2, 3],
        105).IsPing();

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
