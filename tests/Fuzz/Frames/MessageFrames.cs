using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Frames;

/// <summary>One well-formed Ethernet frame or more of every ICMP type, each with the body that its type asks for.</summary>
public static class MessageFrames
{
    // Quoted datagrams: UDP, TCP, an echo and a first fragment in IPv4; UDP, an echo and a chain of extension headers in IPv6.
    private const string QuoteUdp4 = "450000 2c 1234 4000 3f11 0000 c0000201 c6336402 c000 0035 0018 0000 0102030405060708090a0b0c0d0e0f10";
    private const string QuoteTcp4 = "45000028 1234 4000 4006 0000 c0000201 c6336402 c000 01bb 00000001 00000002 50021000 00000000";
    private const string QuoteEcho4 = "45000054 1234 4000 4001 0000 c0000201 c6336402 0800 f7ff 1234 0001 0102030405060708";
    private const string QuoteFragment4 = "45000054 1234 2000 4011 0000 c0000201 c6336402 c000 0035 0018 0000";
    private const string QuoteOptions4 = "46000030 1234 0000 4011 0000 c0000201 c6336402 94040000 c000 0035 0018 0000";
    private const string QuoteUdp6 =
        "60000000 0010 1140 20010db8000000000000000000000001 20010db8000000000000000000000002 c000 0035 0010 0000 0102030405060708";

    private const string QuoteEcho6 =
        "60000000 0010 3a40 20010db8000000000000000000000001 20010db8000000000000000000000002 8000 1234 5678 0001 0102030405060708";

    private const string QuoteChain6 =
        "60000000 0028 0040 20010db8000000000000000000000001 20010db8000000000000000000000002 2b00000000000000 2c00000000000000 1100000000000001 c000 0035 0010 0000";

    // RFC 4884 extension: two MPLS labels (RFC 4950), interface information with index, address, name and MTU (RFC 5837).
    private const string Extension =
        "2000 0000 000c 0101 000640ff 000c8101 0020 020f 00000007 0001 0000 c0000201 0c 65746830000000000000 00 000005dc";

    private const string ProbeByName = "2000 0000 000c 0301 6574683000000000";
    private const string ProbeByAddress = "2000 0000 000c 0303 0001 0400 c0000201";

    private const string NdOptions =
        "0101 020000000001 0304 40c0 00000e10 00000708 00000000 20010db8000000000000000000000000 0501 0000000005dc 1903 0000 00000e10 20010db8000000000000000000000035"
        + "1f02 0000 00000e10 0465786d7000 0000 1801 4000 00000e10";

    private static readonly string[] Quotes4 = [QuoteUdp4, QuoteTcp4, QuoteEcho4, QuoteFragment4, QuoteOptions4];
    private static readonly string[] Quotes6 = [QuoteUdp6, QuoteEcho6, QuoteChain6];

    /// <summary>Makes them.</summary>
    public static SeedFrame[] All() => [.. Version4(), .. Version6()];

    private static IEnumerable<SeedFrame> Version4()
    {
        foreach (byte type in (byte[])[0, 8])
            yield return Make4(type, 0, 0x1234_0001, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        foreach (byte type in (byte[])[3, 4, 5, 11, 12, 31, 40])
        {
            foreach (string quote in Quotes4)
                yield return Make4(type, 1, 0x0000_05DC, quote);
        }

        foreach (byte code in Enumerable.Range(0, 16).Select(code => (byte)code))
            yield return Make4(3, code, 1400, QuoteUdp4);
        foreach (byte type in (byte[])[3, 11, 12])
        {
            foreach (string quote in Quotes4)
            {
                yield return Make4(type, 0, 0x0020_0000, Pad(quote, 128) + Extension);
                yield return Make4(type, 0, 0, Pad(quote, 128) + Extension);
            }
        }

        yield return Make4(9, 0, 0x0202_0708, "c0000201 00000000 c0000202 80000000");
        yield return Make4(10, 0, 0, "");
        foreach (byte type in (byte[])[13, 14])
            yield return Make4(type, 0, 0x1234_0001, "00000001 00000002 80000003");
        foreach (byte type in (byte[])[15, 16])
            yield return Make4(type, 0, 0x1234_0001, "");
        foreach (byte type in (byte[])[17, 18])
            yield return Make4(type, 0, 0x1234_0001, "ffffff00");
        yield return Make4(30, 0, 0x1234_0000, "00010002 00000000 00000000");
        foreach (byte type in (byte[])[1, 2, 6, 7, 19, 29, 32, 33, 34, 35, 36, 37, 38, 39, 41, 44, 252, 253, 254, 255])
            yield return Make4(type, 0, 0x1234_0001, "0102030405060708");
        yield return Make4(42, 0, 0x1234_0101, ProbeByName);
        yield return Make4(42, 0, 0x1234_0101, ProbeByAddress);
        yield return Make4(43, 0, 0x1234_0147, "");
    }

    private static IEnumerable<SeedFrame> Version6()
    {
        foreach (byte type in (byte[])[1, 2, 3, 4])
        {
            foreach (string quote in Quotes6)
                yield return Make6(type, 0, 1280, quote);
        }

        foreach (byte type in (byte[])[1, 3])
        {
            foreach (string quote in Quotes6)
            {
                yield return Make6(type, 0, 0x1000_0000, Pad(quote, 128) + Extension);
                yield return Make6(type, 0, 0, Pad(quote, 128) + Extension);
            }
        }

        foreach (byte type in (byte[])[128, 129])
            yield return Make6(type, 0, 0x1234_0001, "000102030405060708090a0b0c0d0e0f");
        const string Group = "ff020000000000000000000000000001";
        const string Host = "20010db8000000000000000000000001";
        foreach (byte type in (byte[])[130, 131, 132])
            yield return Make6(type, 0, 0x03E8_0000, Group);
        yield return Make6(130, 0, 0x03E8_0000, Group + "02 7d 0002" + Host + Host);
        yield return Make6(133, 0, 0, "0101 020000000001");
        yield return Make6(134, 0, 0x40C0_0708, "00000001 00000002" + NdOptions);
        yield return Make6(135, 0, 0, Host + "0101 020000000001");
        yield return Make6(136, 0, 0xE000_0000, Host + "0201 020000000001");
        yield return Make6(137, 0, 0, Host + Host + "0201 020000000001 0408 000000000000" + QuoteUdp6);
        yield return Make6(137, 0, 0, Host + Host + "0408 000000000000" + QuoteUdp6 + "0408 000000000000" + QuoteEcho6);
        yield return Make6(137, 0, 0, Host + Host + "0408 000000000000" + QuoteEcho6 + "0408 000000000000" + QuoteUdp6);
        yield return Make6(138, 0, 0, "00000001");
        foreach (byte type in (byte[])[139, 140])
            yield return Make6(type, 0, 0x0003_0000, "0102030405060708" + Host);
        foreach (byte type in (byte[])[141, 142])
            yield return Make6(type, 0, 0, "0101 020000000001 0902 0000 0000 0000" + Host);
        yield return Make6(143, 0, 0x0000_0002, "0400 0001" + Group + Host + "0301 0000" + Group + "00000000");
        foreach (byte type in (byte[])[144, 145, 146, 147])
            yield return Make6(type, 0, 0x1234_0000, Host);
        foreach (byte type in (byte[])[148, 149])
            yield return Make6(type, 0, 0x1234_0000, "0b02 0000 00000000 0000000000000000");
        foreach (byte type in (byte[])[150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 162, 100, 101, 127, 200, 201, 255, 0])
            yield return Make6(type, 0, 0x1234_0001, "0102030405060708" + Host);
        yield return Make6(160, 0, 0x1234_0101, ProbeByName);
        yield return Make6(161, 0, 0x1234_0147, "");
    }

    private static SeedFrame Make4(byte type, byte code, uint rest, string body) =>
        Make(new PacketHeader(Address.FromIpv4(0xC000_0201), Address.FromIpv4(0xC633_6402)), type, code, rest, body);

    private static SeedFrame Make6(byte type, byte code, uint rest, string body) =>
        Make(
            new PacketHeader(new Address(0xFE80_0000_0000_0000, 1), new Address(0x2001_0DB8_0000_0000, 2), Ttl: 255),
            type,
            code,
            rest,
            body);

    private static SeedFrame Make(PacketHeader header, byte type, byte code, uint rest, string body)
    {
        byte[] payload = Bytes(body);
        byte[] frame = new byte[FrameBuilder.PayloadOffset(header.Source) + payload.Length];
        payload.CopyTo(frame.AsSpan(FrameBuilder.PayloadOffset(header.Source)));
        int length = FrameBuilder.Finish(frame, header, type, code, rest, payload.Length);
        return new SeedFrame(frame[..length], 1, (uint)length);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static string Pad(string quote, int bytes) => quote + new string('0', (2 * bytes) - (2 * Bytes(quote).Length));
}
