using System.Buffers.Binary;

namespace IcmpStream.Fuzz.Targets;

/// <summary>Frames around made fragments, in one buffer.</summary>
internal sealed class FragmentFrames
{
    private const int EthernetBytes = 14, Ipv4Bytes = 20, Ipv6Bytes = 48, TypeAt = 12;

    private readonly byte[] _frame = new byte[256];

    public ReadOnlySpan<byte> Make(in MadeFragment fragment)
    {
        int bytes = fragment.End - fragment.Start;
        int header = EthernetBytes + (fragment.IsSix ? Ipv6Bytes : Ipv4Bytes);
        Span<byte> frame = _frame.AsSpan(0, header + bytes);
        frame.Clear();
        Span<byte> ip = frame[EthernetBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(frame[TypeAt..], (ushort)(fragment.IsSix ? 0x86DD : 0x0800));
        if (fragment.IsSix)
            MakeIpv6(ip, fragment, bytes);
        else
            MakeIpv4(ip, fragment, bytes);
        frame[header..].Fill(fragment.Content);
        if (fragment.Start == 0)
            (frame[header], frame[header + 1]) = (fragment.IsSix ? (byte)128 : (byte)8, 0);
        return frame;
    }

    private static void MakeIpv4(Span<byte> ip, in MadeFragment fragment, int bytes)
    {
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(Ipv4Bytes + bytes));
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], fragment.Id);
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], (ushort)((fragment.IsLast ? 0 : 0x2000) | (fragment.Start / 8)));
        ip[8] = 64;
        ip[9] = 1;
    }

    private static void MakeIpv6(Span<byte> ip, in MadeFragment fragment, int bytes)
    {
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(8 + bytes));
        ip[6] = 44;
        ip[40] = 58;
        BinaryPrimitives.WriteUInt16BigEndian(ip[42..], (ushort)(fragment.Start | (fragment.IsLast ? 0 : 1)));
        ip[47] = fragment.Id;
    }
}
