using System.Buffers.Binary;
using System.Net;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>
/// Frames put together layer by layer, inside out, with every length and checksum filled in: <c>Ethernet(Ipv4(Echo(1, 2)))</c>.
/// </summary>
internal static class Frames
{
    public const string Source4 = "192.0.2.1", Destination4 = "198.51.100.2";
    public const string Source6 = "2001:db8::1", Destination6 = "2001:db8::2";

    public const ushort Ipv4Type = 0x0800, Ipv6Type = 0x86DD, VlanType = 0x8100, MplsType = 0x8847;

    /// <summary>What iputils sends: a timeval, then byte i is i.</summary>
    public static byte[] Iputils(int bytes = 56) =>
        [.. Le64(1_700_000_000), .. Le64(123_456), .. Enumerable.Range(16, bytes - 16).Select(i => (byte)i)];

    public static byte[] Ethernet(byte[] payload, ushort type = 0) =>
        [0x02, 0, 0, 0, 0, 2, 0x02, 0, 0, 0, 0, 1, .. Be16(type != 0 ? type : TypeOf(payload)), .. payload];

    public static byte[] Vlan(int id, byte[] payload, ushort type = 0) => [.. Be16((ushort)(0xA000 | id)), .. Be16(type != 0 ? type : TypeOf(payload)), .. payload];

    public static byte[] Mpls(byte[] payload, params uint[] labels) =>
        [.. labels.SelectMany((label, i) => Be32((label << 12) | (i == labels.Length - 1 ? 0x100U : 0) | 64)), .. payload];

    public static byte[] Ipv4(
        byte[] payload, byte protocol = 1, byte ttl = 64, ushort id = 0x1234, ushort fragment = 0, byte[]? options = null, int? totalBytes = null,
        string source = Source4, string destination = Destination4, byte serviceType = 0)
    {
        int headerBytes = 20 + (options?.Length ?? 0);
        byte[] header =
        [
            (byte)(0x40 | (headerBytes / 4)), serviceType, .. Be16((ushort)(totalBytes ?? headerBytes + payload.Length)), .. Be16(id), .. Be16(fragment),
            ttl, protocol, 0, 0, .. Bytes(source), .. Bytes(destination), .. options ?? [],
        ];
        Put16(header, 10, Checksum(header));
        return [.. header, .. payload];
    }

    public static byte[] Ipv6(
        byte[] payload, byte next = 58, byte hopLimit = 64, int? payloadBytes = null, string source = Source6, string destination = Destination6,
        byte trafficClass = 0) =>
        [
            .. Be32(0x6000_0000U | ((uint)trafficClass << 20)), .. Be16((ushort)(payloadBytes ?? payload.Length)), next, hopLimit, .. Bytes(source),
            .. Bytes(destination), .. payload,
        ];

    public static byte[] Icmpv4(byte type, byte code, uint rest, params byte[] payload)
    {
        byte[] message = [type, code, 0, 0, .. Be32(rest), .. payload];
        Put16(message, 2, Checksum(message));
        return message;
    }

    public static byte[] Icmpv6(byte type, byte code, uint rest, params byte[] payload) => Icmpv6(type, code, rest, Source6, Destination6, payload);

    public static byte[] Icmpv6(byte type, byte code, uint rest, string source, string destination, byte[] payload)
    {
        byte[] message = [type, code, 0, 0, .. Be32(rest), .. payload];
        byte[] pseudo = [.. Bytes(source), .. Bytes(destination), .. Be32((uint)message.Length), 0, 0, 0, 58];
        Put16(message, 2, Checksum([.. pseudo, .. message]));
        return message;
    }

    /// <summary>An IPv4 packet with an echo request.</summary>
    public static byte[] Ping4(ushort id = 0x0102, ushort seq = 0x0304, params byte[] payload) => Ipv4(Icmpv4(8, 0, Rest(id, seq), payload));

    /// <summary>An IPv6 packet with an echo request.</summary>
    public static byte[] Ping6(ushort id = 0x0102, ushort seq = 0x0304, params byte[] payload) => Ipv6(Icmpv6(128, 0, Rest(id, seq), payload));

    public static byte[] Udp(ushort source, ushort destination, params byte[] payload) =>
        [.. Be16(source), .. Be16(destination), .. Be16((ushort)(8 + payload.Length)), 0, 0, .. payload];

    /// <summary>A UDP datagram in IPv4, to a port that names a tunnel.</summary>
    public static byte[] Tunnel(ushort port, params byte[] payload) => Ipv4(Udp(50_000, port, payload), protocol: 17, source: "203.0.113.1", destination: "203.0.113.2");

    public static byte[] Gre(ushort protocol, byte[] payload, ushort flags = 0, params byte[] fields) =>
        Ipv4([.. Be16(flags), .. Be16(protocol), .. fields, .. payload], protocol: 47, source: "203.0.113.1", destination: "203.0.113.2");

    /// <summary>An RFC 4884 extension structure with its checksum.</summary>
    public static byte[] Extension(params byte[][] objects)
    {
        byte[] extension = [0x20, 0, 0, 0, .. objects.SelectMany(o => o)];
        Put16(extension, 2, Checksum(extension));
        return extension;
    }

    public static byte[] ExtensionObject(byte number, byte type, params byte[] body) => [.. Be16((ushort)(4 + body.Length)), number, type, .. body];

    public static byte[] Pad(byte[] bytes, int length) => [.. bytes, .. new byte[length - bytes.Length]];

    public static uint Rest(ushort high, ushort low) => ((uint)high << 16) | low;

    public static byte[] Bytes(string address) => IPAddress.Parse(address).GetAddressBytes();

    public static Address Address(string text) => Schemas.Address.TryParse(text, out Address address) ? address : throw new ArgumentException(text);

    public static byte[] Be16(ushort value) => [(byte)(value >> 8), (byte)value];

    public static byte[] Be32(uint value) => [.. Be16((ushort)(value >> 16)), .. Be16((ushort)value)];

    public static byte[] Le64(ulong value) => [.. Enumerable.Range(0, 8).Select(i => (byte)(value >> (8 * i)))];

    public static void Put16(byte[] bytes, int at, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), value);

    /// <summary>RFC 1071, in the plainest way: the twin of the decoder's.</summary>
    public static ushort Checksum(byte[] bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i++)
            sum += (uint)(i % 2 == 0 ? bytes[i] << 8 : bytes[i]);
        while (sum > ushort.MaxValue)
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        return (ushort)~sum;
    }

    private static ushort TypeOf(byte[] payload) => payload.Length > 0 && payload[0] >> 4 == 6 ? Ipv6Type : Ipv4Type;
}
