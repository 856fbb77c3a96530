using System.Runtime.Intrinsics;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// HyperLogLog over 2^11 registers of a byte (Flajolet and others, 2007) with a fixed hash and integer arithmetic only, so that the
/// estimate is the same number on every machine and with every library. Standard error 1.04 / sqrt(2048) = 2.3 %.
/// </summary>
public static class HyperLogLog
{
    /// <summary>Bits of the hash that choose a register.</summary>
    public const int Precision = 11;

    /// <summary>Registers, one byte each.</summary>
    public const int Registers = 1 << Precision;

    // 1 / 2^rank as a whole number of 2^-52; a rank is at most 54, and those above 52 add less than one part in 2^52.
    private const int ScaleBits = 52;

    // alpha(2048) = 0.7213 / (1 + 1.079 / 2048), times 2^32.
    private const ulong AlphaScaled = 3_096_328_593;

    private static readonly long[] LinearCounts = MakeLinearCounts();

    /// <summary>Adds an address.</summary>
    public static void Add(Span<byte> registers, Address address) => Add(registers, Mix.Hash64(address));

    /// <summary>Adds an address by its hash.</summary>
    internal static void Add(Span<byte> registers, ulong hash)
    {
        int register = (int)(hash >> (64 - Precision));

        // The sentinel bit bounds the rank where all remaining bits are zero.
        int rank = System.Numerics.BitOperations.LeadingZeroCount((hash << Precision) | (1UL << (Precision - 1))) + 1;
        if (registers[register] < rank)
            registers[register] = (byte)rank;
    }

    /// <summary>Adds all of another sketch: the union.</summary>
    public static void Merge(Span<byte> registers, ReadOnlySpan<byte> other)
    {
        registers = registers[..Registers];
        other = other[..Registers];
        for (int i = 0; i < Registers; i += Vector256<byte>.Count)
            Vector256.Max(Vector256.Create<byte>(registers[i..]), Vector256.Create(other[i..])).CopyTo(registers[i..]);
    }

    /// <summary>The number of distinct addresses, rounded.</summary>
    public static long Estimate(ReadOnlySpan<byte> registers)
    {
        ulong sum = 0;
        int zeros = 0;
        for (int i = 0; i < Registers; i++)
        {
            int rank = registers[i];
            zeros += rank == 0 ? 1 : 0;
            sum += rank <= ScaleBits ? 1UL << (ScaleBits - rank) : 0;
        }

        // All 2,048 registers at zero would be 2^63; an estimate below 2.5 m is better by linear counting.
        UInt128 raw = (UInt128)AlphaScaled * ((ulong)Registers * Registers) << (ScaleBits - 32);
        long estimate = sum == 0 ? long.MaxValue : (long)((raw + (sum / 2)) / sum);
        return zeros > 0 && estimate <= 5 * Registers / 2 ? LinearCounts[zeros] : estimate;
    }

    // With z of m registers empty the best guess is the expected number of draws that leave z empty: m (H(m) - H(z)), of which
    // m ln(m / z) is the textbook approximation. Harmonic sums need no logarithm.
    private static long[] MakeLinearCounts()
    {
        var counts = new long[Registers + 1];
        ulong harmonic = 0;
        for (int zeros = Registers; zeros >= 1; zeros--)
        {
            counts[zeros] = (long)((((UInt128)harmonic * Registers) + (1UL << 31)) >> 32);
            harmonic += (1UL << 32) / (uint)zeros;
        }

        counts[0] = long.MaxValue;
        return counts;
    }
}
