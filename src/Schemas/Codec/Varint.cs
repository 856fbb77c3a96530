using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace IcmpStream.Schemas;

/// <summary>
/// Avro's variable-length zigzag integers (Avro specification, "Primitive Types"), written into spans that the caller has found
/// large enough. Each method takes a position and returns the next; each may write up to <see cref="Slack"/> bytes from its
/// position on, whatever the value's own length, so that short values need no branches.
/// </summary>
internal static class Varint
{
    /// <summary>Bytes from its position on that a method may touch: two stores of eight.</summary>
    public const int Slack = 16;

    /// <summary>The longest encoding of a long.</summary>
    public const int MaxLongBytes = 10;

    /// <summary>The longest encoding of an int, and of a long from 0 to 2^32 - 1.</summary>
    public const int MaxIntBytes = 5;

    /// <summary>Of eight bytes, the bits that say that a value goes on.</summary>
    public const ulong Continuations = 0x8080_8080_8080_8080;

    private const int SpreadBits = 56;

    /// <summary>0, -1, 1, -2 ... become 0, 1, 2, 3 ...</summary>
    public static ulong Zigzag(long value) => (ulong)((value << 1) ^ (value >> 63));

    /// <summary>The inverse of <see cref="Zigzag"/>.</summary>
    public static long Unzigzag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>Length of the encoding of a zigzag value, 1 to 10.</summary>
    public static int Length(ulong zigzag) => ((BitOperations.Log2(zigzag | 1) * 9) + 73) >> 6;

    /// <summary>Writes a value that is usually below 64 or below 8,192: sizes, counters, header bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteSmall(Span<byte> destination, int position, uint value)
    {
        if (value < 64)
        {
            destination[position] = (byte)(value << 1);
            return position + 1;
        }

        return value < 8192 ? Write14(destination, position, value << 1) : Write56(destination, position, (ulong)value << 1);
    }

    /// <summary>Writes a value of 16 random bits without a branch: a checksum, an identifier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Write16(Span<byte> destination, int position, ushort value)
    {
        uint zigzag = (uint)value << 1;
        uint second = (0x7F - zigzag) >> 31;
        uint third = (0x3FFF - zigzag) >> 31;
        BinaryPrimitives.WriteUInt32LittleEndian(
            destination[position..],
            (zigzag & 0x7F) | (second << 7) | ((zigzag & 0x3F80) << 1) | (third << 15) | ((zigzag & 0x1F_C000) << 2));
        return position + 1 + (int)(second + third);
    }

    /// <summary>Writes a value of 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Write32(Span<byte> destination, int position, uint value) =>
        Write56(destination, position, (ulong)value << 1);

    /// <summary>Writes any value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteLong(Span<byte> destination, int position, long value)
    {
        ulong zigzag = Zigzag(value);
        return zigzag >> SpreadBits == 0 ? Write56(destination, position, zigzag) : Write64(destination, position, zigzag);
    }

    /// <summary>
    /// Reads a zigzag value at a position. The next position lies beyond the end of <paramref name="source"/> where there is no
    /// value: the bytes end, or it is longer than a long.
    /// </summary>
    public static VarintRead Read(ReadOnlySpan<byte> source, int position)
    {
        if (position > source.Length - MaxLongBytes)
            return ReadAtEnd(source, position);
        ReadOnlySpan<byte> bytes = source.Slice(position, MaxLongBytes);
        ulong value = Gather(BinaryPrimitives.ReadUInt64LittleEndian(bytes), out int length);
        if (length != 0)
            return new VarintRead(value, position + length);
        ulong ninth = bytes[8], tenth = bytes[9];
        if (ninth < 0x80)
            return new VarintRead(value | (ninth << SpreadBits), position + 9);
        value |= ((ninth & 0x7F) << SpreadBits) | (tenth << 63);
        return new VarintRead(value, tenth <= 1 ? position + MaxLongBytes : source.Length + 1);
    }

    /// <summary>Byte by byte, where fewer are left than the longest value has.</summary>
    private static VarintRead ReadAtEnd(ReadOnlySpan<byte> source, int position)
    {
        ulong value = 0;
        for (int shift = 0; position < source.Length; shift += 7)
        {
            byte next = source[position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return new VarintRead(value, position);
        }

        return new VarintRead(0, source.Length + 1);
    }

    /// <summary>
    /// A zigzag value out of eight bytes and how many it takes; 0, with the low 56 bits of the value, where it goes on behind them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Gather(ulong bytes, out int length)
    {
        // The first byte without its high bit ends the value; the mask keeps everything up to there. Then, as in Spread but
        // backwards, eighths, quarters and halves move together.
        ulong ends = ~bytes & Continuations;
        length = ends == 0 ? 0 : (BitOperations.TrailingZeroCount(ends) >> 3) + 1;
        bytes &= ends ^ (ends - 1);
        bytes = (bytes & 0x007F_007F_007F_007F) | ((bytes & 0x7F00_7F00_7F00_7F00) >> 1);
        bytes = (bytes & 0x0000_3FFF_0000_3FFF) | ((bytes & 0x3FFF_0000_3FFF_0000) >> 2);
        return (bytes & 0x0FFF_FFFF) | ((bytes & 0x0FFF_FFFF_0000_0000) >> 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Write14(Span<byte> destination, int position, uint zigzag)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination[position..], (ushort)((zigzag & 0x7F) | 0x80 | ((zigzag & 0x3F80) << 1)));
        return position + 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Write56(Span<byte> destination, int position, ulong zigzag)
    {
        int length = Length(zigzag);
        ulong continuations = Continuations & ((1UL << (8 * (length - 1))) - 1);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[position..], Spread(zigzag) | continuations);
        return position + length;
    }

    private static int Write64(Span<byte> destination, int position, ulong zigzag)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination[position..], Spread(zigzag) | Continuations);
        uint rest = (uint)(zigzag >> SpreadBits);
        destination[position + 8] = (byte)rest;
        if (rest < 0x80)
            return position + 9;
        destination[position + 9] = 1;
        return position + MaxLongBytes;
    }

    /// <summary>The low 56 bits as eight bytes of seven bits each: halves, then quarters, then eighths move apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Spread(ulong value)
    {
        value = (value & 0x0FFF_FFFF) | ((value & 0x00FF_FFFF_F000_0000) << 4);
        value = (value & 0x0000_3FFF_0000_3FFF) | ((value & 0x0FFF_C000_0FFF_C000) << 2);
        return (value & 0x007F_007F_007F_007F) | ((value & 0x3F80_3F80_3F80_3F80) << 1);
    }
}

/// <summary>A zigzag value, and the position behind it.</summary>
internal readonly record struct VarintRead(ulong Value, int Next);
