using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Entropy of payloads as iputils fills them, eight at a time and equal to <see cref="PayloadEntropy"/>. Their bytes from the 16th on are all
/// different, nine of the sixteen in front are the zeros of two numbers of eight bytes, and only the seven others have to be counted.
/// </summary>
internal static class LaneEntropy
{
    /// <summary>The longest payload for which the counts fit the tables.</summary>
    public const int MaxBytes = 64;

    /// <summary>The numbers in front: seconds and microseconds.</summary>
    private const int FrontBytes = 16;

    /// <summary>Zeros that the upper halves of the two numbers bring, and the highest byte of the microseconds' lower half.</summary>
    private const int KnownZeros = 9;

    /// <summary>The seven bytes that are not known.</summary>
    private const ulong UnknownBytes = 0x00FF_FFFF_FFFF_FFFF;

    private const int MillibitsPerBit = 1000;

    // Steps of a count from i to i + 1, in three bytes; a count is at most 16, so that its step fits a shuffle of 16 entries.
    private static readonly Vector512<byte> StepsLow = Steps(0);
    private static readonly Vector512<byte> StepsMiddle = Steps(8);
    private static readonly Vector512<byte> StepsHigh = Steps(16);
    private static readonly ulong[] Totals = [.. Enumerable.Range(0, MaxBytes + 1).Select(n => EntropyTable.Terms[n])];

    // Ceilings of 2^32 / n: below 2^20, multiplying by one and dropping 32 bits divides by n.
    private static readonly ulong[] Reciprocals = [.. Enumerable.Range(0, MaxBytes + 1).Select(n => n == 0 ? 0 : ((1UL << 32) + (uint)n - 1) / (uint)n)];

    /// <summary>Thousandths of a bit per byte of payloads of 18 to 64 bytes.</summary>
    /// <param name="seconds">The first eight bytes, below 2^32.</param>
    /// <param name="microseconds">The second eight bytes, below 2^24.</param>
    /// <param name="length">Lengths in bytes.</param>
    /// <param name="totals">What <see cref="LookUp"/> says of the lengths.</param>
    /// <param name="reciprocals">The same.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Millibits(
        Vector512<ulong> seconds, Vector512<ulong> microseconds, Vector512<ulong> length, Vector512<ulong> totals, Vector512<ulong> reciprocals)
    {
        // A byte's rank is how many equal bytes there are before it, if the known ones come first: a step each.
        Vector512<ulong> words = seconds | (microseconds << 32);
        Vector512<byte> bytes = words.AsByte();
        Vector512<byte> tail = (LaneShuffles.SpreadLowByte(length - Vector512.Create((ulong)FrontBytes)));
        Vector512<byte> ranks = Vector512.ConditionalSelect(
            Vector512.LessThan(bytes - Vector512.Create((byte)FrontBytes), tail), Vector512<byte>.One, Vector512<byte>.Zero);
        ranks = Vector512.ConditionalSelect(Vector512.Equals(bytes, Vector512<byte>.Zero), Vector512.Create((byte)KnownZeros), ranks);
        ranks = Count(ranks, words, 8);
        ranks = Count(ranks, words, 16);
        ranks = Count(ranks, words, 24);
        ranks = Count(ranks, words, 32);
        ranks = Count(ranks, words, 40);
        ranks = Count(ranks, words, 48);

        Vector512<byte> unknown = Vector512.Create(UnknownBytes).AsByte();
        Vector512<ulong> sum = Sum(StepsLow, ranks, unknown) + (Sum(StepsMiddle, ranks, unknown) << 8) + (Sum(StepsHigh, ranks, unknown) << 16)
            + Vector512.Create(EntropyTable.Terms[KnownZeros]);

        // The entropy is (bits * 1000 + divisor / 2) / divisor with a divisor of length * 2^16.
        Vector512<ulong> scaled = Avx512F.Multiply((totals - sum).AsUInt32(), Vector512.Create((ulong)MillibitsPerBit).AsUInt32());
        scaled = (scaled + (length << (EntropyTable.FractionBits - 1))) >> EntropyTable.FractionBits;
        return Avx512F.Multiply(scaled.AsUInt32(), reciprocals.AsUInt32()) >> 32;
    }

    /// <summary>Looks up what <see cref="Millibits"/> needs of eight lengths; of those beyond 64 bytes it is of no use.</summary>
    public static unsafe void LookUp(ulong* lengths, ulong* totals, ulong* reciprocals)
    {
        ref ulong firstTotal = ref MemoryMarshal.GetArrayDataReference(Totals);
        ref ulong firstReciprocal = ref MemoryMarshal.GetArrayDataReference(Reciprocals);
        for (int lane = 0; lane < Vector512<ulong>.Count; lane++)
        {
            nuint length = (nuint)Math.Min(lengths[lane], MaxBytes);
            totals[lane] = Unsafe.Add(ref firstTotal, length);
            reciprocals[lane] = Unsafe.Add(ref firstReciprocal, length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Count(Vector512<byte> ranks, Vector512<ulong> words, int bits)
    {
        // The bytes shifted in are made different from those they are compared with.
        Vector512<ulong> shifted = (words << bits) | (~words & Vector512.Create((1UL << bits) - 1));
        return Vector512.ConditionalSelect(Vector512.Equals(shifted.AsByte(), words.AsByte()), ranks + Vector512<byte>.One, ranks);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Sum(Vector512<byte> table, Vector512<byte> ranks, Vector512<byte> unknown) =>
        Avx512BW.SumAbsoluteDifferences(Avx512BW.Shuffle(table, ranks) & unknown, Vector512<byte>.Zero).AsUInt64();

    private static Vector512<byte> Steps(int shift)
    {
        Vector128<byte> steps = Vector128<byte>.Zero;
        for (int count = 0; count < Vector128<byte>.Count; count++)
            steps = steps.WithElement(count, (byte)(EntropyTable.Steps[count] >> shift));
        return Vector512.Create(Vector256.Create(steps, steps), Vector256.Create(steps, steps));
    }
}
