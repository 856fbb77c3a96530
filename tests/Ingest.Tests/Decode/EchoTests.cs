using IcmpStream.Schemas;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class EchoTests
{
    [Fact]
    public void An_ipv4_echo_fills_every_field_of_the_event()
    {
        byte[] payload = Iputils();
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(8, 0, Rest(0xABCD, 0x0007), payload), ttl: 61, id: 0xBEEF, fragment: 0x4000, serviceType: 0xB8));

        ref readonly IcmpEvent e = ref decoded.Event;
        Assert.Equal(1_700_000_000_123_456_789, e.FirstNs);
        Assert.Equal((7, 1U, 3, 1), ((int)e.Frame, e.Count, e.InterfaceId, e.LinkType));
        Assert.Equal((Address(Source4), Address(Destination4)), (e.Source, e.Destination));
        Assert.Equal((84U, 98U, 64), (e.Bytes, e.FrameBytes, e.MessageBytes));
        Assert.Equal((4, 61, 0xB8, 0xBEEFU), (e.IpVersion, e.Ttl, e.TrafficClass, e.IpId));
        Assert.Equal((8, 0, 0xABCD, 7), (e.Type, e.Code, e.Identifier, e.Sequence));
        Assert.Equal(EventFlags.DontFragment | EventFlags.HasChecksum | EventFlags.HasRestOfHeader | EventFlags.HasIdentifier, e.Flags);
        Assert.Equal((ChecksumStatus.Good, ChecksumStatus.Good), (e.ChecksumStatus, e.IpChecksumStatus));
        Assert.Equal((56, 56, PayloadFamily.Iputils), (e.PayloadBytes, e.PayloadCaptured, e.PayloadFamily));
        Assert.Equal(XxHash64.Hash(payload), e.PayloadHash);
        Assert.False(decoded.HasDetail);
    }

    [Fact]
    public void An_ipv6_echo_fills_every_field_of_the_event()
    {
        byte[] payload = Iputils();
        Decoded decoded = Decoded.Packet(Ipv6(Icmpv6(129, 0, Rest(1, 2), payload), hopLimit: 55, trafficClass: 0x20));

        ref readonly IcmpEvent e = ref decoded.Event;
        Assert.Equal((Address(Source6), Address(Destination6)), (e.Source, e.Destination));
        Assert.Equal((104U, 118U, 64), (e.Bytes, e.FrameBytes, e.MessageBytes));
        Assert.Equal((6, 55, 0x20, 0U), (e.IpVersion, e.Ttl, e.TrafficClass, e.IpId));
        Assert.Equal((129, 1, 2), (e.Type, e.Identifier, e.Sequence));
        Assert.Equal((ChecksumStatus.Good, ChecksumStatus.Unverified), (e.ChecksumStatus, e.IpChecksumStatus));
        Assert.False(decoded.HasDetail);
    }

    [Fact]
    public void A_wrong_checksum_is_bad_and_says_so()
    {
        byte[] message = Icmpv4(0, 0, Rest(1, 2), 1, 2, 3);
        message[3] ^= 1;
        Decoded decoded = Decoded.Packet(Ipv4(message));
        Assert.Equal((DecodeOutcome.BadChecksum, ChecksumStatus.Bad), (decoded.Outcome, decoded.Event.ChecksumStatus));
    }

    [Theory]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(7), InlineData(15), InlineData(16), InlineData(17), InlineData(1472), InlineData(65_507)]
    public void Checksums_of_any_length_are_judged(int payloadBytes)
    {
        byte[] payload = [.. Enumerable.Range(0, payloadBytes).Select(i => (byte)(i * 7))];
        Assert.Equal(ChecksumStatus.Good, Decoded.Packet(Ping4(1, 2, payload)).Event.ChecksumStatus);
        Assert.Equal(ChecksumStatus.Good, Decoded.Packet(Ping6(1, 2, payload)).Event.ChecksumStatus);
        byte[] broken = Ping4(1, 2, payload);
        broken[^1] ^= 0x80;
        Assert.Equal(ChecksumStatus.Bad, Decoded.Packet(broken).Event.ChecksumStatus);
    }

    [Fact]
    public void Ethernet_padding_is_not_payload()
    {
        Decoded decoded = Decoded.Of(Pad(Ethernet(Ping4()), 60)).IsPing();
        Assert.Equal((0, 60U, PayloadFamily.Empty), (decoded.Event.PayloadBytes, decoded.Event.FrameBytes, decoded.Event.PayloadFamily));
    }

    [Fact]
    public void Echo_cut_by_the_capture_is_unverified_and_keeps_its_lengths()
    {
        byte[] frame = Ethernet(Ping4(0x0102, 0x0304, Iputils()));
        Decoded decoded = Decoded.Of(frame[..64], originalBytes: frame.Length);
        Assert.Equal((DecodeOutcome.Ok, ChecksumStatus.Unverified), (decoded.Outcome, decoded.Event.ChecksumStatus));
        Assert.Equal((56, 22, 64), (decoded.Event.PayloadBytes, decoded.Event.PayloadCaptured, decoded.Event.MessageBytes));
        Assert.True(decoded.Has(EventFlags.Cut));
    }

    [Fact]
    public void Echo_cut_inside_its_header_is_truncated_and_keeps_what_is_there()
    {
        byte[] frame = Ethernet(Ping4(0x0102, 0x0304, Iputils()));
        Decoded cut = Decoded.Of(frame[..40], originalBytes: frame.Length);
        Assert.Equal(DecodeOutcome.Truncated, cut.Outcome);
        Assert.Equal((true, false, 0x0102), (cut.Event.HasIdentifier, cut.Event.HasSequence, cut.Event.Identifier));
        Decoded shorter = Decoded.Of(frame[..37], originalBytes: frame.Length);
        Assert.Equal((DecodeOutcome.Truncated, false), (shorter.Outcome, shorter.Has(EventFlags.HasChecksum)));
    }

    [Fact]
    public void Echo_reply_with_short_header_is_too_small()
    {
        Assert.Equal(DecodeOutcome.TooSmall, Decoded.Packet(Ipv4([0, 0, 0xFF, 0xFF, 0, 0])).Outcome);
        Assert.Equal(DecodeOutcome.TooSmall, Decoded.Packet(Ipv4([0, 0])).Outcome);
    }

    [Fact]
    public void A_message_without_type_and_code_is_no_event()
    {
        Assert.Equal(DecodeOutcome.IcmpMissing, Decoded.Packet(Ipv4([8])).Outcome);
        Assert.Equal(DecodeOutcome.IcmpMissing, Decoded.Packet(Ipv4([])).Outcome);
        Assert.Equal(DecodeOutcome.IcmpMissing, Decoded.Packet(Ipv6([128])).Outcome);
    }

    [Fact]
    public void Icmpv6_in_ipv4_and_icmpv4_in_ipv6_are_events_of_a_family_that_does_not_match()
    {
        byte[] message = [128, 0, 0, 0, 0, 1, 0, 2];
        Put16(message, 2, Checksum([.. Bytes(Source4), .. Bytes(Destination4), 0, 0, 0, 8, 0, 0, 0, 58, .. message]));
        Decoded six = Decoded.Packet(Ipv4(message, protocol: 58));
        Assert.Equal((DecodeOutcome.FamilyMismatch, 6, 128), (six.Outcome, six.Event.IpVersion, six.Event.Type));
        Decoded four = Decoded.Packet(Ipv6(Icmpv4(8, 0, 0), next: 1));
        Assert.Equal((DecodeOutcome.FamilyMismatch, 4, 8), (four.Outcome, four.Event.IpVersion, four.Event.Type));
    }
}
