using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Ingest.Decode;

/// <summary>Turns eight rows of 64 bytes into eight columns of one number from each, and back.</summary>
internal static unsafe class LaneTranspose
{
    private static readonly Vector512<ulong> LowPairs = Vector512.Create(0UL, 1, 8, 9, 4, 5, 12, 13);
    private static readonly Vector512<ulong> HighPairs = Vector512.Create(2UL, 3, 10, 11, 6, 7, 14, 15);
    private static readonly Vector512<ulong> FirstRows = Vector512.Create(0UL, 1, 8, 9, 2, 3, 10, 11);
    private static readonly Vector512<ulong> LastRows = Vector512.Create(4UL, 5, 12, 13, 6, 7, 14, 15);

    /// <summary>Transposes eight rows of eight numbers and writes the columns, 64 bytes apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(
        Vector512<ulong> r0, Vector512<ulong> r1, Vector512<ulong> r2, Vector512<ulong> r3,
        Vector512<ulong> r4, Vector512<ulong> r5, Vector512<ulong> r6, Vector512<ulong> r7, Vector512<ulong>* to)
    {
        StoreFour(r0, r1, r2, r3, (byte*)to, Vector512<byte>.Count);
        StoreFour(r4, r5, r6, r7, (byte*)to + Vector256<byte>.Count, Vector512<byte>.Count);
    }

    /// <summary>
    /// Writes the four numbers of each of eight lanes side by side, one lane <paramref name="stride"/> bytes behind the other. Halves go
    /// straight to memory: shuffles have one port, stores have two others.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFour(Vector512<ulong> c0, Vector512<ulong> c1, Vector512<ulong> c2, Vector512<ulong> c3, byte* to, nint stride)
    {
        Vector512<ulong> even0 = Avx512F.UnpackLow(c0, c1), odd0 = Avx512F.UnpackHigh(c0, c1);
        Vector512<ulong> even1 = Avx512F.UnpackLow(c2, c3), odd1 = Avx512F.UnpackHigh(c2, c3);
        Vector512<ulong> rows02 = Avx512F.PermuteVar8x64x2(even0, FirstRows, even1), rows46 = Avx512F.PermuteVar8x64x2(even0, LastRows, even1);
        Vector512<ulong> rows13 = Avx512F.PermuteVar8x64x2(odd0, FirstRows, odd1), rows57 = Avx512F.PermuteVar8x64x2(odd0, LastRows, odd1);
        *(Vector256<ulong>*)to = rows02.GetLower();
        *(Vector256<ulong>*)(to + stride) = rows13.GetLower();
        *(Vector256<ulong>*)(to + (2 * stride)) = Avx512F.ExtractVector256(rows02, 1);
        *(Vector256<ulong>*)(to + (3 * stride)) = Avx512F.ExtractVector256(rows13, 1);
        *(Vector256<ulong>*)(to + (4 * stride)) = rows46.GetLower();
        *(Vector256<ulong>*)(to + (5 * stride)) = rows57.GetLower();
        *(Vector256<ulong>*)(to + (6 * stride)) = Avx512F.ExtractVector256(rows46, 1);
        *(Vector256<ulong>*)(to + (7 * stride)) = Avx512F.ExtractVector256(rows57, 1);
    }

    /// <summary>Transposes eight rows of four numbers, given as pairs of rows 0 and 4, 1 and 5, 2 and 6, 3 and 7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split(
        Vector512<ulong> rows04, Vector512<ulong> rows15, Vector512<ulong> rows26, Vector512<ulong> rows37,
        out Vector512<ulong> c0, out Vector512<ulong> c1, out Vector512<ulong> c2, out Vector512<ulong> c3)
    {
        Vector512<ulong> a0 = Avx512F.UnpackLow(rows04, rows15), a1 = Avx512F.UnpackHigh(rows04, rows15);
        Vector512<ulong> a2 = Avx512F.UnpackLow(rows26, rows37), a3 = Avx512F.UnpackHigh(rows26, rows37);
        Vector512<ulong> low = LowPairs, high = HighPairs;
        c0 = Avx512F.PermuteVar8x64x2(a0, low, a2);
        c1 = Avx512F.PermuteVar8x64x2(a1, low, a3);
        c2 = Avx512F.PermuteVar8x64x2(a0, high, a2);
        c3 = Avx512F.PermuteVar8x64x2(a1, high, a3);
    }
}
