using System.Buffers.Binary;

namespace IcmpStream.Fuzz.Frames;

/// <summary>
/// Where a frame's fields are, read by rules of its own: a mutator that took the decoder's word for it would not see where the
/// decoder is wrong. It stops where it does not know on; the blind mutations reach the rest.
/// </summary>
public sealed partial class FrameMap
{
    private const int MaxFields = 512;
    private const int MaxPackets = 16;
    private const int MaxHeaders = 48;

    private const ushort EtherTypeIpv4 = 0x0800;
    private const ushort EtherTypeIpv6 = 0x86DD;
    private const ushort EtherTypeBridged = 0x6558;

    private readonly Field[] _fields = new Field[MaxFields];
    private readonly Packet[] _packets = new Packet[MaxPackets];
    private int _fieldCount;
    private int _packetCount;

    private enum Header
    {
        End,
        Ethernet,
        EtherType,
        Ip,
        Upper,
        Udp,
        Gre,
        Mpls,
        Ppp,
        Icmp,
    }

    /// <summary>The fields found.</summary>
    public ReadOnlySpan<Field> Fields => _fields.AsSpan(0, _fieldCount);

    /// <summary>The IP packets found, outermost first; those that errors quote are not among them.</summary>
    public ReadOnlySpan<Packet> Packets => _packets.AsSpan(0, _packetCount);

    /// <summary>Where the innermost ICMP message starts; 0 where there is none.</summary>
    public int MessageStart { get; private set; }

    /// <summary>True where that is ICMPv6.</summary>
    public bool IsMessageVersion6 { get; private set; }

    /// <summary>Where its RFC 4884 extension starts; 0 where there is none.</summary>
    public int ExtensionStart { get; private set; }

    /// <summary>Maps a frame; what was mapped before is forgotten.</summary>
    public void Read(ReadOnlySpan<byte> frame, ushort linkType)
    {
        _fieldCount = _packetCount = 0;
        MessageStart = ExtensionStart = 0;
        IsMessageVersion6 = false;
        int at = 0;
        int value = 0;
        Header header = First(frame, linkType, ref at, ref value);
        for (int count = 0; count < MaxHeaders && header != Header.End; count++)
            header = Next(frame, header, ref at, ref value);
    }

    private Header First(ReadOnlySpan<byte> frame, ushort linkType, ref int at, ref int value)
    {
        switch (linkType)
        {
            case 1:
                return Header.Ethernet;
            case 12 or 14 or 101 or 228 or 229:
                return Header.Ip;
            case 0 or 108:
                Add(0, 4, FieldKind.Type);
                at = 4;
                return Header.Ip;
            case 9 or 50:
                return Header.Ppp;
            case 113:
                at = 14;
                return EtherType(frame, ref at, ref value);
            case 276:
                Add(0, 2, FieldKind.Type);
                value = frame.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(frame) : 0;
                at = 20;
                return Header.EtherType;
            default:
                return Header.End;
        }
    }

    private Header Next(ReadOnlySpan<byte> frame, Header header, ref int at, ref int value)
    {
        switch (header)
        {
            case Header.Ethernet:
                at += 12;
                return EtherType(frame, ref at, ref value);
            case Header.EtherType:
                return Typed(frame, ref at, ref value);
            case Header.Ip:
                return Ip(frame, ref at, ref value);
            case Header.Upper:
                return Upper(frame, ref at, ref value);
            case Header.Udp:
                return Udp(frame, ref at, ref value);
            case Header.Gre:
                return Gre(frame, ref at, ref value);
            case Header.Mpls:
                return Mpls(frame, ref at);
            case Header.Ppp:
                return Ppp(frame, ref at);
            case Header.Icmp:
                Message(frame, at);
                return Header.End;
            default:
                return Header.End;
        }
    }

    private Header EtherType(ReadOnlySpan<byte> frame, ref int at, ref int value)
    {
        if (at + 2 > frame.Length)
            return Header.End;
        value = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
        Add(at, 2, FieldKind.Type);
        at += 2;
        return Header.EtherType;
    }

    private Header Typed(ReadOnlySpan<byte> frame, ref int at, ref int value)
    {
        switch (value)
        {
            case EtherTypeIpv4 or EtherTypeIpv6:
                return Header.Ip;
            case 0x8100 or 0x88A8 or 0x9100:
                Add(at, 2, FieldKind.Flags);
                at += 2;
                return EtherType(frame, ref at, ref value);
            case 0x8847 or 0x8848:
                return Header.Mpls;
            case 0x8864:
                Add(at, 1, FieldKind.Type);
                Add(at + 4, 2, FieldKind.Length);
                at += 6;
                return Header.Ppp;
            case EtherTypeBridged:
                return Header.Ethernet;
            case <= 1500:
                // A length: LLC, and with SNAP an EtherType behind it.
                Add(at, 2, FieldKind.Type);
                at += 6;
                return EtherType(frame, ref at, ref value);
            default:
                return Header.End;
        }
    }

    private Header Ppp(ReadOnlySpan<byte> frame, ref int at)
    {
        if (at + 2 <= frame.Length && frame[at] == 0xFF && frame[at + 1] == 3)
            at += 2;
        if (at + 2 > frame.Length)
            return Header.End;
        Add(at, 2, FieldKind.Type);
        at += 2;
        return BinaryPrimitives.ReadUInt16BigEndian(frame[(at - 2)..]) is 0x0021 or 0x0057 ? Header.Ip : Header.End;
    }

    private Header Mpls(ReadOnlySpan<byte> frame, ref int at)
    {
        for (int count = 0; count < 16 && at + 4 <= frame.Length; count++)
        {
            Add(at + 2, 1, FieldKind.Flags);
            at += 4;
            if ((frame[at - 2] & 1) != 0)
                return at < frame.Length && frame[at] >> 4 is 4 or 6 ? Header.Ip : Header.Ethernet;
        }

        return Header.End;
    }

    private Header Ip(ReadOnlySpan<byte> frame, ref int at, ref int value)
    {
        int version = at < frame.Length ? frame[at] >> 4 : 0;
        if (_packetCount == MaxPackets)
            return Header.End;
        return version switch
        {
            4 when at + 20 <= frame.Length => Ipv4(frame, ref at, ref value),
            6 when at + 40 <= frame.Length => Ipv6(frame, ref at, ref value),
            _ => Header.End,
        };
    }

    private Header Ipv4(ReadOnlySpan<byte> frame, ref int at, ref int value)
    {
        Add(at, 1, FieldKind.Length);
        Add(at + 2, 2, FieldKind.Length);
        Add(at + 6, 2, FieldKind.Flags);
        Add(at + 9, 1, FieldKind.Type);
        Add(at + 10, 2, FieldKind.Checksum);
        int end = Math.Min(frame.Length, at + BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]));
        int upper = at + ((frame[at] & 15) * 4);
        for (int option = at + 20; option + 1 < Math.Min(upper, frame.Length); option += 4)
            Add(option + 1, 1, FieldKind.Length);
        _packets[_packetCount++] = new Packet(at, upper, end);
        value = frame[at + 9];
        at = upper;
        return Header.Upper;
    }

    private Header Ipv6(ReadOnlySpan<byte> frame, ref int at, ref int value)
    {
        int start = at;
        Add(at, 1, FieldKind.Type);
        Add(at + 4, 2, FieldKind.Length);
        Add(at + 6, 1, FieldKind.Type);
        Add(at + 7, 1, FieldKind.Count);
        int end = Math.Min(frame.Length, at + 40 + BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 4)..]));
        value = frame[at + 6];
        at += 40;
        for (int count = 0; count < 16 && value is 0 or 43 or 44 or 60 or 135 or 139 or 140 && at + 8 <= frame.Length; count++)
        {
            Add(at, 1, FieldKind.Type);
            Add(at + 1, 1, FieldKind.Length);
            Add(at + 2, 2, FieldKind.Flags);
            int bytes = value == 44 ? 8 : (frame[at + 1] + 1) * 8;
            value = frame[at];
            at += bytes;
        }

        _packets[_packetCount++] = new Packet(start, at, end);
        return Header.Upper;
    }

    private Header Upper(ReadOnlySpan<byte> frame, ref int at, ref int value)
    {
        switch (value)
        {
            case 1 or 58:
                IsMessageVersion6 = value == 58;
                return Header.Icmp;
            case 4 or 41:
                return Header.Ip;
            case 17:
                return Header.Udp;
            case 47:
                return Header.Gre;
            case 137:
                return Header.Mpls;
            case 143:
                return Header.Ethernet;
            case 97:
                at += 2;
                return Header.Ethernet;
            case 103:
                Add(at, 1, FieldKind.Type);
                at += 8;
                return Header.Ip;
            case 51 when at + 12 <= frame.Length:
                Add(at, 1, FieldKind.Type);
                Add(at + 1, 1, FieldKind.Length);
                value = frame[at];
                at += (frame[at + 1] + 2) * 4;
                return Header.Upper;
            case 55 when at + 12 <= frame.Length:
                Add(at, 1, FieldKind.Type);
                Add(at + 1, 1, FieldKind.Flags);
                value = frame[at];
                at += frame[at + 1] >= 0x80 ? 12 : 8;
                return Header.Upper;
            default:
                return Header.End;
        }
    }

    private Header Gre(ReadOnlySpan<byte> frame, ref int at, ref int value)
    {
        if (at + 4 > frame.Length)
            return Header.End;
        Add(at, 2, FieldKind.Flags);
        Add(at + 2, 2, FieldKind.Type);
        int flags = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
        value = BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]);
        at += 4;
        if ((flags & 0xC000) != 0)
            at += 4;
        if ((flags & 0x2000) != 0)
            at += 4;
        if ((flags & 0x1000) != 0)
            at += 4;
        switch (value)
        {
            case 0x88BE:
                at += (flags & 0x1000) != 0 ? 8 : 0;
                return Header.Ethernet;
            case 0x22EB:
                Add(at + 10, 2, FieldKind.Flags);
                at += at + 12 <= frame.Length && (frame[at + 11] & 1) != 0 ? 20 : 12;
                return Header.Ethernet;
            default:
                return Header.EtherType;
        }
    }

    private Header Udp(ReadOnlySpan<byte> frame, ref int at, ref int value)
    {
        if (at + 16 > frame.Length)
            return Header.End;
        Add(at, 2, FieldKind.Type);
        Add(at + 2, 2, FieldKind.Type);
        Add(at + 4, 2, FieldKind.Length);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]);
        at += 8;
        switch (port)
        {
            case 4789 or 4790 or 8472:
                Add(at, 1, FieldKind.Flags);
                Add(at + 3, 1, FieldKind.Type);
                at += 8;
                return Header.Ethernet;
            case 6081:
                Add(at, 1, FieldKind.Length);
                Add(at + 2, 2, FieldKind.Type);
                value = BinaryPrimitives.ReadUInt16BigEndian(frame[(at + 2)..]);
                at += 8 + ((frame[at] & 0x3F) * 4);
                return Header.EtherType;
            case 3544:
                Add(at + 2, 1, FieldKind.Length);
                Add(at + 3, 1, FieldKind.Length);
                return Header.Ip;
            case 2152:
                Add(at, 1, FieldKind.Flags);
                Add(at + 1, 1, FieldKind.Type);
                Add(at + 2, 2, FieldKind.Length);
                Add(at + 11, 1, FieldKind.Type);
                at += (frame[at] & 7) != 0 ? 12 : 8;
                return Header.Ip;
            case 6635:
                return Header.Mpls;
            case 4754:
                return Header.Gre;
            case 6080:
                Add(at, 1, FieldKind.Length);
                Add(at + 1, 1, FieldKind.Type);
                value = frame[at + 1];
                at += 4 + ((frame[at] & 0x1F) * 4);
                return Header.Upper;
            case 6343:
                for (int field = at; field + 4 <= Math.Min(frame.Length, at + 96); field += 4)
                    Add(field, 4, FieldKind.Length);
                return Header.End;
            default:
                Add(at, 4, FieldKind.Type);
                return Header.End;
        }
    }

    private void Add(int offset, int bytes, FieldKind kind)
    {
        if (_fieldCount < MaxFields)
            _fields[_fieldCount++] = new Field(offset, bytes, kind);
    }
}
