using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Tshark;

/// <summary>
/// ICMP messages of every type, by chance: right ones mostly, with the fields, quotes, extensions, options and records that the type
/// has, and now and then with a wrong checksum or an end where none should be.
/// </summary>
internal sealed class WireMessages(Random chance)
{
    // IANA "ICMP Parameters" and "ICMPv6 Parameters", with a few that are not assigned.
    private static readonly byte[] Types4 = [.. Enumerable.Range(0, 20).Select(i => (byte)i), .. Enumerable.Range(30, 15).Select(i => (byte)i), 99, 253, 254, 255];
    private static readonly byte[] Types6 =
        [.. Enumerable.Range(0, 6).Select(i => (byte)i), 100, 101, 127, .. Enumerable.Range(128, 35).Select(i => (byte)i), 200, 201, 254, 255];

    /// <summary>A message, for ICMPv6 with the checksum for these addresses.</summary>
    public byte[] Make(bool six, string source, string destination)
    {
        byte type = Type(six);
        byte code = (byte)(chance.Next(4) == 0 ? chance.Next(20) : 0);
        byte[] body = six ? Body6(type, ref code) : Body4(type, ref code);
        if (chance.Next(30) == 0)
            body = body[..chance.Next(body.Length + 1)];
        byte[] message = [type, code, 0, 0, .. body];
        byte[] pseudo = six ? [.. Bytes(source), .. Bytes(destination), .. Be32((uint)message.Length), 0, 0, 0, 58] : [];
        Put16(message, 2, Checksum([.. pseudo, .. message]));
        if (chance.Next(25) == 0)
            message[chance.Next(2, message.Length)] ^= (byte)(1 << chance.Next(8));
        return message;
    }

    private byte Type(bool six)
    {
        byte[] often = six ? [1, 2, 3, 4, 128, 129, 130, 131, 133, 134, 135, 136, 137, 139, 140, 143, 155, 160, 161] : [0, 3, 5, 8, 9, 11, 12, 13, 14, 42, 43];
        byte[] all = six ? Types6 : Types4;
        return chance.Next(2) == 0 ? often[chance.Next(often.Length)] : all[chance.Next(all.Length)];
    }

    private byte[] Body4(byte type, ref byte code)
    {
        switch (type)
        {
            case 0 or 8:
                return [.. Random(4), .. Payload()];
            case 3 or 11 or 12:
                return Error(four: true);
            case 4 or 5 or 40:
                return [.. Random(4), .. Quote(four: true)];
            case 9:
                int count = chance.Next(1, 4);
                return [(byte)count, 2, .. Be16(1800), .. Random(8 * count)];
            case 13 or 14:
                return [.. Random(4), .. Random(12)];
            case 17 or 18:
                return [.. Random(8)];
            case 42:
                return [.. Random(3), 1, .. Extension(ExtensionObject(3, 2, Random(4))), .. chance.Next(2) == 0 ? Random(chance.Next(20)) : []];
            case 43:
                code = (byte)chance.Next(6);
                return Random(4);
            default:
                return Random(chance.Next(4, 60));
        }
    }

    private byte[] Body6(byte type, ref byte code)
    {
        switch (type)
        {
            case 128 or 129:
                return [.. Random(4), .. Payload()];
            case 1 or 3:
                return Error(four: false);
            case 2 or 4:
                return [.. Random(4), .. Quote(four: false)];
            case 130 when chance.Next(2) == 0:
                int sources = chance.Next(4);
                return [.. Random(4), .. Random(16), .. Random(2), .. Be16((ushort)sources), .. Random(16 * sources)];
            case 130 or 131 or 132:
                return [.. Random(4), .. Random(16)];
            case 133:
                return [0, 0, 0, 0, .. Options()];
            case 134:
                return [64, (byte)chance.Next(256), .. Random(2), .. Random(8), .. Options()];
            case 135 or 136:
                return [.. Random(4), .. Random(16), .. Options()];
            case 137:
                return [.. Random(4), .. Random(32), .. Options()];
            case 138:
                return [.. Random(12), .. Random(8 * chance.Next(6))];
            case 139 or 140:
                code = (byte)chance.Next(3);
                return [.. Be16((ushort)chance.Next(5)), .. Random(2), .. Random(8), .. Random(4 * chance.Next(6))];
            case 141 or 142 or 147 or 148:
                return [.. Random(4), .. Options()];
            case 149:
                return [.. Random(8), .. Options()];
            case 143:
                return Report();
            case 155:
                code = (byte)(chance.Next(5) + (chance.Next(4) == 0 ? 0x80 : 0));
                return Random(chance.Next(4, 60));
            case 159:
                // A seed information with a seed of two bytes and a bitmap of one (RFC 7731 section 6.3).
                return [(byte)chance.Next(256), (1 << 2) | 1, .. Random(2), 1];
            case 160:
                return [.. Random(3), 1, .. Extension(ExtensionObject(3, 2, Random(4)))];
            case 161:
                code = (byte)chance.Next(6);
                return Random(4);
            default:
                return Random(chance.Next(4, 60));
        }
    }

    // RFC 4884: with a length, without one as old senders, and without an extension.
    private byte[] Error(bool four)
    {
        byte[] quote = Quote(four);
        byte[] rest = Random(4);
        rest[four ? 1 : 0] = 0;
        if (chance.Next(2) == 0)
            return [.. rest, .. quote];
        byte[] padded = Pad(quote.Length > 128 ? quote[..128] : quote, 128);
        if (chance.Next(3) != 0)
            rest[four ? 1 : 0] = (byte)(128 / (four ? 4 : 8));
        return [.. rest, .. padded, .. Extension([.. Enumerable.Range(0, chance.Next(1, 4)).Select(_ => Object())])];
    }

    private byte[] Object() => chance.Next(6) switch
    {
        0 or 1 => ExtensionObject(1, 1, [.. Enumerable.Range(0, chance.Next(1, 4)).SelectMany(_ => Random(4))]),
        2 => ExtensionObject(2, 0x0F, [.. Random(4), 0, 1, 0, 0, .. Random(4), 8, .. "eth0\0\0\0"u8, .. Be32(1500)]),
        3 => ExtensionObject(2, 0x0C, [.. Random(4), 0, 2, 0, 0, .. Random(16)]),
        4 => ExtensionObject(3, 1, [.. "ge-0/0/0"u8]),
        _ => ExtensionObject((byte)chance.Next(4, 250), (byte)chance.Next(256), Random(4 * chance.Next(4))),
    };

    private byte[] Quote(bool four)
    {
        byte[] transport = chance.Next(5) switch
        {
            0 => [.. Be16((ushort)chance.Next(1024, 65536)), .. Be16((ushort)chance.Next(1, 65536)), .. Random(16)],
            1 => four ? Icmpv4(8, 0, (uint)chance.Next(), Random(8)) : Icmpv6(128, 0, (uint)chance.Next(), Random(8)),
            2 => Random(8),
            _ => Udp((ushort)chance.Next(1024, 65536), (ushort)chance.Next(33434, 33500), Random(12)),
        };
        byte protocol = (byte)(chance.Next(5) switch { 0 => 6, 1 => four ? 1 : 58, _ => 17 });
        byte[] packet = four
            ? Ipv4(transport, protocol, ttl: (byte)chance.Next(1, 5), totalBytes: chance.Next(4) == 0 ? chance.Next(60, 1500) : null)
            : Ipv6(transport, protocol, hopLimit: (byte)chance.Next(1, 5));
        return chance.Next(6) == 0 ? packet[..chance.Next(packet.Length)] : packet;
    }

    private byte[] Report()
    {
        int records = chance.Next(4);
        IEnumerable<byte> all = [.. Random(2), .. Be16((ushort)records)];
        for (int record = 0; record < records; record++)
        {
            int sources = chance.Next(3), auxiliary = chance.Next(2);
            all = all.Concat([(byte)chance.Next(1, 7), (byte)auxiliary, .. Be16((ushort)sources), .. Random(16), .. Random(16 * sources), .. Random(4 * auxiliary)]);
        }

        return [.. all];
    }

    // Types 1 to 5 and 24, 25, 31, 38 and others of IANA's list, with a length that fits.
    private byte[] Options()
    {
        IEnumerable<byte> all = [];
        for (int option = chance.Next(4); option > 0; option--)
        {
            (byte type, int units) = chance.Next(11) switch
            {
                0 => ((byte)1, 1),
                1 => ((byte)2, 1),
                2 => ((byte)3, 4),
                3 => ((byte)5, 1),
                4 => ((byte)25, 3),
                5 => ((byte)31, 3),
                6 => ((byte)14, 1),
                7 => ((byte)24, 2),
                8 => ((byte)38, 2),
                9 => ((byte)13, 2),
                _ => ((byte)chance.Next(6, 255), chance.Next(1, 4)),
            };
            all = all.Concat([type, (byte)(chance.Next(40) == 0 ? 0 : units), .. Random((8 * units) - 2)]);
        }

        return [.. all];
    }

    private byte[] Payload() => chance.Next(4) switch
    {
        0 => [],
        1 => Iputils(),
        2 => [.. "abcdefghijklmnopqrstuvwabcdefghi"u8],
        _ => Random(chance.Next(1, 200)),
    };

    private byte[] Random(int bytes)
    {
        byte[] random = new byte[bytes];
        chance.NextBytes(random);
        return random;
    }
}
