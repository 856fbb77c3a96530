using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Shannon entropy of bytes: log2 N minus the sum of n log2 n over the counts n of each value, divided by N. The sum is kept while
/// counting: a count's term grows by a step that only depends on the count.
/// </summary>
internal static class PayloadEntropy
{
    private const int Values = 256;
    private const int MillibitsPerBit = 1000;

    /// <summary>
    /// Thousandths of a bit per byte, 0 to 8000, rounded to the nearest; 0 of no bytes. At most
    /// <see cref="EntropyTable.MaxCount"/> bytes.
    /// </summary>
    [SkipLocalsInit]
    public static ushort Millibits(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
            return 0;
        Span<ushort> counts = stackalloc ushort[Values];
        counts.Clear();
        ref ushort first = ref MemoryMarshal.GetReference(counts);
        ref uint steps = ref MemoryMarshal.GetArrayDataReference(EntropyTable.Steps);
        ulong sum = 0;
        foreach (byte value in bytes)
        {
            // In range: 256 counts for a byte, and a step for every count, of which none is above 65,535.
            ref ushort count = ref Unsafe.Add(ref first, value);
            sum += Unsafe.Add(ref steps, count);
            count++;
        }

        return FromSum(sum, bytes.Length);
    }

    /// <summary>The entropy of <paramref name="length"/> bytes whose counts' terms add up to <paramref name="sum"/>.</summary>
    public static ushort FromSum(ulong sum, int length)
    {
        // The terms are rounded one by one, so a sum may pass the total by a hair where all bytes are the same.
        ulong total = EntropyTable.Terms[length];
        ulong bits = total > sum ? total - sum : 0;
        ulong divisor = (ulong)length << EntropyTable.FractionBits;
        return (ushort)(((bits * MillibitsPerBit) + (divisor / 2)) / divisor);
    }
}
