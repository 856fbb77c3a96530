using IcmpStream.Schemas;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class ErrorTests
{
    [Theory]
    [InlineData(3, 3), InlineData(4, 0), InlineData(5, 1), InlineData(11, 0), InlineData(12, 0), InlineData(40, 1)]
    public void An_ipv4_error_quotes_addresses_protocol_and_ports(byte type, byte code)
    {
        byte[] quote = Ipv4([.. Udp(33_000, 33_434), .. new byte[4]], protocol: 17, ttl: 1, id: 77, source: "10.0.0.1", destination: "10.9.9.9");
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(type, code, 0, quote)));
        Assert.Equal(DecodeOutcome.Ok, decoded.Outcome);
        Assert.True(decoded.Has(EventFlags.QuotedKey));
        ref readonly IcmpEventDetail d = ref decoded.Detail;
        Assert.Equal(DetailGroups.Quoted | DetailGroups.QuotedPorts, d.Groups & ~DetailGroups.Path);
        Assert.Equal((Address("10.0.0.1"), Address("10.9.9.9")), (d.QuotedSource, d.QuotedDestination));
        Assert.Equal((4, 17, 1, 77U, 32, 32), (d.QuotedIpVersion, d.QuotedProtocol, d.QuotedTtl, d.QuotedIpId, d.QuotedIpBytes, d.QuotedCaptured));
        Assert.Equal((33_000, 33_434), (d.QuotedSourcePort, d.QuotedDestinationPort));
    }

    [Theory]
    [InlineData(1, 4), InlineData(2, 0), InlineData(3, 0), InlineData(4, 1)]
    public void An_ipv6_error_quotes_through_extension_headers(byte type, byte code)
    {
        byte[] fragment = [17, 0, 0, 0, 0, 0, 0, 99];
        byte[] options = [44, 0, 1, 4, 0, 0, 0, 0];
        byte[] quote = Ipv6([.. options, .. fragment, .. Udp(1000, 2000)], next: 0, hopLimit: 3);
        Decoded decoded = Decoded.Packet(Ipv6(Icmpv6(type, code, type == 2 ? 1280U : 0, quote)));
        Assert.Equal(DecodeOutcome.Ok, decoded.Outcome);
        ref readonly IcmpEventDetail d = ref decoded.Detail;
        Assert.Equal((6, 17, 3, 99U), (d.QuotedIpVersion, d.QuotedProtocol, d.QuotedTtl, d.QuotedIpId));
        Assert.Equal((1000, 2000), (d.QuotedSourcePort, d.QuotedDestinationPort));
        Assert.Equal(type == 2 ? 1280U : 0, decoded.Event.HasMtu ? decoded.Event.Mtu : 0);
    }

    [Fact]
    public void A_quoted_echo_gives_type_identifier_sequence_and_checksum()
    {
        byte[] ping = Ping4(0x0A0B, 0x0C0D, 1, 2, 3, 4);
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(11, 0, 0, ping[..28])));
        ref readonly IcmpEventDetail d = ref decoded.Detail;
        Assert.Equal(DetailGroups.Quoted | DetailGroups.QuotedIcmp | DetailGroups.QuotedEcho, d.Groups);
        Assert.Equal((8, 0, 0x0A0B, 0x0C0D), (d.QuotedType, d.QuotedCode, d.QuotedIdentifier, d.QuotedSequence));
        Assert.Equal((ping[22] << 8) | ping[23], d.QuotedChecksum);
    }

    [Fact]
    public void A_later_quoted_fragment_has_no_ports()
    {
        byte[] quote = Ipv4(Udp(1, 2), protocol: 17, fragment: 185);
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(3, 1, 0, quote)));
        Assert.Equal((DetailGroups.Quoted, 185), (decoded.Detail.Groups, decoded.Detail.QuotedFragmentOffset));
    }

    [Fact]
    public void Fragmentation_needed_has_the_next_hop_mtu_and_a_redirect_its_gateway()
    {
        byte[] quote = Ping4();
        Decoded needed = Decoded.Packet(Ipv4(Icmpv4(3, 4, 1400, quote)));
        Assert.Equal((true, 1400U), (needed.Event.HasMtu, needed.Event.Mtu));
        Decoded redirect = Decoded.Packet(Ipv4(Icmpv4(5, 1, 0x0A000001, quote)));
        Assert.Equal(0x0A000001U, redirect.Event.RestOfHeader);
        Assert.True(redirect.Groups.HasFlag(DetailGroups.Path));
        Assert.Equal((0x020000000001UL, 0x020000000002UL), (redirect.Detail.SourceMac, redirect.Detail.DestinationMac));
    }

    [Fact]
    public void Quotes_that_are_short_strange_or_impossible_have_names()
    {
        Assert.Equal(DecodeOutcome.QuotedTruncated, Decoded.Packet(Ipv4(Icmpv4(3, 1, 0))).Outcome);
        Assert.Equal(DecodeOutcome.QuotedTruncated, Decoded.Packet(Ipv4(Icmpv4(3, 1, 0, Ping4()[..19]))).Outcome);
        Assert.Equal(DecodeOutcome.QuotedTruncated, Decoded.Packet(Ipv6(Icmpv6(1, 0, 0, Ping6()[..39]))).Outcome);
        Assert.Equal(DecodeOutcome.QuotedUnknownVersion, Decoded.Packet(Ipv4(Icmpv4(3, 1, 0, new byte[28]))).Outcome);
        byte[] badHeader = Ping4();
        badHeader[0] = 0x43;
        Decoded malformed = Decoded.Packet(Ipv4(Icmpv4(3, 1, 0, badHeader)));
        Assert.Equal(DecodeOutcome.QuotedMalformed, malformed.Outcome);
        Assert.Equal(Address(Source4), malformed.Detail.QuotedSource);
    }

    [Fact]
    public void A_quote_cut_by_the_capture_is_no_fault_of_the_sender()
    {
        byte[] frame = Ethernet(Ipv4(Icmpv4(3, 1, 0, Ping4())));
        Decoded decoded = Decoded.Of(frame[..(14 + 20 + 8 + 12)], originalBytes: frame.Length);
        Assert.Equal((DecodeOutcome.Ok, false), (decoded.Outcome, decoded.HasDetail));
    }

    [Fact]
    public void Quoted_extension_headers_without_end_are_malformed()
    {
        byte[] chain = [.. Enumerable.Repeat(new byte[] { 60, 0, 1, 4, 0, 0, 0, 0 }, 40).SelectMany(h => h)];
        Assert.Equal(DecodeOutcome.QuotedMalformed, Decoded.Packet(Ipv6(Icmpv6(1, 0, 0, Ipv6(chain, next: 60)))).Outcome);
    }
}
