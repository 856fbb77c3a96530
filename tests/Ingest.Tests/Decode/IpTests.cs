using IcmpStream.Schemas;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class IpTests
{
    [Fact]
    public void Options_are_stepped_over() =>
        Assert.Equal(44, (int)Decoded.Packet(Ipv4(Icmpv4(8, 0, Rest(0x0102, 0x0304)), options: [0x94, 4, 0, 0, 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])).IsPing().Event.Bytes);

    [Theory]
    [InlineData("07ff0400"), InlineData("01070000"), InlineData("94010000"), InlineData("01010144")]
    public void Impossible_options_are_named_and_stop_nothing(string options) =>
        Assert.Equal(DecodeOutcome.IpOptionMalformed, Decoded.Packet(Ipv4(Icmpv4(8, 0, Rest(1, 2)), options: Convert.FromHexString(options))).Outcome);

    [Theory]
    [InlineData("94040000"), InlineData("00ff0000"), InlineData("01010101"), InlineData("01010100")]
    public void Options_that_end_where_they_say_are_sound(string options) =>
        Assert.Equal(DecodeOutcome.Ok, Decoded.Packet(Ipv4(Icmpv4(8, 0, Rest(1, 2)), options: Convert.FromHexString(options))).Outcome);

    [Fact]
    public void A_wrong_header_checksum_is_told_and_stops_nothing()
    {
        byte[] packet = Ping4();
        packet[10] ^= 1;
        Assert.Equal(ChecksumStatus.Bad, Decoded.Packet(packet).IsPing().Event.IpChecksumStatus);
    }

    [Fact]
    public void A_first_fragment_is_an_event_whose_checksum_cannot_be_judged()
    {
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(8, 0, Rest(1, 2), new byte[64]), fragment: 0x2000));
        Assert.Equal((DecodeOutcome.Ok, ChecksumStatus.Unverified), (decoded.Outcome, decoded.Event.ChecksumStatus));
        Assert.True(decoded.Has(EventFlags.MoreFragments));
        byte[] header = [58, 0, 0, 1, 0, 0, 0, 9];
        Decoded six = Decoded.Packet(Ipv6([.. header, .. Icmpv6(128, 0, 0, new byte[64])], next: 44));
        Assert.Equal((DecodeOutcome.Ok, ChecksumStatus.Unverified, 9U, 72), (six.Outcome, six.Event.ChecksumStatus, six.Event.IpId, six.Event.MessageBytes));
    }

    [Fact]
    public void Later_fragments_are_counted_apart()
    {
        Assert.Equal(DecodeOutcome.FragmentLater, Decoded.Packet(Ipv4(new byte[64], fragment: 185)).Outcome);
        Assert.Equal(DecodeOutcome.FragmentLater, Decoded.Packet(Ipv6([58, 0, 0, 8, 0, 0, 0, 9, .. new byte[64]], next: 44)).Outcome);
    }

    [Fact]
    public void An_atomic_fragment_is_whole() =>
        Decoded.Packet(Ipv6([58, 0, 0, 0, 0, 0, 0, 9, .. Icmpv6(128, 0, Rest(0x0102, 0x0304))], next: 44)).IsPing();

    [Fact]
    public void Total_length_zero_means_the_frame()
    {
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(8, 0, Rest(0x0102, 0x0304), 1, 2, 3, 4), totalBytes: 0)).IsPing();
        Assert.Equal((32U, 12), (decoded.Event.Bytes, decoded.Event.MessageBytes));
    }

    [Fact]
    public void A_total_length_beyond_the_frame_is_a_mismatch() =>
        Assert.Equal(DecodeOutcome.LengthMismatch, Decoded.Packet(Ipv4(Icmpv4(8, 0, 0), totalBytes: 100)).Outcome);

    [Fact]
    public void Impossible_ip_headers_have_names()
    {
        byte[] shortHeader = Ping4();
        shortHeader[0] = 0x44;
        Assert.Equal(DecodeOutcome.IpLengthInvalid, Decoded.Packet(shortHeader).Outcome);
        Assert.Equal(DecodeOutcome.IpLengthInvalid, Decoded.Packet(Ipv4(Icmpv4(8, 0, 0), totalBytes: 19)).Outcome);
        Assert.Equal(DecodeOutcome.IpTruncated, Decoded.Packet(Ping4()[..19]).Outcome);
        Assert.Equal(DecodeOutcome.IpTruncated, Decoded.Packet(Ping6()[..39]).Outcome);
        Assert.Equal(DecodeOutcome.IpTruncated, Decoded.Packet([]).Outcome);
        Assert.Equal(DecodeOutcome.IpVersionInvalid, Decoded.Packet([0x55, .. Ping4()[1..]]).Outcome);
    }

    [Fact]
    public void Extension_headers_are_stepped_over_and_bounded()
    {
        byte[] Chain(int headers) =>
        [
            .. Enumerable.Range(0, headers).SelectMany(i => new byte[] { (byte)(i == headers - 1 ? 58 : 60), 0, 1, 4, 0, 0, 0, 0 }),
            .. Icmpv6(128, 0, Rest(0x0102, 0x0304)),
        ];
        Assert.Equal(8, Decoded.Packet(Ipv6(Chain(1), next: 60)).IsPing().Event.MessageBytes);
        Decoded.Packet(Ipv6(Chain(32), next: 60)).IsPing();
        Assert.Equal(DecodeOutcome.ExtensionHeaderDepth, Decoded.Packet(Ipv6(Chain(33), next: 60)).Outcome);
        Assert.Equal(DecodeOutcome.ExtensionHeaderMalformed, Decoded.Packet(Ipv6([58, 9, 0, 0, 0, 0, 0, 0], next: 0)).Outcome);
        Assert.Equal(DecodeOutcome.ExtensionHeaderMalformed, Decoded.Packet(Ipv6([58, 0, 0], next: 0)).Outcome);
    }

    [Theory]
    [InlineData(135), InlineData(139), InlineData(140)]
    public void Mobility_hip_and_shim6_headers_are_stepped_over(byte header) =>
        Decoded.Packet(Ipv6([58, 0, 1, 4, 0, 0, 0, 0, .. Icmpv6(128, 0, Rest(0x0102, 0x0304))], next: header)).IsPing();

    [Theory]
    [InlineData(0), InlineData(2), InlineData(4)]
    public void The_checksum_covers_the_final_destination_of_a_routing_header(byte type)
    {
        const string Last = "2001:db8::99";
        byte[] addresses = type == 4 ? [.. Bytes(Last), .. Bytes("2001:db8::88")] : type == 2 ? Bytes(Last) : [.. Bytes("2001:db8::88"), .. Bytes(Last)];
        byte[] routing = [58, (byte)(addresses.Length / 8), type, 1, 0, 0, 0, 0, .. addresses];
        Decoded decoded = Decoded.Packet(Ipv6([.. routing, .. Icmpv6(128, 0, Rest(0x0102, 0x0304), Source6, Last, [])], next: 43)).IsPing();
        Assert.Equal(Address(Destination6), decoded.Event.Destination);
    }

    [Fact]
    public void A_compressed_route_shares_the_start_of_its_addresses()
    {
        byte[] routing = [58, 1, 3, 1, 0xEE, 0x40, 0, 0, 0, 0x77, 0, 0x99, 0, 0, 0, 0];
        Decoded.Packet(Ipv6([.. routing, .. Icmpv6(128, 0, Rest(0x0102, 0x0304), Source6, "2001:db8::99", [])], next: 43)).IsPing();
    }

    [Fact]
    public void A_home_address_stands_for_the_source_in_the_checksum()
    {
        byte[] options = [58, 2, 1, 2, 0, 0, 201, 16, .. Bytes("2001:db8::55")];
        Decoded decoded = Decoded.Packet(Ipv6([.. options, .. Icmpv6(128, 0, Rest(0x0102, 0x0304), "2001:db8::55", Destination6, [])], next: 60)).IsPing();
        Assert.Equal(Address(Source6), decoded.Event.Source);
    }

    [Fact]
    public void Payload_length_zero_is_a_jumbograms_or_zero()
    {
        byte[] option = [58, 0, 0xC2, 4, .. Be32(8 + 8 + 70_000)];
        Decoded decoded = Decoded.Packet(Ipv6([.. option, .. Icmpv6(128, 0, Rest(0x0102, 0x0304), new byte[70_000])], next: 0, payloadBytes: 0)).IsPing();
        Assert.Equal((70_056U, 65_535, 65_535), (decoded.Event.Bytes, decoded.Event.MessageBytes, decoded.Event.PayloadCaptured));
        Assert.Equal(DecodeOutcome.IcmpMissing, Decoded.Packet(Ipv6(Icmpv6(128, 0, 0), payloadBytes: 0)).Outcome);
        Assert.Equal(DecodeOutcome.ExtensionHeaderMalformed, Decoded.Packet(Ipv6([58, 0, 1, 4, 0, 0, 0, 0, .. Icmpv6(128, 0, 0)], next: 0, payloadBytes: 0)).Outcome);
    }

    [Fact]
    public void An_authentication_header_hides_nothing()
    {
        byte[] header = [1, 4, 0, 0, .. new byte[20]];
        Assert.Equal([TunnelKind.Ah], Decoded.Packet(Ipv4([.. header, .. Icmpv4(8, 0, Rest(0x0102, 0x0304))], protocol: 51)).IsPing().Tunnels);
        Assert.Equal(DecodeOutcome.ExtensionHeaderMalformed, Decoded.Packet(Ipv4([1, 0, .. new byte[20]], protocol: 51)).Outcome);
    }

    [Fact]
    public void What_is_not_icmp_is_counted_so() =>
        Assert.Equal(DecodeOutcome.NotIcmp, Decoded.Packet(Ipv4(new byte[20], protocol: 6)).Outcome);
}
