using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;

namespace IcmpStream.Fuzz.Records;

/// <summary>Mutates Avro: bytes, and the variable-length numbers that lengths, counts, branches and symbols are made of.</summary>
public sealed class RecordMutator
{
    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, -2, 3, 31, 32, 63, 64, 255, 256, 1023, 1024, 1025, 8191, 8192, 65535, 65536, 1 << 20, int.MaxValue, int.MinValue, uint.MaxValue,
        1L << 32, long.MaxValue, long.MinValue, long.MinValue + 1, -64, -65536,
    ];

    private readonly byte[][][] _seeds;

    /// <summary>Mutates these, a list for each kind.</summary>
    public RecordMutator(byte[][][] seeds) => _seeds = seeds;

    /// <summary>Makes a case; its variant is the kind.</summary>
    public void Make(ref SplitMix chance, FuzzCase made)
    {
        // Events come from many senders; they get half of all cases.
        int kind = chance.Below(2) == 0 ? (int)RecordKind.Events : (int)chance.Below(_seeds.Length);
        made.Load(Pick(kind, ref chance), 0);
        for (int steps = 1 + (int)chance.Below(4); steps > 0; steps--)
            Step(made, kind, ref chance);
        made.OriginalBytes = (uint)made.Length;
        made.Variant = (byte)kind;
    }

    private byte[] Pick(int kind, ref SplitMix chance) => _seeds[kind][(int)chance.Below(_seeds[kind].Length)];

    private void Step(FuzzCase made, int kind, ref SplitMix chance)
    {
        int at = (int)chance.Below(made.Length + 1);
        // What is in front says what the rest is.
        if (chance.Below(3) == 0)
            at = (int)chance.Below(Math.Min(at, 64) + 1);
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
                chance.Fill(made.Insert(at, 1 + (int)chance.Below(12)));
                break;
            case 4 when left > 0:
                made.Remove(at, Math.Min(left, 1 + (int)chance.Below(12)));
                break;
            case 5:
                Splice(made, at, Pick(kind, ref chance), ref chance);
                break;
            case 6:
                Repeat(made, at, ref chance);
                break;
            case 7 when left > 0:
                made.Bytes.Slice(at, Math.Min(left, 1 + (int)chance.Below(16))).Fill(chance.Below(2) == 0 ? (byte)0 : (byte)0xFF);
                break;
            default:
                Number(made, at, ref chance);
                break;
        }
    }

    // Puts a number where one stands: what is there is taken to be one and taken out, most of the time.
    private static void Number(FuzzCase made, int at, ref SplitMix chance)
    {
        if (chance.Below(4) != 0)
        {
            int old = 0;
            while (at + old < made.Length && old < 10 && made.Bytes[at + old] >= 0x80)
                old++;
            if (at + old < made.Length)
                made.Remove(at, old + 1);
        }

        Span<byte> bytes = stackalloc byte[16];
        long number = chance.Below(3) == 0 ? chance.Below(1 << (int)chance.Below(20)) : Numbers[(int)chance.Below(Numbers.Length)];
        ulong zigzag = (ulong)((number << 1) ^ (number >> 63));
        int length = 0;
        for (; zigzag >= 0x80; zigzag >>= 7)
            bytes[length++] = (byte)(zigzag | 0x80);
        bytes[length++] = (byte)zigzag;
        // Longer than it need be, which Avro does not forbid, or than it may be.
        if (chance.Below(16) == 0)
        {
            bytes[length - 1] |= 0x80;
            while (length < 12 && chance.Below(2) == 0)
                bytes[length++] = 0x80;
            bytes[length++] = 0;
        }

        Span<byte> room = made.Insert(at, length);
        bytes[..room.Length].CopyTo(room);
    }

    private static void Splice(FuzzCase made, int at, ReadOnlySpan<byte> other, ref SplitMix chance)
    {
        ReadOnlySpan<byte> tail = other[(int)chance.Below(other.Length + 1)..];
        made.Truncate(at);
        Span<byte> room = made.Insert(at, tail.Length);
        tail[..room.Length].CopyTo(room);
    }

    // Items of lists, over and over.
    private static void Repeat(FuzzCase made, int at, ref SplitMix chance)
    {
        int bytes = Math.Min(made.Length - at, 1 + (int)chance.Below(40));
        int times = 1 + (int)chance.Below(chance.Below(8) == 0 ? 200 : 4);
        Span<byte> room = made.Insert(at, bytes * times);
        if (bytes == 0)
            return;
        ReadOnlySpan<byte> item = made.Bytes.Slice(at + room.Length, Math.Min(bytes, made.Length - at - room.Length));
        for (; !room.IsEmpty && !item.IsEmpty; room = room[Math.Min(item.Length, room.Length)..])
            item[..Math.Min(item.Length, room.Length)].CopyTo(room);
    }
}
