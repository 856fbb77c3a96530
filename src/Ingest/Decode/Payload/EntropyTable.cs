using System.Numerics;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// n log2 n in fixed point, made once by integer arithmetic alone, so that entropies are the same on every machine and in every
/// version: floating-point logarithms are not.
/// </summary>
internal static class EntropyTable
{
    /// <summary>Bits behind the point.</summary>
    public const int FractionBits = 16;

    /// <summary>The longest payload: an IP datagram's.</summary>
    public const int MaxCount = ushort.MaxValue;

    private const int LogarithmBits = 24;

    /// <summary>Entry n is n log2 n; 0 for 0.</summary>
    public static readonly ulong[] Terms = Build();

    /// <summary>Entry n is what the sum grows by when a count goes from n to n + 1.</summary>
    public static readonly uint[] Steps = Differences();

    private static ulong[] Build()
    {
        var terms = new ulong[MaxCount + 1];
        for (uint n = 1; n <= MaxCount; n++)
            terms[n] = ((n * Logarithm(n)) + (1UL << (LogarithmBits - FractionBits - 1))) >> (LogarithmBits - FractionBits);
        return terms;
    }

    private static uint[] Differences()
    {
        var steps = new uint[MaxCount + 1];
        for (int n = 0; n < MaxCount; n++)
            steps[n] = (uint)(Terms[n + 1] - Terms[n]);
        return steps;
    }

    // Bit by bit: squaring the mantissa doubles its logarithm, and what spills over one is the next bit.
    private static ulong Logarithm(uint n)
    {
        int whole = BitOperations.Log2(n);
        ulong mantissa = (ulong)n << (31 - whole);
        ulong fraction = 0;
        for (int bit = 0; bit < LogarithmBits; bit++)
        {
            mantissa = (mantissa * mantissa) >> 31;
            fraction <<= 1;
            if (mantissa >= 1UL << 32)
            {
                mantissa >>= 1;
                fraction |= 1;
            }
        }

        return ((ulong)whole << LogarithmBits) | fraction;
    }
}
