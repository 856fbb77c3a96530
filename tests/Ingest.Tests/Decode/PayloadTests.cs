using System.Text;
using IcmpStream.Ingest.Decode;
using IcmpStream.Schemas;
using IcmpStream.Schemas.Tables;
using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Decode;

public sealed class PayloadTests
{
    private static readonly byte[] Random = Bytes(seed: 1, 100);

    public static TheoryData<PayloadFamily, byte[]> Families => new()
    {
        { PayloadFamily.Empty, [] },
        { PayloadFamily.Iputils, Iputils() },
        { PayloadFamily.Iputils, Iputils(1000) },
        { PayloadFamily.Bsd, [.. Be32(1_700_000_000), .. Be32(999_999), .. Enumerable.Range(8, 48).Select(i => (byte)i)] },
        { PayloadFamily.Windows, [.. "abcdefghijklmnopqrstuvwabcdefghi"u8] },
        { PayloadFamily.Windows, [.. Enumerable.Range(0, 1472).Select(i => (byte)('a' + (i % 23)))] },
        { PayloadFamily.Zeros, new byte[64] },
        { PayloadFamily.Constant, [.. Enumerable.Repeat((byte)'X', 95)] },
        { PayloadFamily.Incrementing, [.. Enumerable.Range(0x48, 32).Select(i => (byte)i)] },
        { PayloadFamily.Incrementing, [.. Enumerable.Range(0, 700).Select(i => (byte)i)] },
        { PayloadFamily.Fping, [.. Le64(3), .. Le64(1_700_000_000), .. Le64(5), .. new byte[32]] },
        { PayloadFamily.Busybox, [0x12, 0x34, 0x56, 0x78, .. new byte[52]] },
        { PayloadFamily.Cisco, [0, 0, 0, 0, 0, 0x10, 5, 0x70, .. Enumerable.Repeat(new byte[] { 0xAB, 0xCD }, 32).SelectMany(b => b)] },
        { PayloadFamily.None, Random },
        { PayloadFamily.None, [.. Iputils()[..55], 0xFF] },
        { PayloadFamily.None, [.. Iputils()[..8], .. Le64(1_000_000), .. Iputils()[16..]] },
    };

    public static TheoryData<int, byte[], ushort, ushort, byte> Tools => new()
    {
        { ToolSignatures.Ptunnel, [.. Be32(0xD520_0880), .. Random], 1, 2, 8 },
        { ToolSignatures.PtunnelNg, [.. Be32(0xDEAD_C0DE), .. Random], 1, 2, 8 },
        { ToolSignatures.PtunnelStructure, PtunnelHeader(72, 72), 1, 2, 8 },
        { ToolSignatures.PtunnelStructure, PtunnelHeader(71, 72), 1, 2, 8 },
        { ToolSignatures.Hans, [.. "hans"u8, 5, .. Random], 1, 2, 8 },
        { ToolSignatures.IcmptunnelBarlow, [.. "TUNL"u8, 0, .. Random], 1, 2, 8 },
        { ToolSignatures.IcmptunnelKapil, Ipv4(Random, protocol: 6), 1, 2, 8 },
        { ToolSignatures.Pingtunnel, [10, 3, .. Random, 0x30, 0xDA, 0xFA, 0x06], 1, 2, 8 },
        { ToolSignatures.Icmpsh, [.. "Microsoft Windows [Version 10.0"u8], 1, 2, 0 },
        { ToolSignatures.NishangBanner, [.. "Windows PowerShell running as user bob on PC"u8], 1, 2, 0 },
        { ToolSignatures.NishangPrompt, [.. @"PS C:\Users> "u8], 1, 2, 0 },
        { ToolSignatures.Pingback, [.. "shell"u8, .. Bytes(seed: 3, 783)], 1, 0xD204, 8 },
        { ToolSignatures.Loki2, Random, 1, 0xF001, 8 },
        { ToolSignatures.Loki2, Random, 1, 0x01F0, 0 },
        { ToolSignatures.TfnCommand, [.. "1234"u8, 0, 5, 7], 678, 0, 0 },
        { ToolSignatures.TfnReply, Random, 456, 0, 0 },
        { ToolSignatures.Tfn2k, [.. Random, .. "AAAAAAAAAA"u8], 1, 2, 0 },
        { ToolSignatures.StacheldrahtText, [.. Random, .. "spoofworks"u8], 1000, 0, 8 },
        { ToolSignatures.Stacheldraht, Random, 0x9A02, 0, 0 },
    };

    public static TheoryData<InnerHeader, int, byte[]> Inners => new()
    {
        { InnerHeader.Ipv4, 0, Ipv4(Random, protocol: 6) },
        { InnerHeader.Ipv4, 5, [1, 2, 3, 4, 5, .. Ipv4(Random, protocol: 6)] },
        { InnerHeader.Ipv6, 28, [.. Bytes(seed: 9, 28), .. Ipv6(Random, next: 6)] },
        { InnerHeader.Tls, 4, [0xFF, 0xFE, 0xFD, 0xFC, 0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, .. Random] },
        { InnerHeader.Ssh, 0, [.. "SSH-2.0-OpenSSH_9.6\r\n"u8] },
        { InnerHeader.Http, 8, [.. Bytes(seed: 2, 8), .. "GET / HTTP/1.1\r\nHost: a\r\n"u8] },
        { InnerHeader.Dns, 0, [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, .. "example"u8, 3, .. "com"u8, 0, 0, 1, 0, 1] },
        { InnerHeader.Ethernet, 0, [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFD, 8, 0, .. Ipv4(Random, protocol: 6)] },
        { InnerHeader.None, 0, Random },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void Payloads_of_ordinary_tools_are_recognised_whole(PayloadFamily family, byte[] payload)
    {
        Assert.Equal(family, Decoded.Packet(Ping4(1, 2, payload)).Event.PayloadFamily);
        Assert.Equal(family, Decoded.Packet(Ping6(1, 2, payload)).Event.PayloadFamily);
    }

    // smokeping's FPing probe runs `fping -b 56`; fping 4 and later send zeros, older ones a counter and a time.
    [Fact]
    public void Smokeping_sends_what_the_fping_that_it_runs_sends()
    {
        Assert.Equal(PayloadFamily.Zeros, Decoded.Packet(Ping4(1, 2, new byte[56])).Event.PayloadFamily);
        Assert.Equal(PayloadFamily.Fping, Decoded.Packet(Ping4(1, 2, [.. Le64(19), .. Le64(1_500_000_000), .. Le64(999_999), .. new byte[32]])).Event.PayloadFamily);
        Assert.DoesNotContain(Families, family => family.Data.Item1 == PayloadFamily.Smokeping);
    }

    [Fact]
    public void Nmap_probes_are_told_from_other_zeros()
    {
        Assert.Equal(PayloadFamily.Nmap, Decoded.Packet(Ipv4(Icmpv4(8, 9, Rest(7, 295), new byte[120]))).Event.PayloadFamily);
        Assert.Equal(PayloadFamily.Nmap, Decoded.Packet(Ipv4(Icmpv4(8, 0, Rest(7, 296), new byte[150]), serviceType: 4)).Event.PayloadFamily);
        Assert.Equal(PayloadFamily.Zeros, Decoded.Packet(Ipv4(Icmpv4(8, 0, Rest(7, 297), new byte[150]), serviceType: 4)).Event.PayloadFamily);
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void Each_tool_sets_its_bit(int signature, byte[] payload, ushort id, ushort seq, byte type)
    {
        uint bits = Decoded.Packet(Ipv4(Icmpv4(type, 0, Rest(id, seq), payload), ttl: 250)).Event.Signatures;
        Assert.True((bits & (1U << signature)) != 0, $"{bits:x}");
        Assert.Equal(signature, ToolSignatures.Find(signature)!.Number);
    }

    [Fact]
    public void A_benign_payload_sets_no_bit_whatever_its_identifier()
    {
        foreach ((ushort id, ushort seq) in new (ushort, ushort)[] { (666, 1), (456, 0), (1, 0xF001) })
            Assert.Equal(0U, Decoded.Packet(Ipv4(Icmpv4(0, 0, Rest(id, seq), Iputils()))).Event.Signatures);
    }

    [Fact]
    public void Random_payloads_set_no_bit_that_proves_something()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            Decoded decoded = Decoded.Packet(Ping4((ushort)seed, (ushort)(seed * 7), Bytes(seed, 20 + (seed % 200))));
            Assert.Equal(0U, decoded.Event.Signatures & ToolSignatures.LongMask);
        }
    }

    [Theory]
    [MemberData(nameof(Inners))]
    public void Inner_headers_are_guessed_at_their_offset(InnerHeader inner, int offset, byte[] payload)
    {
        ref readonly IcmpEvent e = ref Decoded.Packet(Ping4(1, 2, payload)).Event;
        Assert.Equal((inner, offset), (e.InnerHeader, e.InnerOffset));
    }

    [Fact]
    public void An_error_has_a_hash_of_its_quote_but_no_family_and_no_signature()
    {
        byte[] quote = Ipv4([.. Be32(0xDEAD_C0DE), .. Random], protocol: 6);
        ref readonly IcmpEvent e = ref Decoded.Packet(Ipv4(Icmpv4(3, 1, 0, quote))).Event;
        Assert.Equal((XxHash64.Hash(quote), PayloadFamily.None, 0U, 0), (e.PayloadHash, e.PayloadFamily, e.Signatures, e.PrefixLength));
    }

    [Fact]
    public void The_prefix_is_kept_where_the_policy_allows()
    {
        byte[] unknown = Ping4(1, 2, Random), known = Ping4(1, 2, Iputils());
        Assert.Equal(Random[..64], Decoded.Packet(unknown).Prefix);
        Assert.Empty(Decoded.Packet(known).Prefix);
        Assert.Empty(Decoded.Packet(unknown, new DecodeOptions { Privacy = PayloadPrivacy.None }).Prefix);
        Assert.Equal(Iputils(), Decoded.Packet(known, new DecodeOptions { Privacy = PayloadPrivacy.All }).Prefix);
        Assert.Equal("hello", Encoding.ASCII.GetString(Decoded.Packet(Ping4(1, 2, [.. "hello"u8])).Prefix));
    }

    [Fact]
    public void Entropy_is_what_the_definition_gives()
    {
        Assert.Equal(0, Decoded.Packet(Ping4()).Event.EntropyMillibits);
        Assert.Equal(0, Decoded.Packet(Ping4(1, 2, new byte[9999])).Event.EntropyMillibits);
        Assert.Equal(8000, Decoded.Packet(Ping4(1, 2, [.. Enumerable.Range(0, 1024).Select(i => (byte)i)])).Event.EntropyMillibits);
        Assert.Equal(1000, Decoded.Packet(Ping4(1, 2, [.. Enumerable.Range(0, 1000).Select(i => (byte)(i % 2))])).Event.EntropyMillibits);
        for (int seed = 0; seed < 200; seed++)
        {
            byte[] payload = [.. Bytes(seed, 2 + (seed * 11)).Select(b => (byte)(b % (1 + (seed % 256))))];
            double entropy = payload.GroupBy(b => b).Sum(g => -(double)g.Count() / payload.Length * Math.Log2((double)g.Count() / payload.Length));
            Assert.InRange(Decoded.Packet(Ping4(1, 2, payload)).Event.EntropyMillibits, (entropy * 1000) - 0.501, (entropy * 1000) + 0.501);
        }
    }

    [Fact]
    public void Tables_are_complete_and_their_numbers_are_their_places()
    {
        Assert.Equal(Enumerable.Range(0, ToolSignatures.Count), ToolSignatures.All.Select(s => s.Number));
        Assert.InRange(ToolSignatures.Count, 1, 32);
        Assert.Null(ToolSignatures.Find(ToolSignatures.Count));
        Assert.All(ToolSignatures.All, s => Assert.NotEmpty(s.Techniques));
        Assert.All(Enum.GetValues<PayloadFamily>(), f => Assert.NotNull(PayloadFamilies.Name(f)));
    }

    private static byte[] PtunnelHeader(uint dataBytes, int payloadBytes) =>
    [
        .. Be32(0x1357_9BDF), .. Bytes("10.0.0.1"), .. Be32(22), .. Be32(0x4000_0001), .. Be32(0), .. Be32(dataBytes), .. Be32(0x0001_0002),
        .. Bytes(seed: 4, payloadBytes),
    ];

    private static byte[] Bytes(string address) => Frames.Bytes(address);

    private static byte[] Bytes(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
