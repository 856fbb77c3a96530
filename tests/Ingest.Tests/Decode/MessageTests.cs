using IcmpStream.Schemas;
using IcmpStream.Schemas.Tables;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class MessageTests
{
    private static readonly byte[] Target = Bytes("fe80::1234");

    [Theory]
    [InlineData(13), InlineData(14)]
    public void Timestamps_have_three_times(byte type)
    {
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(type, 0, Rest(5, 6), [.. Be32(1), .. Be32(2), .. Be32(3)])));
        Assert.Equal((DecodeOutcome.Ok, 5, 6), (decoded.Outcome, decoded.Event.Identifier, decoded.Event.Sequence));
        Assert.Equal((1U, 2U, 3U), (decoded.Detail.OriginateMs, decoded.Detail.ReceiveMs, decoded.Detail.TransmitMs));
        Assert.Equal(DecodeOutcome.TooSmall, Decoded.Packet(Ipv4(Icmpv4(type, 0, 0, new byte[11]))).Outcome);
    }

    [Theory]
    [InlineData(17), InlineData(18)]
    public void Address_masks_are_read(byte type)
    {
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(type, 0, Rest(5, 6), 255, 255, 255, 0)));
        Assert.Equal((DecodeOutcome.Ok, 0xFFFF_FF00U, 5), (decoded.Outcome, decoded.Detail.AddressMask, decoded.Event.Identifier));
        Assert.Equal(DecodeOutcome.TooSmall, Decoded.Packet(Ipv4(Icmpv4(type, 0, 0))).Outcome);
    }

    [Theory]
    [InlineData(15), InlineData(16)]
    public void Information_messages_have_an_identifier(byte type) =>
        Assert.Equal((5, 6), (Decoded.Packet(Ipv4(Icmpv4(type, 0, Rest(5, 6)))).Event.Identifier, 6));

    [Fact]
    public void An_ipv4_router_advertisement_lists_its_addresses()
    {
        byte[] entries = [.. Bytes("10.0.0.1"), .. Be32(0), .. Bytes("10.0.0.2"), .. Be32(0x8000_0000)];
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(9, 0, 0x0202_0708, entries)));
        Assert.Equal(DecodeOutcome.Ok, decoded.Outcome);
        List<RouterAddress> read = [];
        foreach (RouterAddress entry in decoded.Lists.RouterAddresses)
            read.Add(entry);
        Assert.Equal([new RouterAddress(Address("10.0.0.1"), 0), new RouterAddress(Address("10.0.0.2"), int.MinValue)], read);
        Assert.Equal(DecodeOutcome.TooSmall, Decoded.Packet(Ipv4(Icmpv4(9, 0, 0x0302_0708, entries))).Outcome);
        Assert.Equal(DecodeOutcome.TooSmall, Decoded.Packet(Ipv4(Icmpv4(9, 0, 0x0201_0708, entries))).Outcome);
    }

    [Fact]
    public void A_router_advertisement_has_its_fields_and_options()
    {
        byte[] body = [.. Be32(30_000), .. Be32(1_000), 1, 1, 2, 0, 0, 0, 0, 1, 5, 1, 0, 0, .. Be32(1492)];
        Decoded decoded = Decoded.Packet(Ipv6(Icmpv6(134, 0, 0x40C0_0708, body), hopLimit: 255));
        Assert.Equal(DecodeOutcome.Ok, decoded.Outcome);
        ref readonly IcmpEventDetail d = ref decoded.Detail;
        Assert.Equal((0x40, 0xC0, 0x0708, 30_000U, 1_000U), (d.HopLimit, d.NeighborFlags, d.RouterLifetimeSeconds, d.ReachableMs, d.RetransmitMs));
        Assert.Equal(DetailGroups.Router | DetailGroups.Path, d.Groups);
        List<string> options = [];
        foreach (NdOption option in decoded.Lists.NdOptions)
            options.Add($"{option.Option} {option.Length} {Convert.ToHexString(option.Data)}");
        Assert.Equal(["1 8 020000000001", "5 8 0000000005D4"], options);
    }

    [Theory]
    [InlineData(135), InlineData(136)]
    public void Neighbor_messages_have_target_and_flags(byte type)
    {
        Decoded decoded = Decoded.Packet(Ipv6(Icmpv6(type, 0, 0xE000_0000, Target), hopLimit: 255));
        Assert.Equal((DecodeOutcome.Ok, Address("fe80::1234")), (decoded.Outcome, decoded.Detail.Target));
        Assert.Equal(type == 136 ? 0xE0 : 0, decoded.Detail.NeighborFlags);
    }

    [Fact]
    public void A_redirect_has_target_destination_and_the_packet_that_caused_it()
    {
        byte[] ping = Pad(Ping6(3, 4), 48);
        byte[] option = [4, 7, 0, 0, 0, 0, 0, 0, .. ping];
        Decoded decoded = Decoded.Packet(Ipv6(Icmpv6(137, 0, 0, [.. Target, .. Bytes(Destination6), .. option]), hopLimit: 255));
        Assert.Equal(DecodeOutcome.Ok, decoded.Outcome);
        Assert.Equal((Address("fe80::1234"), Address(Destination6)), (decoded.Detail.Target, decoded.Detail.Redirected));
        Assert.Equal((3, 4, true), (decoded.Detail.QuotedIdentifier, decoded.Detail.QuotedSequence, decoded.Has(EventFlags.QuotedKey)));
    }

    [Fact]
    public void Neighbor_discovery_from_afar_and_with_bad_options_has_names()
    {
        Assert.Equal(DecodeOutcome.HopLimitInvalid, Decoded.Packet(Ipv6(Icmpv6(135, 0, 0, Target), hopLimit: 64)).Outcome);
        Assert.Equal(DecodeOutcome.OptionMalformed, Decoded.Packet(Ipv6(Icmpv6(135, 0, 0, [.. Target, 1, 0, 0, 0, 0, 0, 0, 0]), hopLimit: 255)).Outcome);
        Assert.Equal(DecodeOutcome.OptionMalformed, Decoded.Packet(Ipv6(Icmpv6(133, 0, 0, [1, 2, 0, 0, 0, 0, 0, 0]), hopLimit: 255)).Outcome);
        byte[] many = [.. Enumerable.Repeat(new byte[] { 14, 1, 0, 0, 0, 0, 0, 0 }, 170).SelectMany(o => o)];
        Assert.Equal(DecodeOutcome.ListLimit, Decoded.Packet(Ipv6(Icmpv6(133, 0, 0, many), hopLimit: 255)).Outcome);
    }

    [Fact]
    public void Listener_queries_and_reports_have_group_and_records()
    {
        byte[] query = [.. Bytes("ff02::1"), 0x0A, 125, 0, 1, .. Bytes("2001:db8::7")];
        Decoded asked = Decoded.Packet(Ipv6(Icmpv6(130, 0, 0x2710_0000, query), hopLimit: 1));
        Assert.Equal((DecodeOutcome.Ok, 10_000, 0x0A, 125), (asked.Outcome, asked.Detail.MaximumResponseCode, asked.Detail.QueryFlags, asked.Detail.QueryIntervalCode));
        Assert.Equal(Address("ff02::1"), asked.Detail.Target);
        query[19] = 2;
        Assert.Equal(DecodeOutcome.ListenerMalformed, Decoded.Packet(Ipv6(Icmpv6(130, 0, 0, query), hopLimit: 1)).Outcome);
        Assert.Equal(DecodeOutcome.HopLimitInvalid, Decoded.Packet(Ipv6(Icmpv6(131, 0, 0, Bytes("ff02::9")), hopLimit: 2)).Outcome);
        Assert.Equal(Address("ff02::9"), Decoded.Packet(Ipv6(Icmpv6(132, 0, 0, Bytes("ff02::9")))).Detail.Target);

        byte[] records = [4, 0, 0, 0, .. Bytes("ff02::fb"), 3, 1, 0, 1, .. Bytes("ff3e::1"), .. Bytes("2001:db8::8"), 1, 2, 3, 4];
        Decoded report = Decoded.Packet(Ipv6(Icmpv6(143, 0, 2, records), hopLimit: 1));
        Assert.Equal(DecodeOutcome.Ok, report.Outcome);
        List<string> read = [];
        foreach (MulticastRecord record in report.Lists.MulticastRecords)
            read.Add($"{record.RecordType} {record.Address} {record.Sources.Count}");
        Assert.Equal(["4 ff02::fb 0", "3 ff3e::1 1"], read);
        Assert.Equal(DecodeOutcome.ListenerMalformed, Decoded.Packet(Ipv6(Icmpv6(143, 0, 3, records), hopLimit: 1)).Outcome);
    }

    [Theory]
    [InlineData(139), InlineData(140)]
    public void Node_information_has_type_flags_and_nonce(byte type)
    {
        Decoded decoded = Decoded.Packet(Ipv6(Icmpv6(type, 1, 0x0003_0200, [1, 2, 3, 4, 5, 6, 7, 8])));
        Assert.Equal((DecodeOutcome.Ok, 3, 0x0200, 0x0102030405060708UL), (decoded.Outcome, decoded.Detail.QueryType, decoded.Detail.NeighborFlags, decoded.Detail.Nonce));
    }

    [Fact]
    public void Every_registered_type_decodes_and_no_other_is_taken_for_one()
    {
        for (int type = 0; type < 256; type++)
        {
            foreach (byte version in new byte[] { 4, 6 })
            {
                byte code = (byte)Enumerable.Range(0, 256).FirstOrDefault(c => IcmpTypes.IsRegistered(version, (byte)type, (byte)c));
                Decoded decoded = version == 4
                    ? Decoded.Packet(Ipv4(Icmpv4((byte)type, code, 0, new byte[60])))
                    : Decoded.Packet(Ipv6(Icmpv6((byte)type, code, 0, new byte[60]), hopLimit: 255));
                Assert.Equal((type, code), (decoded.Event.Type, decoded.Event.Code));
                Assert.Equal(!IcmpTypes.IsRegistered(version, (byte)type), decoded.Outcome == DecodeOutcome.UnknownType);
            }
        }
    }

    [Fact]
    public void An_unregistered_code_has_a_name()
    {
        Assert.Equal(DecodeOutcome.UnknownCode, Decoded.Packet(Ipv4(Icmpv4(8, 9, 0))).Outcome);
        Assert.Equal(DecodeOutcome.UnknownCode, Decoded.Packet(Ipv4(Icmpv4(3, 16, 0, Ping4()))).Outcome);
        Assert.Equal(DecodeOutcome.UnknownCode, Decoded.Packet(Ipv6(Icmpv6(128, 1, 0))).Outcome);
    }

    [Fact]
    public void Each_type_needs_its_whole_header()
    {
        foreach (byte version in new byte[] { 4, 6 })
        {
            for (int type = 0; type < 256; type++)
            {
                int bytes = IcmpTypes.HeaderBytes(version, (byte)type);
                byte[] message = version == 4 ? Icmpv4((byte)type, 0, 0, new byte[60])[..(bytes - 1)] : Icmpv6((byte)type, 0, 0, new byte[60])[..(bytes - 1)];
                Assert.Equal(DecodeOutcome.TooSmall, Decoded.Packet(version == 4 ? Ipv4(message) : Ipv6(message)).Outcome);
            }
        }
    }
}
