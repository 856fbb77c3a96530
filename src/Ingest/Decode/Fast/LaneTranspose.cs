using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Ingest.Decode;

/// <summary>Turns eight rows of 64 bytes into eight columns of one number from each, and back.</summary>
internal static unsafe class LaneTranspose
{
    private static readonly Vector512<ulong> LowPairs = Vector512.Create(0UL, 1, 8, 9, 4, 5, 12, 13);
    private static readonly Vector512<ulong> HighPairs = Vector512.Create(2UL, 3, 10, 11, 6, 7, 14, 15);
    private static readonly Vector512<ulong> LowHalves = Vector512.Create(0UL, 1, 2, 3, 8, 9, 10, 11);
    private static readonly Vector512<ulong> HighHalves = Vector512.Create(4UL, 5, 6, 7, 12, 13, 14, 15);

    /// <summary>Transposes eight rows of eight numbers and writes the columns, <paramref name="stride"/> bytes apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(
        Vector512<ulong> r0, Vector512<ulong> r1, Vector512<ulong> r2, Vector512<ulong> r3,
        Vector512<ulong> r4, Vector512<ulong> r5, Vector512<ulong> r6, Vector512<ulong> r7, byte* to, nint stride)
    {
        Vector512<ulong> a0 = Avx512F.UnpackLow(r0, r1), a1 = Avx512F.UnpackHigh(r0, r1);
        Vector512<ulong> a2 = Avx512F.UnpackLow(r2, r3), a3 = Avx512F.UnpackHigh(r2, r3);
        Vector512<ulong> a4 = Avx512F.UnpackLow(r4, r5), a5 = Avx512F.UnpackHigh(r4, r5);
        Vector512<ulong> a6 = Avx512F.UnpackLow(r6, r7), a7 = Avx512F.UnpackHigh(r6, r7);

        // a0: 00 10 | 02 12 | 04 14 | 06 16, a1: the odd ones; each pair of 128 bits belongs to two rows of one column.
        Vector512<ulong> low = LowPairs, high = HighPairs;
        Vector512<ulong> b0 = Avx512F.PermuteVar8x64x2(a0, low, a2), b2 = Avx512F.PermuteVar8x64x2(a0, high, a2);
        Vector512<ulong> b1 = Avx512F.PermuteVar8x64x2(a1, low, a3), b3 = Avx512F.PermuteVar8x64x2(a1, high, a3);
        Vector512<ulong> b4 = Avx512F.PermuteVar8x64x2(a4, low, a6), b6 = Avx512F.PermuteVar8x64x2(a4, high, a6);
        Vector512<ulong> b5 = Avx512F.PermuteVar8x64x2(a5, low, a7), b7 = Avx512F.PermuteVar8x64x2(a5, high, a7);

        // b0: column 0 of rows 0 to 3, then column 4 of them; b4 the same of rows 4 to 7.
        Vector512<ulong> front = LowHalves, back = HighHalves;
        Avx512F.PermuteVar8x64x2(b0, front, b4).Store((ulong*)to);
        Avx512F.PermuteVar8x64x2(b1, front, b5).Store((ulong*)(to + stride));
        Avx512F.PermuteVar8x64x2(b2, front, b6).Store((ulong*)(to + (2 * stride)));
        Avx512F.PermuteVar8x64x2(b3, front, b7).Store((ulong*)(to + (3 * stride)));
        Avx512F.PermuteVar8x64x2(b0, back, b4).Store((ulong*)(to + (4 * stride)));
        Avx512F.PermuteVar8x64x2(b1, back, b5).Store((ulong*)(to + (5 * stride)));
        Avx512F.PermuteVar8x64x2(b2, back, b6).Store((ulong*)(to + (6 * stride)));
        Avx512F.PermuteVar8x64x2(b3, back, b7).Store((ulong*)(to + (7 * stride)));
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
