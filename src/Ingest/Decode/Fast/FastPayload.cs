using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Entropy and sums of payloads without looking at each byte by itself; equal to <see cref="PayloadEntropy"/> and
/// <see cref="InternetChecksum"/> on every input. On any machine: what has no wide vectors has narrow ones.
/// </summary>
internal static class FastPayload
{
    private const int Values = 256;
    private const int AlphabetLength = 23;
    private const int TimevalBytes = 16;
    private const int ShortTimevalBytes = 8;
    private const int FpingHeaderBytes = 24;
    private const int BusyboxTimeBytes = 4;

    /// <summary>The most bytes that are compared with each other rather than counted: a vector of them.</summary>
    private static readonly int MaxFrontBytes = Avx512BW.IsSupported ? Vector512<byte>.Count : Vector256<byte>.Count;

    /// <summary>From here on counting in four tables at once is worth adding them up.</summary>
    private const int ManyBytes = 512;
    private const int Tables = 4;

    /// <summary>
    /// Thousandths of a bit per byte. A family that <see cref="BenignPayload"/> gave says what nearly all of the bytes are, and so how often
    /// each value is among them.
    /// </summary>
    public static ushort Entropy(ReadOnlySpan<byte> payload, PayloadFamily family) => family switch
    {
        PayloadFamily.Empty or PayloadFamily.Zeros or PayloadFamily.Constant or PayloadFamily.Nmap => 0,
        PayloadFamily.Iputils => BehindFront(payload, TimevalBytes),
        PayloadFamily.Bsd => BehindFront(payload, ShortTimevalBytes),
        PayloadFamily.Incrementing => PayloadEntropy.FromSum(EvenSum(payload.Length, Values), payload.Length),
        PayloadFamily.Windows => PayloadEntropy.FromSum(EvenSum(payload.Length, AlphabetLength), payload.Length),
        PayloadFamily.Fping => InFrontOfZeros(payload, FpingHeaderBytes),
        PayloadFamily.Busybox => InFrontOfZeros(payload, BusyboxTimeBytes),
        _ when payload.Length <= MaxFrontBytes => InFrontOfZeros(payload, payload.Length),
        _ when payload.Length >= ManyBytes => InTables(payload),
        _ => PayloadEntropy.Millibits(payload),
    };

    /// <summary>Adds the bytes to a sum as <see cref="InternetChecksum.Add(ReadOnlySpan{byte}, ulong)"/> does, up to what folding equals out.</summary>
    public static ulong Add(ReadOnlySpan<byte> bytes, ulong sum)
    {
        if (!Vector512.IsHardwareAccelerated)
            return AddNarrow(bytes, sum);
        if (bytes.Length >= Vector512<byte>.Count)
        {
            ReadOnlySpan<Vector512<ulong>> vectors = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes);
            Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue), even = Vector512<ulong>.Zero, odd = Vector512<ulong>.Zero;
            foreach (ref readonly Vector512<ulong> vector in vectors)
            {
                even += vector & low;
                odd += vector >> 32;
            }

            sum += Vector512.Sum(even + odd);
            bytes = bytes[(vectors.Length * Vector512<byte>.Count)..];
        }

        return InternetChecksum.Add(bytes, sum);
    }

    private static ulong AddNarrow(ReadOnlySpan<byte> bytes, ulong sum)
    {
        if (Vector.IsHardwareAccelerated && bytes.Length >= Vector<byte>.Count)
        {
            ReadOnlySpan<Vector<ulong>> vectors = MemoryMarshal.Cast<byte, Vector<ulong>>(bytes);
            Vector<ulong> low = Vector.Create((ulong)uint.MaxValue), even = Vector<ulong>.Zero, odd = Vector<ulong>.Zero;
            foreach (ref readonly Vector<ulong> vector in vectors)
            {
                even += vector & low;
                odd += vector >> 32;
            }

            sum += Vector.Sum(even + odd);
            bytes = bytes[(vectors.Length * Vector<byte>.Count)..];
        }

        return InternetChecksum.Add(bytes, sum);
    }

    // Values that take turns: some occur once more often than the others.
    private static ulong EvenSum(int bytes, int values)
    {
        ulong[] terms = EntropyTable.Terms;
        (int often, int more) = Math.DivRem(bytes, values);
        return ((ulong)more * terms[often + 1]) + ((ulong)(values - more) * terms[often]);
    }

    // Behind the front byte i is i, so that the front's bytes are the only ones to be counted; its zeros, at once.
    private static ushort BehindFront(ReadOnlySpan<byte> payload, int frontBytes)
    {
        uint[] steps = EntropyTable.Steps;
        Vector128<byte> front = frontBytes == TimevalBytes
            ? Vector128.Create(payload[..TimevalBytes])
            : Vector128.CreateScalar(BinaryPrimitives.ReadUInt64LittleEndian(payload)).AsByte();
        (int often, int more) = Math.DivRem(payload.Length - frontBytes, Values);
        uint inFront = (1U << frontBytes) - 1;
        uint zeros = Vector128.Equals(front, Vector128<byte>.Zero).ExtractMostSignificantBits() & inFront;
        int zerosBehind = often + ((byte)-frontBytes < more ? 1 : 0);
        ulong sum = EvenSum(payload.Length - frontBytes, Values)
            + EntropyTable.Terms[zerosBehind + BitOperations.PopCount(zeros)] - EntropyTable.Terms[zerosBehind];
        for (uint left = inFront & ~zeros; left != 0; left &= left - 1)
        {
            byte value = payload[BitOperations.TrailingZeroCount(left)];
            uint alike = Vector128.Equals(front, Vector128.Create(value)).ExtractMostSignificantBits() & BitsBelow(left);
            sum += steps[often + ((byte)(value - frontBytes) < more ? 1 : 0) + BitOperations.PopCount(alike)];
        }

        return PayloadEntropy.FromSum(sum, payload.Length);
    }

    // Bytes of a front, each compared with all before it, and zeros behind them.
    private static ushort InFrontOfZeros(ReadOnlySpan<byte> payload, int frontBytes)
    {
        if (payload.Length < 2)
            return 0;
        ulong sum = Avx512BW.IsSupported ? FrontSum(payload, frontBytes) : NarrowFrontSum(payload, frontBytes);
        return PayloadEntropy.FromSum(sum, payload.Length);
    }

    // Zeros, of which headers are full, are counted at once, and a first of its kind adds nothing.
    private static unsafe ulong FrontSum(ReadOnlySpan<byte> payload, int frontBytes)
    {
        uint[] steps = EntropyTable.Steps;
        ulong inFront = frontBytes == Vector512<byte>.Count ? ulong.MaxValue : (1UL << frontBytes) - 1;
        fixed (byte* start = payload)
        {
            Vector512<byte> there = Vector512.LessThan(Vector512<byte>.Indices, Vector512.Create((byte)frontBytes));
            Vector512<byte> front = Avx512BW.MaskLoad(start, there, Vector512<byte>.Zero);
            ulong zeros = Vector512.Equals(front, Vector512<byte>.Zero).ExtractMostSignificantBits() & inFront;
            ulong sum = EntropyTable.Terms[payload.Length - frontBytes + BitOperations.PopCount(zeros)];
            for (ulong left = inFront & ~zeros; left != 0; left &= left - 1)
            {
                Vector512<byte> value = Vector512.Create(start[BitOperations.TrailingZeroCount(left)]);
                sum += steps[BitOperations.PopCount(Vector512.Equals(front, value).ExtractMostSignificantBits() & (left - 1) & ~left)];
            }

            return sum;
        }
    }

    // Up to 32 bytes.
    private static ulong NarrowFrontSum(ReadOnlySpan<byte> payload, int frontBytes)
    {
        uint[] steps = EntropyTable.Steps;
        Span<byte> copy = stackalloc byte[Vector256<byte>.Count];
        copy.Clear();
        payload[..frontBytes].CopyTo(copy);
        Vector256<byte> front = Vector256.Create<byte>(copy);
        uint inFront = frontBytes == Vector256<byte>.Count ? uint.MaxValue : (1U << frontBytes) - 1;
        uint zeros = Vector256.Equals(front, Vector256<byte>.Zero).ExtractMostSignificantBits() & inFront;
        ulong sum = EntropyTable.Terms[payload.Length - frontBytes + BitOperations.PopCount(zeros)];
        for (uint left = inFront & ~zeros; left != 0; left &= left - 1)
        {
            Vector256<byte> value = Vector256.Create(payload[BitOperations.TrailingZeroCount(left)]);
            sum += steps[BitOperations.PopCount(Vector256.Equals(front, value).ExtractMostSignificantBits() & BitsBelow(left))];
        }

        return sum;
    }

    // All bits below the lowest that is set.
    private static uint BitsBelow(uint bits) => (bits - 1) & ~bits;

    // Four tables, so that equal bytes next to each other do not wait for one another.
    private static ushort InTables(ReadOnlySpan<byte> payload)
    {
        Span<ushort> tables = stackalloc ushort[Tables * Values];
        tables.Clear();
        Span<ushort> a = tables[..Values], b = tables.Slice(Values, Values), c = tables.Slice(2 * Values, Values), d = tables.Slice(3 * Values, Values);
        ReadOnlySpan<byte> rest = payload;
        while (rest.Length >= sizeof(ulong))
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(rest);
            a[(byte)word]++;
            b[(byte)(word >> 8)]++;
            c[(byte)(word >> 16)]++;
            d[(byte)(word >> 24)]++;
            a[(byte)(word >> 32)]++;
            b[(byte)(word >> 40)]++;
            c[(byte)(word >> 48)]++;
            d[(byte)(word >> 56)]++;
            rest = rest[sizeof(ulong)..];
        }

        foreach (byte value in rest)
            a[value]++;
        ulong[] terms = EntropyTable.Terms;
        ulong sum = 0;
        for (int value = 0; value < Values; value++)
            sum += terms[a[value] + b[value] + c[value] + d[value]];
        return PayloadEntropy.FromSum(sum, payload.Length);
    }
}
