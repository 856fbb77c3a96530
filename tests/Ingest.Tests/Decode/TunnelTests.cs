using IcmpStream.Ingest.Decode;
using IcmpStream.Schemas;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class TunnelTests
{
    private static readonly byte[] Inner = Ethernet(Ping4());

    public static TheoryData<string, byte[], TunnelKind, uint> Tunnels => new()
    {
        { "IPv4 in IPv4", Ipv4(Ping4(), protocol: 4), TunnelKind.Ip, 0 },
        { "IPv6 in IPv4", Ipv4(Ping6(), protocol: 41), TunnelKind.Ip, 0 },
        { "IPv4 in IPv6", Ipv6(Ping4(), next: 4), TunnelKind.Ip, 0 },
        { "IPv6 in IPv6", Ipv6(Ping6(), next: 41), TunnelKind.Ip, 0 },
        { "GRE", Gre(0x0800, Ping4()), TunnelKind.Gre, 0 },
        { "GRE with IPv6", Gre(0x86DD, Ping6()), TunnelKind.Gre, 0 },
        { "GRE with checksum, key and sequence", Gre(0x0800, Ping4(), 0xB000, [1, 2, 0, 0, 0, 0, 0, 42, 0, 0, 0, 1]), TunnelKind.Gre, 42 },
        { "GRE of version 1 with PPP", Gre(0x880B, [0xFF, 3, 0, 0x21, .. Ping4()], 0x3081, [0, 32, 0, 7, 0, 0, 0, 1, 0, 0, 0, 2]), TunnelKind.Gre, 0x0020_0007 },
        { "GRE in IPv6", Ipv6([0, 0, 8, 0, .. Ping4()], next: 47), TunnelKind.Gre, 0 },
        { "GRE with Ethernet", Gre(0x6558, Inner, 0x2000, [0, 0, 5, 0]), TunnelKind.Gre, 0x500 },
        { "GRE with a WCCP redirect", Gre(0x883E, [0, 0, 0, 0, .. Ping4()]), TunnelKind.Gre, 0 },
        { "ERSPAN I", Gre(0x88BE, Inner), TunnelKind.Erspan, 0 },
        { "ERSPAN II", Gre(0x88BE, [0x10, 0x01, 0x18, 0x64, 0, 0, 0, 1, .. Inner], 0x1000, [0, 0, 0, 1]), TunnelKind.Erspan, 100 },
        { "ERSPAN III", Gre(0x22EB, [0x20, 0x01, 0x18, 0x65, 0, 0, 0, 1, 0, 0, 0, 0, .. Inner], 0x1000, [0, 0, 0, 1]), TunnelKind.Erspan, 101 },
        { "ERSPAN III with platform", Gre(0x22EB, [0x20, 0x01, 0x18, 0x65, 0, 0, 0, 1, 0, 0, 0, 1, .. new byte[8], .. Inner], 0x1000, [0, 0, 0, 1]), TunnelKind.Erspan, 101 },
        { "VXLAN", Tunnel(4789, [8, 0, 0, 0, 0, 0x12, 0x34, 0, .. Inner]), TunnelKind.Vxlan, 0x1234 },
        { "VXLAN on the port of Linux", Tunnel(8472, [8, 0, 0, 0, 0, 0, 1, 0, .. Inner]), TunnelKind.Vxlan, 1 },
        { "VXLAN-GPE with IPv4", Tunnel(4790, [0x0C, 0, 0, 1, 0, 0, 1, 0, .. Ping4()]), TunnelKind.Vxlan, 1 },
        { "GENEVE with options", Tunnel(6081, [1, 0, 0x65, 0x58, 0, 0, 9, 0, 1, 2, 3, 0, .. Inner]), TunnelKind.Geneve, 9 },
        { "GENEVE with IPv6", Tunnel(6081, [0, 0, 0x86, 0xDD, 0, 0, 9, 0, .. Ping6()]), TunnelKind.Geneve, 9 },
        { "Teredo", Tunnel(3544, Ping6()), TunnelKind.Teredo, 0 },
        { "Teredo with authentication and origin", Tunnel(3544, [0, 1, 0, 0, .. new byte[9], 0, 0, .. new byte[6], .. Ping6()]), TunnelKind.Teredo, 0 },
        { "L2TP", Tunnel(1701, [0x40, 2, 0, 42, 0, 1, 0, 2, 0xFF, 3, 0, 0x21, .. Ping4()]), TunnelKind.L2tp, 0 },
        { "L2TP with offset", Tunnel(1701, [0x02, 2, 0, 1, 0, 2, 0, 2, 0, 0, 0, 0x21, .. Ping4()]), TunnelKind.L2tp, 0 },
        { "GTP-U", Tunnel(2152, [0x30, 255, 0, 28, 0, 0, 0, 7, .. Ping4()]), TunnelKind.Gtp, 7 },
        { "GTP-U with extension headers", Tunnel(2152, [0x34, 255, 0, 36, 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0, 1, 0, .. Ping4()]), TunnelKind.Gtp, 7 },
        { "LISP", Tunnel(4341, [0, 0, 0, 0, 0, 0, 0, 0, .. Ping4()]), TunnelKind.Lisp, 0 },
        { "MPLS in UDP", Tunnel(6635, Mpls(Ping4(), 77)), TunnelKind.Mpls, 0 },
        { "MPLS in IP", Ipv4(Mpls(Ping4(), 77), protocol: 137), TunnelKind.Mpls, 0 },
        { "GRE in UDP", Tunnel(4754, [0, 0, 8, 0, .. Ping4()]), TunnelKind.Gre, 0 },
        { "GUE with IPv4", Tunnel(6080, [0, 4, 0, 0, .. Ping4()]), TunnelKind.Ip, 0 },
        { "GUE without header", Tunnel(6080, Ping4()), TunnelKind.Ip, 0 },
        { "AYIYA", Tunnel(5072, [0x44, 0x52, 0x11, 41, .. new byte[4], .. new byte[16], .. new byte[20], .. Ping6()]), TunnelKind.Ip, 0 },
        { "AMT", Tunnel(2268, [6, 0, .. Ping4()]), TunnelKind.Amt, 0 },
        { "CAPWAP with Ethernet", Tunnel(5247, [0, 0x10, 0, 0, 0, 0, 0, 0, .. Inner]), TunnelKind.Capwap, 0 },
        { "CAPWAP with 802.11", Tunnel(5247, [0, 0x10, 0x03, 0, 0, 0, 0, 0, 1, 8, 0, 0, .. new byte[20], 0xAA, 0xAA, 3, 0, 0, 0, 8, 0, .. Ping4()]), TunnelKind.Capwap, 0 },
        { "TZSP", Tunnel(37_008, [1, 0, 0, 1, 10, 1, 5, 0, 1, .. Inner]), TunnelKind.Mirror, 0 },
        { "Juniper mirror", Tunnel(30_030, [0, 0, 0, 1, 0, 0, 0, 2, .. Ping4()]), TunnelKind.Mirror, 0 },
        { "EtherIP", Ipv4([0x30, 0, .. Inner], protocol: 97), TunnelKind.Ethernet, 0 },
        { "Ethernet as a protocol", Ipv6(Inner, next: 143), TunnelKind.Ethernet, 0 },
        { "PIM register", Ipv4([0x21, 0, 0xDE, 0xFF, 0, 0, 0, 0, .. Ping4()], protocol: 103), TunnelKind.Pim, 0 },
        { "minimal encapsulation", Ipv4([1, 0x80, 0, 0, .. Bytes(Destination4), .. Bytes(Source4), .. Icmpv4(8, 0, Rest(0x0102, 0x0304))], protocol: 55), TunnelKind.Minimal, 0 },
        { "sFlow", Tunnel(6343, Sflow(1, Inner)), TunnelKind.Mirror, 0 },
        { "sFlow with IPv4", Tunnel(6343, Sflow(11, Ping4())), TunnelKind.Mirror, 0 },
    };

    [Theory]
    [MemberData(nameof(Tunnels))]
    public void Each_tunnel_leads_to_the_message_inside(string name, byte[] packet, TunnelKind kind, uint vni)
    {
        Assert.NotEmpty(name);
        Decoded decoded = Decoded.Packet(packet).IsPing();
        Assert.Equal((kind, vni), (decoded.Tunnels[0], decoded.Detail.Vni));
        Assert.True(decoded.Groups.HasFlag(DetailGroups.Path));
        Assert.Equal(decoded.Event.IpVersion == 4 ? (Address(Source4), Address(Destination4)) : (Address(Source6), Address(Destination6)), (decoded.Event.Source, decoded.Event.Destination));
    }

    [Fact]
    public void The_outer_addresses_are_kept_apart()
    {
        Decoded decoded = Decoded.Packet(Tunnel(4789, [8, 0, 0, 0, 0, 0, 1, 0, .. Ethernet(Vlan(9, Ping4()), VlanType)])).IsPing();
        Assert.Equal((Address("203.0.113.1"), Address("203.0.113.2")), (decoded.Detail.OuterSource, decoded.Detail.OuterDestination));
        Assert.Equal([9], decoded.Vlans);
    }

    [Fact]
    public void Nested_tunnels_are_followed_up_to_a_depth()
    {
        byte[] Nest(int depth) => depth == 0 ? Ping4() : Ipv4(Nest(depth - 1), protocol: 4);
        Assert.Equal(8, Decoded.Packet(Nest(8)).IsPing().Tunnels.Length);
        Assert.Equal(DecodeOutcome.TunnelDepth, Decoded.Packet(Nest(9)).Outcome);
    }

    [Fact]
    public void Tunnels_that_are_not_to_be_followed_are_no_icmp()
    {
        var options = new DecodeOptions { FollowTunnels = false };
        Assert.Equal(DecodeOutcome.NotIcmp, Decoded.Packet(Ipv4(Ping4(), protocol: 4), options).Outcome);
        Assert.Equal(DecodeOutcome.NotIcmp, Decoded.Packet(Tunnel(4789, [8, 0, 0, 0, 0, 0, 1, 0, .. Inner]), options).Outcome);
        Decoded.Of(Ethernet(Mpls(Ping4(), 16), MplsType), options: options).IsPing();
    }

    [Fact]
    public void An_inner_message_of_an_outer_fragment_is_not_judged()
    {
        byte[] packet = Ipv4(Ping4(1, 2, new byte[100])[..60], protocol: 4, fragment: 0x2000);
        Decoded decoded = Decoded.Packet(packet);
        Assert.Equal((DecodeOutcome.Ok, ChecksumStatus.Unverified), (decoded.Outcome, decoded.Event.ChecksumStatus));
    }

    [Theory]
    [MemberData(nameof(Tunnels))]
    public void Each_tunnel_header_that_is_short_is_an_outcome(string name, byte[] packet, TunnelKind kind, uint vni)
    {
        Assert.NotEmpty(name);
        Assert.True(Enum.IsDefined(kind) && vni <= uint.MaxValue);
        for (int length = 20; length < packet.Length; length++)
            Assert.NotEqual(DecodeOutcome.Unknown, Decoded.Packet(packet[..length]).Outcome);
    }

    [Fact]
    public void Malformed_tunnel_headers_have_a_name()
    {
        Assert.Equal(DecodeOutcome.TunnelMalformed, Decoded.Packet(Tunnel(6081, [0xC0, 0, 0x65, 0x58, 0, 0, 9, 0])).Outcome);
        Assert.Equal(DecodeOutcome.TunnelMalformed, Decoded.Packet(Tunnel(4789, [8, 0, 0])).Outcome);
        Assert.Equal(DecodeOutcome.TunnelMalformed, Decoded.Packet(Ipv4([0x30], protocol: 97)).Outcome);
    }

    [Fact]
    public void A_sampled_datagram_gives_its_first_icmp_message()
    {
        byte[] other = Sflow(1, Ethernet(Ipv4(new byte[20], protocol: 6)), Inner);
        Decoded.Packet(Tunnel(6343, other)).IsPing();
    }

    private static byte[] Sflow(uint protocol, params byte[][] frames) =>
    [
        .. Be32(5), .. Be32(1), .. Bytes("10.0.0.1"), .. Be32(0), .. Be32(1), .. Be32(1000), .. Be32((uint)frames.Length),
        .. frames.SelectMany(frame =>
        {
            byte[] padded = Pad(frame, (frame.Length + 3) & ~3);
            byte[] record = [.. Be32(1), .. Be32((uint)(16 + padded.Length)), .. Be32(protocol), .. Be32((uint)frame.Length), .. Be32(0), .. Be32((uint)frame.Length), .. padded];
            return (byte[])[.. Be32(1), .. Be32((uint)(32 + record.Length)), .. new byte[28], .. Be32(1), .. record];
        }),
    ];
}
