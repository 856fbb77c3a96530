using System.Text;
using IcmpStream.Schemas;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class ExtensionTests
{
    private static readonly byte[] Labels = ExtensionObject(1, 1, [.. Be32(0x1234_5 << 12 | 0x0A00 | 1), .. Be32(0x00010_1FF)]);

    [Fact]
    public void A_compliant_length_leads_to_the_mpls_labels()
    {
        byte[] payload = [.. Pad(Ping4(), 128), .. Extension(Labels)];
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(11, 0, 32U << 16, payload)));
        Assert.Equal(DecodeOutcome.Ok, decoded.Outcome);
        ref readonly IcmpEventDetail d = ref decoded.Detail;
        Assert.Equal((2, 32, ChecksumStatus.Good, 128), (d.ExtensionVersion, d.ExtensionLength, d.ExtensionChecksumStatus, d.QuotedCaptured));
        int objects = 0;
        foreach (ExtensionObject read in decoded.Lists.Extensions)
        {
            objects++;
            Assert.Equal((1, 1, 12, 2), (read.Class, read.CType, read.Length, read.Labels.Count));
            List<MplsLabel> labels = [];
            foreach (MplsLabel label in read.Labels)
                labels.Add(label);
            Assert.Equal([new MplsLabel(0x12345, 5, false, 1), new MplsLabel(0x10, 0, true, 255)], labels);
        }

        Assert.Equal(1, objects);
    }

    [Fact]
    public void Ipv6_counts_the_length_in_units_of_eight()
    {
        byte[] payload = [.. Pad(Ping6(), 128), .. Extension(Labels)];
        Decoded decoded = Decoded.Packet(Ipv6(Icmpv6(3, 0, 16U << 24, payload)));
        Assert.Equal((DecodeOutcome.Ok, 16), (decoded.Outcome, decoded.Detail.ExtensionLength));
        Assert.True(decoded.Groups.HasFlag(DetailGroups.Extension));
    }

    [Theory]
    [InlineData(0U), InlineData(7U)]
    public void An_extension_behind_128_bytes_is_found_when_the_length_does_not_lead_there(uint length)
    {
        byte[] payload = [.. Pad(Ping4(), 128), .. Extension(Labels)];
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(11, 0, length << 16, payload)));
        Assert.Equal((DecodeOutcome.Ok, (byte)length), (decoded.Outcome, decoded.Detail.ExtensionLength));
        Assert.True(decoded.Groups.HasFlag(DetailGroups.Extension));
    }

    [Fact]
    public void A_long_quote_without_length_is_not_taken_for_an_extension()
    {
        byte[] data = [.. Enumerable.Repeat((byte)0x20, 300)];
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(3, 1, 0, Ping4(1, 2, data))));
        Assert.Equal((DecodeOutcome.Ok, false), (decoded.Outcome, decoded.Groups.HasFlag(DetailGroups.Extension)));
    }

    [Fact]
    public void Interface_information_has_index_address_name_and_mtu()
    {
        byte[] name = [12, .. Encoding.ASCII.GetBytes("ge-0/0/1"), 0, 0, 0];
        byte[] information = ExtensionObject(2, 0x0F, [.. Be32(42), 0, 1, 0, 0, .. Bytes("192.0.2.99"), .. name, .. Be32(1500)]);
        Decoded decoded = Decoded.Packet(Ipv4(Icmpv4(11, 0, 32U << 16, [.. Pad(Ping4(), 128), .. Extension(information)])));
        Assert.Equal(DecodeOutcome.Ok, decoded.Outcome);
        int objects = 0;
        foreach (ExtensionObject read in decoded.Lists.Extensions)
        {
            objects++;
            Assert.Equal((2, 42U, 1500U), (read.Class, read.InterfaceIndex!.Value, read.Mtu!.Value));
            Assert.Equal(Address("192.0.2.99"), read.InterfaceAddress);
            Assert.Equal("ge-0/0/1", Encoding.ASCII.GetString(read.InterfaceName));
        }

        Assert.Equal(1, objects);
    }

    [Fact]
    public void Malformed_extensions_have_a_name()
    {
        byte[] quote = Pad(Ping4(), 128);
        byte[] badChecksum = Extension(Labels);
        badChecksum[3] ^= 1;
        byte[] badVersion = [0x10, .. Extension(Labels)[1..]];
        byte[] zeroLength = [0x20, 0, 0, 0, 0, 0, 1, 1];
        byte[] beyond = [0x20, 0, 0, 0, 0, 99, 1, 1];
        foreach (byte[] extension in new[] { badChecksum, badVersion, zeroLength, beyond, [0x20, 0] })
            Assert.Equal(DecodeOutcome.ExtensionMalformed, Decoded.Packet(Ipv4(Icmpv4(11, 0, 32U << 16, [.. quote, .. extension]))).Outcome);
        Assert.Equal(DecodeOutcome.ExtensionMalformed, Decoded.Packet(Ipv4(Icmpv4(11, 0, 200U << 16, quote))).Outcome);
    }

    [Fact]
    public void More_objects_than_are_kept_are_a_limit()
    {
        byte[][] objects = [.. Enumerable.Repeat(ExtensionObject(200, 1), 70)];
        Assert.Equal(
            DecodeOutcome.ListLimit, Decoded.Packet(Ipv4(Icmpv4(11, 0, 32U << 16, [.. Pad(Ping4(), 128), .. Extension(objects)]))).Outcome);
    }

    [Theory]
    [InlineData(42, 43), InlineData(160, 161)]
    public void Extended_echo_has_an_eight_bit_sequence_and_its_state(byte request, byte reply)
    {
        byte[] byName = ExtensionObject(3, 1, [.. "eth0"u8]);
        byte[] asked = [.. Extension(byName), 9, 9, 9, 9];
        Decoded first = Decoded.Packet(request == 42
            ? Ipv4(Icmpv4(request, 0, Rest(0x1111, 0x2201), asked))
            : Ipv6(Icmpv6(request, 0, Rest(0x1111, 0x2201), asked)));
        Assert.Equal((DecodeOutcome.Ok, 0x1111, 0x22), (first.Outcome, first.Event.Identifier, first.Event.Sequence));
        Assert.Equal((1, ChecksumStatus.Good), (first.Detail.ExtendedEchoBits, first.Detail.ExtensionChecksumStatus));
        foreach (ExtensionObject read in first.Lists.Extensions)
            Assert.Equal("eth0", Encoding.ASCII.GetString(read.InterfaceName));

        Decoded second = Decoded.Packet(reply == 43
            ? Ipv4(Icmpv4(reply, 2, Rest(0x1111, 0x2247)))
            : Ipv6(Icmpv6(reply, 2, Rest(0x1111, 0x2247))));
        Assert.Equal((DecodeOutcome.Ok, 0x47), (second.Outcome, second.Detail.ExtendedEchoBits));
    }
}
