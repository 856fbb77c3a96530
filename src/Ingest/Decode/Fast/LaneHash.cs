using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// XXH64 (seed 0) of short payloads, sixteen at a time. One hash is a chain of dependent multiplications, whose latency no
/// machine can hide; eight hashes are the same chain in eight lanes, and two such chains side by side fill each other's gaps.
/// </summary>
internal static unsafe class LaneHash
{
    /// <summary>The longest payload.</summary>
    public const int MaxBytes = 64;

    private const ulong Prime1 = 0x9E37_79B1_85EB_CA87;
    private const ulong Prime2 = 0xC2B2_AE3D_27D4_EB4F;
    private const ulong Prime3 = 0x1656_67B1_9E37_79F9;
    private const ulong Prime4 = 0x85EB_CA77_C2B2_AE63;
    private const ulong Prime5 = 0x27D4_EB2F_1656_67C5;
    private const int StripeBytes = 32;
    private const int Columns = 8;

    /// <summary>Hashes two groups of eight.</summary>
    /// <param name="columns">
    /// Of each group eight columns: number i of all payloads, little-endian, zero behind a payload's end.
    /// </param>
    /// <param name="lengths">Lengths in bytes, 0 to 64, of all payloads.</param>
    /// <param name="hashes">Receives the hashes.</param>
    public static void Hash(Vector512<ulong>* columns, Vector512<ulong>* lengths, Vector512<ulong>* hashes)
    {
        Vector512<ulong> aLength = lengths[0], bLength = lengths[1];
        Vector512<ulong>* bColumns = columns + Columns;
        Vector512<ulong> prime5 = Vector512.Create(Prime5);
        Vector512<ulong> aLong = Vector512.GreaterThanOrEqual(aLength, Vector512.Create((ulong)StripeBytes));
        Vector512<ulong> bLong = Vector512.GreaterThanOrEqual(bLength, Vector512.Create((ulong)StripeBytes));
        Vector512<ulong> a = prime5, b = prime5;
        if (Vector512.AnyWhereAllBitsSet(aLong) || Vector512.AnyWhereAllBitsSet(bLong))
        {
            Vector512<ulong> start1 = Vector512.Create(unchecked(Prime1 + Prime2)), start2 = Vector512.Create(Prime2);
            Vector512<ulong> start3 = Vector512<ulong>.Zero, start4 = Vector512.Create(unchecked(0 - Prime1));
            Vector512<ulong> a1 = Round(start1, columns[0]), b1 = Round(start1, bColumns[0]);
            Vector512<ulong> a2 = Round(start2, columns[1]), b2 = Round(start2, bColumns[1]);
            Vector512<ulong> a3 = Round(start3, columns[2]), b3 = Round(start3, bColumns[2]);
            Vector512<ulong> a4 = Round(start4, columns[3]), b4 = Round(start4, bColumns[3]);
            Vector512<ulong> two = Vector512.Create(2UL * StripeBytes);
            Vector512<ulong> aTwo = Vector512.Equals(aLength, two), bTwo = Vector512.Equals(bLength, two);
            if (Vector512.AnyWhereAllBitsSet(aTwo) || Vector512.AnyWhereAllBitsSet(bTwo))
            {
                a1 = Vector512.ConditionalSelect(aTwo, Round(a1, columns[4]), a1);
                b1 = Vector512.ConditionalSelect(bTwo, Round(b1, bColumns[4]), b1);
                a2 = Vector512.ConditionalSelect(aTwo, Round(a2, columns[5]), a2);
                b2 = Vector512.ConditionalSelect(bTwo, Round(b2, bColumns[5]), b2);
                a3 = Vector512.ConditionalSelect(aTwo, Round(a3, columns[6]), a3);
                b3 = Vector512.ConditionalSelect(bTwo, Round(b3, bColumns[6]), b3);
                a4 = Vector512.ConditionalSelect(aTwo, Round(a4, columns[7]), a4);
                b4 = Vector512.ConditionalSelect(bTwo, Round(b4, bColumns[7]), b4);
            }

            Vector512<ulong> aStripes = Avx512F.RotateLeft(a1, 1) + Avx512F.RotateLeft(a2, 7) + Avx512F.RotateLeft(a3, 12) + Avx512F.RotateLeft(a4, 18);
            Vector512<ulong> bStripes = Avx512F.RotateLeft(b1, 1) + Avx512F.RotateLeft(b2, 7) + Avx512F.RotateLeft(b3, 12) + Avx512F.RotateLeft(b4, 18);
            aStripes = Merge(aStripes, a1);
            bStripes = Merge(bStripes, b1);
            aStripes = Merge(aStripes, a2);
            bStripes = Merge(bStripes, b2);
            aStripes = Merge(aStripes, a3);
            bStripes = Merge(bStripes, b3);
            a = Vector512.ConditionalSelect(aLong, Merge(aStripes, a4), prime5);
            b = Vector512.ConditionalSelect(bLong, Merge(bStripes, b4), prime5);
        }

        a += aLength;
        b += bLength;
        Vector512<ulong> inStripe = Vector512.Create((ulong)StripeBytes - 1);
        Vector512<ulong> aLeft = aLength & inStripe, bLeft = bLength & inStripe;
        for (int index = 0; index < 3; index++)
        {
            Vector512<ulong> needed = Vector512.Create((ulong)(8 * (index + 1)));
            Vector512<ulong> aHas = Vector512.GreaterThanOrEqual(aLeft, needed), bHas = Vector512.GreaterThanOrEqual(bLeft, needed);
            if (!Vector512.AnyWhereAllBitsSet(aHas) && !Vector512.AnyWhereAllBitsSet(bHas))
                break;
            a = Vector512.ConditionalSelect(aHas, AddWord(a, Vector512.ConditionalSelect(aLong, columns[4 + index], columns[index])), a);
            b = Vector512.ConditionalSelect(bHas, AddWord(b, Vector512.ConditionalSelect(bLong, bColumns[4 + index], bColumns[index])), b);
        }

        Vector512<ulong> odd = (aLength | bLength) & Vector512.Create(7UL);
        if (odd != Vector512<ulong>.Zero)
        {
            a = AddTail(a, columns, aLength);
            b = AddTail(b, bColumns, bLength);
        }

        hashes[0] = Avalanche(a);
        hashes[1] = Avalanche(b);
    }

    // What is left behind the last whole word: four bytes, then single ones. Few payloads have it.
    private static Vector512<ulong> AddTail(Vector512<ulong> hash, Vector512<ulong>* columns, Vector512<ulong> length)
    {
        ulong* words = (ulong*)columns;
        ulong* tails = stackalloc ulong[Columns];
        for (int lane = 0; lane < Columns; lane++)
        {
            int word = (int)(length[lane] >> 3);
            tails[lane] = word < Columns ? words[(word * Columns) + lane] : 0;
        }

        Vector512<ulong> tail = Vector512.Load(tails);
        Vector512<ulong> four = Vector512.Create(4UL);
        Vector512<ulong> hasFour = Vector512.Equals(length & four, four);
        Vector512<ulong> added = hash ^ Avx512DQ.MultiplyLow(tail & Vector512.Create((ulong)uint.MaxValue), Vector512.Create(Prime1));
        added = Avx512DQ.MultiplyLow(Avx512F.RotateLeft(added, 23), Vector512.Create(Prime2)) + Vector512.Create(Prime3);
        hash = Vector512.ConditionalSelect(hasFour, added, hash);
        tail = Vector512.ConditionalSelect(hasFour, tail >> 32, tail);
        Vector512<ulong> bytes = length & Vector512.Create(3UL);
        for (ulong index = 0; index < 3; index++)
        {
            added = hash ^ Avx512DQ.MultiplyLow(tail & Vector512.Create(255UL), Vector512.Create(Prime5));
            added = Avx512DQ.MultiplyLow(Avx512F.RotateLeft(added, 11), Vector512.Create(Prime1));
            hash = Vector512.ConditionalSelect(Vector512.GreaterThan(bytes, Vector512.Create(index)), added, hash);
            tail >>= 8;
        }

        return hash;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Round(Vector512<ulong> lane, Vector512<ulong> input) => Avx512DQ.MultiplyLow(
        Avx512F.RotateLeft(lane + Avx512DQ.MultiplyLow(input, Vector512.Create(Prime2)), 31), Vector512.Create(Prime1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Merge(Vector512<ulong> hash, Vector512<ulong> lane) =>
        Avx512DQ.MultiplyLow(hash ^ Round(Vector512<ulong>.Zero, lane), Vector512.Create(Prime1)) + Vector512.Create(Prime4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> AddWord(Vector512<ulong> hash, Vector512<ulong> word) => Avx512DQ.MultiplyLow(
        Avx512F.RotateLeft(hash ^ Round(Vector512<ulong>.Zero, word), 27), Vector512.Create(Prime1)) + Vector512.Create(Prime4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Avalanche(Vector512<ulong> hash)
    {
        hash ^= hash >> 33;
        hash = Avx512DQ.MultiplyLow(hash, Vector512.Create(Prime2));
        hash ^= hash >> 29;
        hash = Avx512DQ.MultiplyLow(hash, Vector512.Create(Prime3));
        return hash ^ (hash >> 32);
    }
}
