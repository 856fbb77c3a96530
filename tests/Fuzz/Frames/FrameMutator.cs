using System.Buffers.Binary;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Generate;

namespace IcmpStream.Fuzz.Frames;

/// <summary>Makes frames that are nearly right out of frames that are: some mutations know what a frame is made of, some do not.</summary>
public sealed class FrameMutator
{
    private static readonly byte[] Interesting = [0x00, 0x01, 0x7F, 0x80, 0xFF, 0x04, 0x06, 0x08, 0x10, 0x20, 0x40, 0x45, 0x60, 0xFE];

    // Every link type that the decoder reads, and some that it does not: https://www.tcpdump.org/linktypes.html.
    private static readonly ushort[] LinkTypes =
    [
        0, 1, 3, 6, 7, 8, 9, 10, 12, 14, 50, 51, 100, 101, 104, 105, 106, 107, 108, 109, 113, 117, 119, 122, 123, 127, 129, 138, 147, 163,
        192, 197, 204, 205, 206, 226, 228, 229, 231, 239, 240, 242, 253, 258, 276, 281, 282, 284, 285, 65535,
    ];

    private readonly SeedFrames _seeds;
    private readonly FrameMap _map = new();
    private readonly FrameWrapper _wrapper;

    /// <summary>Mutates these.</summary>
    public FrameMutator(SeedFrames seeds)
    {
        _seeds = seeds;
        _wrapper = new FrameWrapper(_map);
    }

    /// <summary>Makes a frame.</summary>
    public void Make(ref SplitMix chance, FuzzCase made)
    {
        SeedFrame seed = _seeds.Pick(ref chance);
        made.Load(seed.Bytes, seed.LinkType);
        made.OriginalBytes = Math.Max(seed.OriginalBytes, (uint)made.Length);
        if (chance.Below(4) == 0)
            _wrapper.Wrap(made, ref chance);
        for (int steps = Steps(ref chance); steps > 0; steps--)
            Step(made, ref chance);
        if (chance.Below(2) == 0)
            ChecksumRepair.Repair(made, _map);
        if (chance.Below(24) == 0)
            made.LinkType = LinkTypes[(int)chance.Below(LinkTypes.Length)];
        made.OriginalBytes = Original(made, ref chance);
    }

    // Half of all cases have one or two mutations, a few have many.
    private static int Steps(ref SplitMix chance)
    {
        int steps = (int)chance.Below(3);
        while (steps < 24 && chance.Below(3) == 0)
            steps++;
        return steps;
    }

    private static uint Original(FuzzCase made, ref SplitMix chance) => chance.Below(16) switch
    {
        0 => (uint)made.Length + (uint)chance.Below(2000),
        1 => (uint)chance.Below(made.Length + 1),
        2 => chance.Below(4) switch { 0 => uint.MaxValue, 1 => int.MaxValue, 2 => 1 << 30, _ => 0 },
        _ => (uint)made.Length,
    };

    private void Step(FuzzCase made, ref SplitMix chance)
    {
        if (made.Length == 0)
            return;
        int at = (int)chance.Below(made.Length);
        switch (chance.Below(16))
        {
            case 0:
                made.Bytes[at] ^= (byte)(1 << (int)chance.Below(8));
                break;
            case 1:
                made.Bytes[at] = Interesting[(int)chance.Below(Interesting.Length)];
                break;
            case 2:
                made.Bytes[at] = (byte)chance.Next();
                break;
            case 3:
                made.Bytes.Slice(at, Math.Min(made.Length - at, 1 + (int)chance.Below(16))).Fill(Interesting[(int)chance.Below(Interesting.Length)]);
                break;
            case 4:
                made.Truncate(at);
                break;
            case 5:
                chance.Fill(made.Insert(at, 1 + (int)chance.Below(chance.Below(8) == 0 ? 512 : 16)));
                break;
            case 6:
                made.Remove(at, Math.Min(made.Length - at, 1 + (int)chance.Below(16)));
                break;
            case 7:
                Copy(made, at, ref chance);
                break;
            case 8:
                Splice(made, at, ref chance);
                break;
            case 9 when chance.Below(4) == 0:
                _wrapper.Wrap(made, ref chance);
                break;
            case 9:
                Repeat(made, at, ref chance);
                break;
            case 10:
                Header(made, ref chance);
                break;
            default:
                EditField(made, ref chance);
                break;
        }
    }

    // The fields of a frame are few beside its bytes, and say what the rest means: they get a third of all mutations.
    private void EditField(FuzzCase made, ref SplitMix chance)
    {
        _map.Read(made.Bytes, made.LinkType);
        if (_map.Fields.IsEmpty)
            return;
        Field field = _map.Fields[(int)chance.Below(_map.Fields.Length)];
        if (field.Offset < 0 || field.Offset + field.Bytes > made.Length)
            return;
        Span<byte> bytes = made.Bytes.Slice(field.Offset, field.Bytes);
        switch (chance.Below(8))
        {
            case 0:
                chance.Fill(bytes);
                break;
            case 1 or 2:
                Add(bytes, chance.Below(2) == 0 ? 1 : -1);
                break;
            case 3:
                Add(bytes, (int)chance.Below(65) - 32);
                break;
            case 4:
                bytes.Fill(Interesting[(int)chance.Below(Interesting.Length)]);
                break;
            case 5:
                bytes[^1] ^= (byte)(1 << (int)chance.Below(8));
                break;
            case 6:
                bytes[0] ^= (byte)(1 << (int)chance.Below(8));
                break;
            default:
                bytes.Clear();
                bytes[^1] = (byte)chance.Next();
                break;
        }
    }

    private void Header(FuzzCase made, ref SplitMix chance)
    {
        _map.Read(made.Bytes, made.LinkType);
        if (_map.MessageStart == 0 || _map.MessageStart >= made.Length)
            return;
        // Another type with the body of this one, or a cut somewhere in the message.
        if (chance.Below(2) == 0)
            made.Bytes[_map.MessageStart] = (byte)(_map.IsMessageVersion6 ? 127 + chance.Below(36) : chance.Below(46));
        else
            made.Truncate(_map.MessageStart + (int)chance.Below(made.Length - _map.MessageStart));
    }

    private static void Add(Span<byte> bytes, int change)
    {
        // Big-endian, with wrapping.
        for (int i = bytes.Length - 1; i >= 0 && change != 0; i--)
        {
            change += bytes[i];
            bytes[i] = (byte)change;
            change >>= 8;
        }
    }

    private static void Copy(FuzzCase made, int at, ref SplitMix chance)
    {
        int from = (int)chance.Below(made.Length);
        int bytes = Math.Min(1 + (int)chance.Below(32), made.Length - Math.Max(at, from));
        made.Bytes.Slice(from, bytes).CopyTo(made.Bytes[at..]);
    }

    // Options, objects, labels and extension headers have limits, which only repetition reaches: what is repeated starts at a field
    // as often as not, and is a multiple of four bytes.
    private void Repeat(FuzzCase made, int at, ref SplitMix chance)
    {
        _map.Read(made.Bytes, made.LinkType);
        if (!_map.Fields.IsEmpty && chance.Below(2) == 0)
            at = Math.Clamp(_map.Fields[(int)chance.Below(_map.Fields.Length)].Offset, 0, made.Length);
        int bytes = 4 * (1 + (int)chance.Below(6));
        int times = 1 + (int)chance.Below(chance.Below(4) == 0 ? 100 : 4);
        if (at + bytes > made.Length)
            return;
        Span<byte> room = made.Insert(at, bytes * times);
        ReadOnlySpan<byte> item = made.Bytes.Slice(at + room.Length, bytes);
        for (; room.Length >= bytes; room = room[bytes..])
            item.CopyTo(room);
        if (chance.Below(2) == 0)
            Lengthen(made, bytes * times, at);
    }

    // The IP lengths around what has grown.
    private void Lengthen(FuzzCase made, int bytes, int at)
    {
        foreach (Packet packet in _map.Packets)
        {
            int field = packet.Start + (made.Bytes[packet.Start] >> 4 == 4 ? 2 : 4);
            if (packet.Start >= at || field + 2 > made.Length)
                continue;
            Span<byte> length = made.Bytes.Slice(field, 2);
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(length) + bytes));
        }
    }

    private void Splice(FuzzCase made, int at, ref SplitMix chance)
    {
        ReadOnlySpan<byte> other = _seeds.Pick(ref chance).Bytes;
        if (other.IsEmpty)
            return;
        int from = chance.Below(2) == 0 ? Math.Min(at, other.Length - 1) : (int)chance.Below(other.Length);
        made.Truncate(at);
        ReadOnlySpan<byte> tail = other[from..];
        Span<byte> room = made.Insert(at, tail.Length);
        tail[..room.Length].CopyTo(room);
    }
}
