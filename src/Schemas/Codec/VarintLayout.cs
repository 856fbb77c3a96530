using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Schemas;

/// <summary>
/// Which bytes of an event go into which of sixteen lanes, and how lanes become zigzag varints that stand one behind the other.
/// </summary>
/// <remarks>
/// <code>
///   event    |..|ttl|..|id.id|...                                      128 bytes
///   gather   |ttl . . .|id id . .| . . . .|                            16 lanes of 32 bits, other bytes left as they come
///   turn     |2 x ttl  |2 x id   |2       |                            rotated, masked, a constant added
///   spread   |7|7|7|7  |7|7|7|7  |7|7|7|7 |                            seven bits a byte: one shift of eight fields at once
///   kept      x x       x x x     x                                    what has a value in it or behind it, and each first byte
///   compress |ttl|ttl|id|id|id|2|                                      the varints
/// </code>
/// A value has 28 bits. One of 33 takes two lanes, <see cref="VarintLane.Low"/> and <see cref="VarintLane.High"/>, on an even place: what
/// the second has carries over into the first. A lane may have two values, the first of one byte.
/// </remarks>
internal sealed class VarintLayout
{
    private const int Lanes = 16;
    private const int LaneBytes = 4;
    private const ulong SevenBits = 0x7F7F_7F7F_7F7F_7F7F;

    private readonly Vector512<byte> _gather;
    private readonly Vector512<uint> _turn;
    private readonly Vector512<uint> _values;
    private readonly Vector512<uint> _constants;
    private readonly Vector512<byte> _firsts;
    private readonly Vector512<ulong> _nextByte;
    private readonly Vector512<ulong> _nextPair;

    /// <summary>Makes the layout of at most sixteen lanes.</summary>
    public VarintLayout(params ReadOnlySpan<VarintLane> lanes)
    {
        Span<byte> gather = stackalloc byte[Lanes * LaneBytes], firsts = stackalloc byte[Lanes * LaneBytes];
        Span<uint> turn = stackalloc uint[Lanes], values = stackalloc uint[Lanes], constants = stackalloc uint[Lanes];
        Span<uint> nextByte = stackalloc uint[Lanes], nextPair = stackalloc uint[Lanes];
        firsts.Clear();
        nextByte.Fill(0x00FF_FFFF);
        nextPair.Fill(0x0000_FFFF);
        for (int lane = 0; lane < lanes.Length; lane++)
        {
            for (int index = 0; index < LaneBytes; index++)
                gather[(lane * LaneBytes) + index] = (byte)(lanes[lane].At + index);
            turn[lane] = (uint)lanes[lane].Turn;
            values[lane] = lanes[lane].Values;
            constants[lane] = lanes[lane].Constant;
            firsts[lane * LaneBytes] = lanes[lane].IsAlways ? (byte)1 : (byte)0;
            if (lanes[lane].IsPair)
            {
                firsts[(lane * LaneBytes) + 1] = 1;
                nextByte[lane] &= ~0xFFU;
                nextPair[lane] &= ~0xFFU;
            }
            if (lane % 2 == 0 && lane + 1 < lanes.Length && lanes[lane + 1].IsHigh)
                nextByte[lane] = nextPair[lane] = uint.MaxValue;
        }

        _gather = Vector512.Create<byte>(gather);
        _turn = Vector512.Create<uint>(turn);
        _values = Vector512.Create<uint>(values);
        _constants = Vector512.Create<uint>(constants);
        _firsts = Vector512.Create<byte>(firsts);
        _nextByte = Vector512.Create<uint>(nextByte).AsUInt64();
        _nextPair = Vector512.Create<uint>(nextPair).AsUInt64();
    }

    /// <summary>True on machines that move bytes to any place of a vector, and close the gaps between them (AVX-512 VBMI and VBMI2).</summary>
    public static bool IsSupported => Avx512Vbmi.IsSupported && Avx512Vbmi2.IsSupported && Bmi2.X64.IsSupported;

    /// <summary>The bytes of the varints, each lane's four in their places, and in <paramref name="kept"/> which of them there are (not zero).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<byte> Spread(Vector512<byte> first, Vector512<byte> second, out Vector512<byte> kept)
    {
        Vector512<uint> lanes = Avx512Vbmi.PermuteVar64x8x2(first, _gather, second).AsUInt32();
        lanes = (Avx512F.RotateLeftVariable(lanes, _turn) & _values) + _constants;
        Vector512<byte> fields = Vector512.Create(0x35_2E_27_20_15_0E_07_00UL).AsByte();
        Vector512<ulong> spread = Avx512Vbmi.MultiShift(fields, lanes.AsUInt64()).AsUInt64() & Vector512.Create(SevenBits);

        // Each byte takes in what is behind it in its lane: a byte with something behind it goes on.
        Vector512<ulong> behind = spread | ((spread >> 8) & _nextByte);
        behind |= (behind >> 16) & _nextPair;
        Vector512<byte> next = ((behind >> 8) & _nextByte).AsByte();
        kept = behind.AsByte() | _firsts;
        return spread.AsByte() | ((next + Vector512.Create((byte)0x7F)) & Vector512.Create((byte)0x80));
    }
}

/// <summary>What one lane of a <see cref="VarintLayout"/> takes.</summary>
/// <param name="At">The first of four bytes of the event.</param>
/// <param name="Turn">Bits to rotate left by: one doubles a number, which is its zigzag.</param>
/// <param name="Values">What is left of them.</param>
internal readonly record struct VarintLane(int At, int Turn, uint Values)
{
    /// <summary>Bits of a byte of a varint: what stands in front of another value moves it by so many.</summary>
    private const int ByteBits = 7;

    /// <summary>Nothing: no byte.</summary>
    public static VarintLane None => default;

    /// <summary>Added to the value.</summary>
    public uint Constant { get; init; }

    /// <summary>The varint is there also when it is zero.</summary>
    public bool IsAlways { get; init; }

    /// <summary>It goes on the lane before.</summary>
    public bool IsHigh { get; init; }

    /// <summary>The first byte is a value of its own, and the second is there whatever it is.</summary>
    public bool IsPair { get; init; }

    /// <summary>A number of 8 bits.</summary>
    public static VarintLane Of8(int at) => new(at - 3, 32 - 24 + 1, 0x1FE) { IsAlways = true };

    /// <summary>A number of 16 bits, which something is added to.</summary>
    public static VarintLane Of16(int at, int plus = 0) => new(at - 2, 32 - 16 + 1, 0x1_FFFE) { Constant = (uint)(plus * 2), IsAlways = true };

    /// <summary>A number of 32 bits, of which the highest five are zero.</summary>
    public static VarintLane Of27(int at) => new(at, 1, 0x0FFF_FFFE) { IsAlways = true };

    /// <summary>The low 27 bits of a number of 32.</summary>
    public static VarintLane Low(int at) => Of27(at);

    /// <summary>The high five bits of a number of 32.</summary>
    public static VarintLane High(int at) => new(at, 5, 0x1F) { IsHigh = true };

    /// <summary>A Boolean, as Avro has it, out of a bit of a number of 16.</summary>
    public static VarintLane Bit(int at, int bit) => new(at - 2, 32 - 16 - bit, 1) { IsAlways = true };

    /// <summary>A byte that is always the same: the branch of a union, the end of an array.</summary>
    public static VarintLane Always(byte value) => new(0, 0, 0) { Constant = value, IsAlways = true };

    /// <summary>A constant byte in front of a number of at most 16 bits.</summary>
    public VarintLane Behind(byte value) =>
        new(At, Turn + ByteBits, Values << ByteBits) { Constant = value, IsAlways = true, IsPair = true };

    /// <summary>A number below 64, and a constant byte behind it.</summary>
    public VarintLane Before(byte value) => this with { Values = 0x7E, Constant = (uint)value << ByteBits, IsPair = true };
}
