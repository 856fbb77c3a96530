using System.Buffers.Binary;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;

namespace IcmpStream.Fuzz.Containers;

/// <summary>Mutates captures: bytes, and the 32-bit fields that pcap and pcapng are made of, in both byte orders.</summary>
public sealed class CaptureMutator
{
    // Lengths at limits, then block types, byte-order magics and magics.
    private static readonly uint[] Words =
    [
        0, 1, 2, 4, 8, 11, 12, 16, 20, 24, 28, 32, 36, 64, 255, 256, 65535, 65536, 262_143, 262_144, 262_145, 0x0800_0000, 0x1000_0000, 0x1000_0001,
        0x7FFF_FFFC, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF0, 0xFFFF_FFFC, 0xFFFF_FFFF,
        1, 2, 3, 4, 5, 6, 0x0A0D_0D0A, 0x1A2B_3C4D, 0x4D3C_2B1A, 0xA1B2_C3D4, 0xA1B2_3C4D, 0xA1B2_CD34, 0x0004_0002, 0x0001_0000,
    ];

    private readonly byte[][] _seeds;

    /// <summary>Mutates these.</summary>
    public CaptureMutator(byte[][] seeds) => _seeds = seeds;

    /// <summary>Makes a case.</summary>
    public void Make(ref SplitMix chance, FuzzCase made)
    {
        made.Load(_seeds[(int)chance.Below(_seeds.Length)], 0);
        for (int steps = 1 + (int)chance.Below(4); steps > 0; steps--)
            Step(made, ref chance);
        made.OriginalBytes = (uint)made.Length;
    }

    private void Step(FuzzCase made, ref SplitMix chance)
    {
        int at = (int)chance.Below(made.Length + 1);
        if (chance.Below(2) == 0)
            at = (int)chance.Below(Math.Min(at, 256) + 1);
        int left = made.Length - at;
        switch (chance.Below(12))
        {
            case 0 when left > 0:
                made.Bytes[at] ^= (byte)(1 << (int)chance.Below(8));
                break;
            case 1 when left > 0:
                made.Bytes[at] = (byte)chance.Next();
                break;
            case 2:
                made.Truncate(at);
                break;
            case 3:
                chance.Fill(made.Insert(at, 1 + (int)chance.Below(16)));
                break;
            case 4 when left > 0:
                made.Remove(at, Math.Min(left, 4 * (1 + (int)chance.Below(8))));
                break;
            case 5:
                Splice(made, at, _seeds[(int)chance.Below(_seeds.Length)], ref chance);
                break;
            case 6:
                Repeat(made, at & ~3, ref chance);
                break;
            default:
                Word(made, at & ~3, ref chance);
                break;
        }
    }

    private static void Word(FuzzCase made, int at, ref SplitMix chance)
    {
        if (at + 4 > made.Length)
            return;
        Span<byte> word = made.Bytes.Slice(at, 4);
        bool isBigEndian = chance.Below(3) == 0;
        uint old = isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(word) : BinaryPrimitives.ReadUInt32LittleEndian(word);
        uint value = chance.Below(4) switch
        {
            0 => old + (uint)(chance.Below(17) - 8),
            1 => old + 4,
            _ => Words[(int)chance.Below(Words.Length)],
        };
        if (isBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(word, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(word, value);
    }

    private static void Splice(FuzzCase made, int at, ReadOnlySpan<byte> other, ref SplitMix chance)
    {
        ReadOnlySpan<byte> tail = other[((int)chance.Below(other.Length + 1) & ~3)..];
        made.Truncate(at);
        Span<byte> room = made.Insert(at, tail.Length);
        tail[..room.Length].CopyTo(room);
    }

    // Blocks over and over: interfaces, sections, statistics.
    private static void Repeat(FuzzCase made, int at, ref SplitMix chance)
    {
        if (at + 8 > made.Length)
            return;
        int bytes = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(made.Bytes[(at + 4)..]), (uint)(made.Length - at));
        if (bytes is 0 or > 512)
            return;
        int times = 1 + (int)chance.Below(chance.Below(16) == 0 ? 60 : 3);
        Span<byte> room = made.Insert(at, bytes * times);
        ReadOnlySpan<byte> block = made.Bytes.Slice(at + room.Length, bytes);
        for (; room.Length >= bytes; room = room[bytes..])
            block.CopyTo(room);
    }
}
