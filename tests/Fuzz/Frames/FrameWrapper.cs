using System.Buffers.Binary;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;

namespace IcmpStream.Fuzz.Frames;

/// <summary>
/// Takes a frame's packet out of its link layer and puts it into others: tunnels, tags and shims by chance, as deep as chance
/// has it, and at last a link layer. Headers are put in front of what is there, so each knows its length.
/// </summary>
public sealed class FrameWrapper
{
    private const int LinkEthernet = 1;

    private readonly FrameMap _map;

    /// <summary>Makes a wrapper that maps with <paramref name="map"/>.</summary>
    public FrameWrapper(FrameMap map) => _map = map;

    // What stands at the front of the case.
    private enum Front
    {
        Ip,
        Ethernet,
    }

    /// <summary>Wraps, if there is an IP packet to wrap.</summary>
    public void Wrap(FuzzCase made, ref SplitMix chance)
    {
        _map.Read(made.Bytes, made.LinkType);
        if (_map.Packets.IsEmpty)
            return;
        Front front = Front.Ethernet;
        if (made.LinkType != LinkEthernet || chance.Below(2) == 0)
        {
            made.Remove(0, _map.Packets[(int)chance.Below(_map.Packets.Length)].Start);
            front = Front.Ip;
        }

        int depth = chance.Below(8) == 0 ? 9 : 1 + (int)chance.Below(3);
        for (int i = 0; i < depth; i++)
            front = Tunnel(made, front, ref chance);
        Link(made, front, ref chance);
        made.OriginalBytes = (uint)made.Length;
    }

    private static Front Tunnel(FuzzCase made, Front front, ref SplitMix chance)
    {
        Span<byte> header = stackalloc byte[64];
        chance.Fill(header);
        if (front == Front.Ip && chance.Below(6) == 0)
        {
            Ethernet(made, ref chance);
            return Front.Ethernet;
        }

        bool isIp = front == Front.Ip;
        ushort etherType = isIp ? EtherType(made) : (ushort)0x6558;
        switch (chance.Below(15))
        {
            case 0:
                return Ip(made, isIp ? InnerProtocol(made) : (byte)143, ref chance);
            case 1:
                return Gre(made, etherType, header, ref chance);
            case 2 when !isIp:
                return Erspan(made, header, ref chance);
            case 3 when !isIp:
                (header[0], header[3]) = (0x08, 0);
                made.Prepend(header[..8]);
                return Udp(made, chance.Below(4) == 0 ? (ushort)8472 : (ushort)4789, ref chance);
            case 4:
                return Geneve(made, etherType, header, ref chance);
            case 5 when isIp && etherType == 0x86DD:
                return Udp(made, 3544, ref chance);
            case 6 when isIp:
                return Gtp(made, header, ref chance);
            case 7 when isIp:
                return Authentication(made, header, ref chance);
            case 8 when isIp:
                (header[0], header[1]) = ((byte)chance.Below(3), InnerProtocol(made));
                made.Prepend(header[..(4 + (header[0] * 4))]);
                return Udp(made, 6080, ref chance);
            case 9:
                return Labels(made, header, ref chance);
            case 10 when !isIp:
                (header[0], header[1]) = (0x30, 0);
                made.Prepend(header[..2]);
                return Ip(made, 97, ref chance);
            case 11 when isIp:
                header[0] = 0x21;
                made.Prepend(header[..8]);
                return Ip(made, 103, ref chance);
            case 12 when !isIp:
                (header[0], header[1], header[2], header[3], header[4]) = (1, 0, 0, 1, 1);
                made.Prepend(header[..5]);
                return Udp(made, 37008, ref chance);
            case 13 when !isIp:
                return Sample(made, header, ref chance);
            case 14 when !isIp:
                // CAPWAP data of an Ethernet frame: preamble 0, header of two words.
                (header[0], header[1], header[2], header[3]) = (0, 2 << 3, 0, 0);
                made.Prepend(header[..8]);
                return Udp(made, 5247, ref chance);
            default:
                return isIp ? Ip(made, InnerProtocol(made), ref chance) : Gre(made, etherType, header, ref chance);
        }
    }

    private static Front Ip(FuzzCase made, byte protocol, ref SplitMix chance)
    {
        if (chance.Below(3) == 0)
            return Ipv6(made, protocol, ref chance);
        Span<byte> header = stackalloc byte[20];
        chance.Fill(header);
        header[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(made.Length + 20));
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], chance.Below(16) == 0 ? (ushort)0x2000 : (ushort)0x4000);
        header[9] = protocol;
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], FrameBuilder.Checksum(header));
        made.Prepend(header);
        return Front.Ip;
    }

    private static Front Ipv6(FuzzCase made, byte protocol, ref SplitMix chance)
    {
        Span<byte> header = stackalloc byte[40];
        ReadOnlySpan<byte> kinds = [0, 43, 44, 60, 135, 139, 140, 51];
        int most = chance.Below(32) == 0 ? 40 : 4;
        for (int left = (int)chance.Below(most); left > 0; left--)
        {
            chance.Fill(header);
            byte kind = kinds[(int)chance.Below(kinds.Length)];
            int units = (int)chance.Below(3);
            (header[0], header[1]) = (protocol, kind == 51 ? (byte)4 : (byte)units);
            if (kind == 44)
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], 0);
            made.Prepend(header[..(kind switch { 44 => 8, 51 => 24, _ => (units + 1) * 8 })]);
            protocol = kind;
        }

        chance.Fill(header);
        header[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)made.Length);
        header[6] = protocol;
        made.Prepend(header);
        return Front.Ip;
    }

    private static Front Udp(FuzzCase made, ushort port, ref SplitMix chance)
    {
        Span<byte> header = stackalloc byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)(49152 + chance.Below(16000)));
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], port);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(made.Length + 8));
        made.Prepend(header);
        return Ip(made, 17, ref chance);
    }

    private static Front Gre(FuzzCase made, ushort etherType, Span<byte> header, ref SplitMix chance)
    {
        int flags = ((int)chance.Below(16) << 12) & 0xB000;
        BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], etherType);
        made.Prepend(header[..(4 + (4 * System.Numerics.BitOperations.PopCount((uint)flags)))]);
        return Ip(made, 47, ref chance);
    }

    private static Front Erspan(FuzzCase made, Span<byte> header, ref SplitMix chance)
    {
        int type = 1 + (int)chance.Below(3);
        bool hasPlatform = chance.Below(2) == 0;
        if (type == 3)
            BinaryPrimitives.WriteUInt16BigEndian(header[10..], hasPlatform ? (ushort)1 : (ushort)0);
        made.Prepend(header[..(type switch { 1 => 0, 2 => 8, _ => hasPlatform ? 20 : 12 })]);
        BinaryPrimitives.WriteUInt16BigEndian(header, type == 1 ? (ushort)0 : (ushort)0x1000);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], type == 3 ? (ushort)0x22EB : (ushort)0x88BE);
        made.Prepend(header[..(type == 1 ? 4 : 8)]);
        return Ip(made, 47, ref chance);
    }

    private static Front Geneve(FuzzCase made, ushort etherType, Span<byte> header, ref SplitMix chance)
    {
        header[0] = (byte)chance.Below(4);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], etherType);
        made.Prepend(header[..(8 + (header[0] * 4))]);
        return Udp(made, 6081, ref chance);
    }

    private static Front Gtp(FuzzCase made, Span<byte> header, ref SplitMix chance)
    {
        bool hasOptions = chance.Below(2) == 0;
        (header[0], header[1]) = (hasOptions ? (byte)0x32 : (byte)0x30, 255);
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(made.Length + (hasOptions ? 4 : 0)));
        made.Prepend(header[..(hasOptions ? 12 : 8)]);
        return Udp(made, 2152, ref chance);
    }

    private static Front Authentication(FuzzCase made, Span<byte> header, ref SplitMix chance)
    {
        (header[0], header[1]) = (InnerProtocol(made), 4);
        made.Prepend(header[..24]);
        return Ip(made, 51, ref chance);
    }

    private static Front Labels(FuzzCase made, Span<byte> header, ref SplitMix chance)
    {
        Stack(made, header, ref chance);
        if (chance.Below(2) != 0)
            return Ip(made, 137, ref chance);
        return Udp(made, 6635, ref chance);
    }

    private static void Stack(FuzzCase made, Span<byte> header, ref SplitMix chance)
    {
        int labels = 1 + (int)chance.Below(chance.Below(8) == 0 ? 12 : 3);
        for (int i = 0; i < labels; i++)
        {
            header[2] = (byte)(i == 0 ? header[2] | 1 : header[2] & ~1);
            made.Prepend(header[..4]);
        }
    }

    // One flow sample with one raw header, in an sFlow datagram of an IPv4 agent.
    private static Front Sample(FuzzCase made, Span<byte> header, ref SplitMix chance)
    {
        Span<byte> words = stackalloc byte[25 * 4];
        words.Clear();
        int length = made.Length;
        int at = 0;
        foreach (int word in (ReadOnlySpan<int>)[5, 1, 0x0A000001, 0, 1, 1, 1, 1, 32 + 24 + length, 1, 1, 1, 1, 0, 1, 2, 1, 1, 16 + length, 1, length, 0, length])
        {
            BinaryPrimitives.WriteInt32BigEndian(words[at..], word);
            at += 4;
        }

        if (chance.Below(8) == 0)
            words[(int)chance.Below(at)] = header[0];
        made.Prepend(words[..at]);
        return Udp(made, 6343, ref chance);
    }

    private static void Ethernet(FuzzCase made, ref SplitMix chance)
    {
        Span<byte> header = stackalloc byte[64];
        chance.Fill(header);
        ushort etherType = EtherType(made);
        switch (chance.Below(8))
        {
            case 0:
                Stack(made, header, ref chance);
                etherType = 0x8847;
                break;
            case 1:
                BinaryPrimitives.WriteUInt16BigEndian(header[6..], etherType == 0x86DD ? (ushort)0x0057 : (ushort)0x0021);
                BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(made.Length + 2));
                (header[0], header[1]) = (0x11, 0);
                made.Prepend(header[..8]);
                etherType = 0x8864;
                break;
            case 2 when made.Length < 1400:
                (header[0], header[1], header[2], header[3], header[4], header[5]) = (0xAA, 0xAA, 3, 0, 0, 0);
                BinaryPrimitives.WriteUInt16BigEndian(header[6..], etherType);
                made.Prepend(header[..8]);
                etherType = (ushort)made.Length;
                break;
            default:
                break;
        }

        int tags = chance.Below(4) == 0 ? (int)chance.Below(5) : 0;
        for (int i = 0; i < tags; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header[2..], etherType);
            made.Prepend(header[..4]);
            etherType = chance.Below(2) == 0 ? (ushort)0x8100 : (ushort)0x88A8;
        }

        BinaryPrimitives.WriteUInt16BigEndian(header[12..], etherType);
        made.Prepend(header[..14]);
    }

    private static void Link(FuzzCase made, Front front, ref SplitMix chance)
    {
        made.LinkType = LinkEthernet;
        if (front == Front.Ethernet)
            return;
        Span<byte> header = stackalloc byte[32];
        chance.Fill(header);
        ushort etherType = EtherType(made);
        switch (chance.Below(12))
        {
            case 0:
                made.LinkType = 101;
                break;
            case 1:
                made.LinkType = 113;
                BinaryPrimitives.WriteUInt16BigEndian(header[14..], etherType);
                (header[2], header[3]) = (0, 1);
                made.Prepend(header[..16]);
                break;
            case 2:
                made.LinkType = 276;
                BinaryPrimitives.WriteUInt16BigEndian(header, etherType);
                (header[8], header[9]) = (0, 1);
                made.Prepend(header[..20]);
                break;
            case 3:
                made.LinkType = chance.Below(2) == 0 ? (ushort)0 : (ushort)108;
                BinaryPrimitives.WriteUInt32LittleEndian(header, etherType == 0x86DD ? 24u : 2u);
                made.Prepend(header[..4]);
                break;
            case 4:
                made.LinkType = 9;
                BinaryPrimitives.WriteUInt32BigEndian(header, 0xFF03_0021u + (etherType == 0x86DD ? 0x36u : 0));
                made.Prepend(header[..4]);
                break;
            case 5:
                made.LinkType = 105;
                BinaryPrimitives.WriteUInt16BigEndian(header[6..], etherType);
                (header[0], header[1], header[2], header[3], header[4], header[5]) = (0xAA, 0xAA, 3, 0, 0, 0);
                made.Prepend(header[..8]);
                chance.Fill(header);
                (header[0], header[1], header[22]) = (0x08, 0x01, 0);
                made.Prepend(header[..24]);
                break;
            default:
                Ethernet(made, ref chance);
                break;
        }
    }

    private static ushort EtherType(FuzzCase made) => IsVersion6(made) ? (ushort)0x86DD : (ushort)0x0800;

    private static byte InnerProtocol(FuzzCase made) => IsVersion6(made) ? (byte)41 : (byte)4;

    private static bool IsVersion6(FuzzCase made) => made.Length > 0 && made.Bytes[0] >> 4 == 6;
}
