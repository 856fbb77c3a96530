using static IcmpStream.Ingest.Tests.Decode.Frames;

namespace IcmpStream.Ingest.Tests.Tshark;

/// <summary>IP packets with an ICMP message inside, bare or in tunnels, by chance.</summary>
internal sealed class WirePackets(Random chance)
{
    private readonly WireMessages _messages = new(chance);

    /// <summary>A packet, with up to so many tunnels around the message.</summary>
    public byte[] Make(int tunnels)
    {
        byte[] packet = chance.Next(2) == 0 ? Packet4() : Packet6();
        for (; tunnels > 0; tunnels--)
            packet = Tunnel(packet);
        return packet;
    }

    /// <summary>An IPv4 packet without a tunnel.</summary>
    public byte[] Make4() => Packet4();

    /// <summary>An Ethernet frame around a packet, with tags and labels now and then.</summary>
    public byte[] Link(byte[] packet)
    {
        ushort type = (ushort)(packet[0] >> 4 == 6 ? Ipv6Type : Ipv4Type);
        switch (chance.Next(10))
        {
            case 0:
                packet = Mpls(packet, [.. Labels()]);
                type = MplsType;
                break;
            case 1:
                packet = [0x11, 0, 0, 7, .. Be16((ushort)(packet.Length + 2)), .. Be16((ushort)(type == Ipv6Type ? 0x57 : 0x21)), .. packet];
                type = 0x8864;
                break;
            case 2:
                packet = [0xAA, 0xAA, 3, 0, 0, 0, .. Be16(type), .. packet];
                type = (ushort)packet.Length;
                if (type > 1500)
                    type = 0x8870;
                break;
            default:
                break;
        }

        for (int tags = chance.Next(5) == 0 ? chance.Next(1, 3) : 0; tags > 0; tags--)
        {
            packet = Vlan(chance.Next(4096), packet, type);
            type = VlanType;
        }

        return Ethernet(packet, type);
    }

    private byte[] Packet4()
    {
        (string source, string destination) = (Address4(), Address4());
        byte[] message = _messages.Make(six: false, source, destination);
        byte[]? options = chance.Next(8) switch
        {
            0 => [0x94, 4, 0, 0],
            1 => [7, 7, 4, 0, 0, 0, 0, 0],
            2 => [1, 1, 1, 0],
            _ => null,
        };
        (byte protocol, byte[] payload) = ((byte)1, message);
        if (chance.Next(20) == 0)
            (protocol, payload) = (51, [1, 4, 0, 0, .. Random(20), .. message]);
        bool isFragment = chance.Next(15) == 0 && payload.Length >= 16;
        if (isFragment)
            payload = payload[..(payload.Length / 2 & ~7)];
        return Ipv4(
            payload, protocol, (byte)chance.Next(1, 256), (ushort)chance.Next(65536), (ushort)(isFragment ? 0x2000 : chance.Next(2) * 0x4000), options,
            source: source, destination: destination, serviceType: (byte)chance.Next(256));
    }

    private byte[] Packet6()
    {
        (string source, string destination) = (Address6(), Address6());
        string final = destination;
        List<(byte Kind, byte[] Bytes)> headers = [];
        if (chance.Next(6) == 0)
            headers.Add((0, chance.Next(2) == 0 ? [0, 0, 5, 2, 0, 0, 1, 0] : [0, 1, 1, 12, .. new byte[12]]));
        if (chance.Next(10) == 0)
        {
            final = Address6();
            headers.Add((43, chance.Next(2) == 0 ? [0, 2, 0, 1, 0, 0, 0, 0, .. Bytes(final)] : [0, 2, 2, 1, 0, 0, 0, 0, .. Bytes(final)]));
        }

        if (chance.Next(10) == 0)
            headers.Add((60, [0, 0, 1, 4, 0, 0, 0, 0]));
        if (chance.Next(20) == 0)
            headers.Add((51, [0, 4, 0, 0, .. Random(20)]));
        byte[] message = _messages.Make(six: true, source, final);
        if (chance.Next(15) == 0)
        {
            bool more = message.Length >= 16 && chance.Next(2) == 0;
            if (more)
                message = message[..(message.Length / 2 & ~7)];
            headers.Add((44, [0, 0, 0, (byte)(more ? 1 : 0), .. Random(4)]));
        }

        byte next = 58;
        for (int header = headers.Count - 1; header >= 0; header--)
        {
            (byte kind, byte[] bytes) = headers[header];
            bytes[0] = next;
            message = [.. bytes, .. message];
            next = kind;
        }

        byte hops = (byte)(chance.Next(2) == 0 ? 255 : chance.Next(1, 256));
        return Ipv6(message, next, hops, source: source, destination: destination, trafficClass: (byte)chance.Next(256));
    }

    private byte[] Tunnel(byte[] packet)
    {
        bool six = packet[0] >> 4 == 6;
        ushort type = six ? Ipv6Type : Ipv4Type;
        return chance.Next(24) switch
        {
            0 or 1 => Outer(six ? (byte)41 : (byte)4, packet),
            2 => Outer(47, [.. Be16(0), .. Be16(type), .. packet]),
            3 => Outer(47, [.. Be16(0xB000), .. Be16(type), .. Random(12), .. packet]),
            4 => Outer(47, [.. Be16(0x2000), .. Be16(0x6558), .. Random(4), .. Link(packet)]),
            5 => Outer(47, [.. Be16(0), .. Be16(0x88BE), .. Link(packet)]),
            6 => Outer(47, [.. Be16(0x1000), .. Be16(0x88BE), .. Random(4), 0x10, 0, 0, 100, 0, 0, 0, 0, .. Link(packet)]),
            7 => Outer(47, [.. Be16(0x1000), .. Be16(0x22EB), .. Random(4), 0x20, 0, 0, 100, .. Random(4), .. Random(2), 0, (byte)(chance.Next(4) << 1), .. Link(packet)]),
            8 or 9 => Datagram(4789, [8, 0, 0, 0, .. Random(3), 0, .. Link(packet)]),
            10 => Datagram(4790, [0x0C, 0, 0, (byte)(six ? 2 : 1), .. Random(3), 0, .. packet]),
            11 => Datagram(6081, [0, 0, .. Be16(0x6558), .. Random(3), 0, .. Link(packet)]),
            12 => Datagram(6081, [2, 0, .. Be16(type), .. Random(3), 0, 0, 0xFF, 1, 1, .. Random(4), .. packet]),
            13 => Datagram(2152, [0x30, 0xFF, .. Be16((ushort)packet.Length), .. Random(4), .. packet]),
            14 => Datagram(2152, [0x34, 0xFF, .. Be16((ushort)(packet.Length + 8)), .. Random(4), 0, 0, 0, 0x85, 1, 0x10, 1, 0, .. packet]),
            15 => Datagram(1701, [0x02, 0x02, .. Random(4), 0xFF, 3, .. Be16((ushort)(six ? 0x57 : 0x21)), .. packet]),
            16 => Datagram(1701, [0x40, 0x02, .. Be16((ushort)(packet.Length + 10)), .. Random(4), .. Be16((ushort)(six ? 0x57 : 0x21)), .. packet]),
            17 => Datagram(6635, Mpls(packet, [.. Labels()])),
            18 => Outer(137, Mpls(packet, [.. Labels()])),
            19 => Outer(97, [0x30, 0, .. Link(packet)]),
            20 => Datagram(4341, [0, 0, 0, 0, 0, 0, 0, 0, .. packet]),
            21 => Outer(47, [.. Be16(0), .. Be16(MplsType), .. Mpls(packet, [.. Labels()])]),
            22 => Outer(47, [.. Be16(0x3001), .. Be16(0x880B), .. Be16((ushort)(packet.Length + 4)), .. Random(2), .. Random(4), 0xFF, 3, .. Be16((ushort)(six ? 0x57 : 0x21)), .. packet]),
            _ => Datagram(37008, [1, 0, 0, 1, 1, .. Link(packet)]),
        };
    }

    private byte[] Outer(byte protocol, byte[] payload) => chance.Next(3) == 0
        ? Ipv6(payload, protocol, source: Address6(), destination: Address6())
        : Ipv4(payload, protocol, source: Address4(), destination: Address4());

    private byte[] Datagram(ushort port, byte[] payload) => Outer(17, Udp((ushort)chance.Next(49152, 65536), port, payload));

    private IEnumerable<uint> Labels() => Enumerable.Range(0, chance.Next(1, 4)).Select(_ => (uint)chance.Next(16, 1 << 20));

    private string Address4() => $"{chance.Next(1, 223)}.{chance.Next(256)}.{chance.Next(256)}.{chance.Next(1, 255)}";

    private string Address6() => $"2001:db8:{chance.Next(65536):x}::{chance.Next(65536):x}:{chance.Next(1, 65536):x}";

    private byte[] Random(int bytes)
    {
        byte[] random = new byte[bytes];
        chance.NextBytes(random);
        return random;
    }
}
