using System.Numerics;

namespace IcmpStream.Schemas;

/// <summary>
/// The buckets in which round-trip times are counted: 64 to the octave, of equal width within it. That is DDSketch's linearly interpolated
/// mapping (Masson, Rim and Lee, VLDB 2019, and the "fast" mapping of its authors' libraries) with fixed bounds, in integers alone.
/// </summary>
/// <remarks>
/// <code>
///   bucket   0            1 + 64 (e - 10) + m,  e = 10 .. 35, m = 0 .. 63       1665
///   ns       0 .. 1,023   (64 + m) 2^(e-6)  up to, not with,  (65 + m) 2^(e-6)  2^36 and more
/// </code>
/// The estimate of a bucket from l to u is 2 l u / (l + u), which is off from either end by the same share of it, (u - l) / (u + l) =
/// 1 / (129 + 2m): at most 1/129 of any time in the bucket. Rounding down does not add to it, since times are whole ns below u.
/// </remarks>
public static class RttBuckets
{
    /// <summary>Buckets there are.</summary>
    public const int Count = 2 + (Octaves << StepBits);

    /// <summary>Below this, 1.024 us, all is one bucket: a capture's clock hardly tells more.</summary>
    public const long LowNs = 1L << LowBits;

    /// <summary>From here, 68.7 s, all is one bucket: an answer that comes more than 60 s late belongs to no request by default.</summary>
    public const long HighNs = 1L << HighBits;

    /// <summary>The relative error of an estimate from <see cref="LowNs"/> up to <see cref="HighNs"/> is at most one part of so many.</summary>
    public const int ErrorParts = (2 << StepBits) + 1;

    private const int LowBits = 10;
    private const int HighBits = 36;
    private const int Octaves = HighBits - LowBits;
    private const int StepBits = 6;
    private const int Steps = 1 << StepBits;

    /// <summary>The bucket of a time, ns; of a negative one, which is none, the lowest.</summary>
    public static int Of(long rttNs)
    {
        if (rttNs < LowNs)
            return 0;
        if (rttNs >= HighNs)
            return Count - 1;
        int exponent = BitOperations.Log2((ulong)rttNs);
        return 1 + ((exponent - LowBits - 1) << StepBits) + (int)(rttNs >> (exponent - StepBits));
    }

    /// <summary>The shortest time of a bucket, ns.</summary>
    public static long LowestNs(int bucket)
    {
        if (bucket == 0)
            return 0;
        (long steps, int shift) = Parts(bucket);
        return steps << shift;
    }

    /// <summary>What stands for a bucket's times, ns: half of <see cref="LowNs"/> for the lowest, <see cref="HighNs"/> for the highest.</summary>
    public static long EstimateNs(int bucket)
    {
        if (bucket == 0)
            return LowNs / 2;
        if (bucket == Count - 1)
            return HighNs;
        (long steps, int shift) = Parts(bucket);
        return ((2 * steps * (steps + 1)) << shift) / ((2 * steps) + 1);
    }

    /// <summary>
    /// What <paramref name="percent"/> of 100 times do not exceed, by nearest rank, ns: the estimate of the bucket in which the ceil(n percent / 100)-th
    /// shortest of n lies, kept within the shortest and the longest. 0 of no times.
    /// </summary>
    /// <param name="cells">How many fell into which bucket, ascending.</param>
    /// <param name="percent">1 to 100.</param>
    /// <param name="minNs">The shortest.</param>
    /// <param name="maxNs">The longest.</param>
    public static long PercentileNs(IReadOnlyList<RttCell> cells, int percent, long minNs, long maxNs)
    {
        ArgumentNullException.ThrowIfNull(cells);
        ArgumentOutOfRangeException.ThrowIfLessThan(percent, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        Int128 count = 0;
        for (int i = 0; i < cells.Count; i++)
            count += cells[i].Count;
        Int128 rank = ((count * percent) + 99) / 100;
        for (int i = 0; i < cells.Count; i++)
        {
            rank -= cells[i].Count;
            if (rank <= 0)
                return Math.Min(Math.Max(EstimateNs(cells[i].Bucket), minNs), maxNs);
        }

        return 0;
    }

    // A bucket's lowest time is steps << shift, its width 1 << shift.
    private static (long Steps, int Shift) Parts(int bucket)
    {
        int index = bucket - 1;
        return (Steps + (index & (Steps - 1)), LowBits - StepBits + (index >> StepBits));
    }
}
