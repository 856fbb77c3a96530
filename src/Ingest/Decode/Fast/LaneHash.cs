using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// XXH64 (seed 0) of short payloads, 32 at a time. One hash is a chain of dependent multiplications, whose latency no machine can
/// hide; eight hashes are the same chain in eight lanes, and four such chains side by side fill each other's gaps.
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

    /// <summary>Groups of eight that are hashed together.</summary>
    public const int Groups = 4;

    /// <summary>Vectors that <see cref="Hash"/> needs to put aside: seven for each group.</summary>
    public const int AsideVectors = Groups * Columns;

    /// <summary>Hashes four groups of eight.</summary>
    /// <param name="columns">
    /// Of each group eight columns: number i of all payloads, little-endian, zero behind a payload's end.
    /// </param>
    /// <param name="lengths">Lengths in bytes, 0 to 64, of all payloads.</param>
    /// <param name="hashes">Receives the hashes.</param>
    /// <param name="aside">Room for <see cref="AsideVectors"/>.</param>
    public static void Hash(Vector512<ulong>* columns, Vector512<ulong>* lengths, Vector512<ulong>* hashes, Vector512<ulong>* aside)
    {
        // First all multiplications that wait for nothing but the payload, then the chain that is left, in four strands.
        bool hasStripes = false;
        for (int group = 0; group < Groups; group++)
            hasStripes |= Prepare(columns + (group * Columns), lengths[group], aside + (group * Columns), out hashes[group]);

        Chain(lengths, hashes, aside, hasStripes);
        Vector512<ulong> any = lengths[0] | lengths[1] | lengths[2] | lengths[3];
        if ((any & Vector512.Create(7UL)) != Vector512<ulong>.Zero)
        {
            for (int group = 0; group < Groups; group++)
                hashes[group] = AddTail(hashes[group], (ulong*)(columns + (group * Columns)), (ulong*)(lengths + group));
        }

        Avalanche(hashes);
    }

    // No call in here: vectors do not stay in registers across one.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Chain(Vector512<ulong>* lengths, Vector512<ulong>* hashes, Vector512<ulong>* aside, bool hasStripes)
    {
        Vector512<ulong> length0 = lengths[0], length1 = lengths[1], length2 = lengths[2], length3 = lengths[3];
        Vector512<ulong> h0 = hashes[0], h1 = hashes[1], h2 = hashes[2], h3 = hashes[3];
        Vector512<ulong> stripe = Vector512.Create((ulong)StripeBytes);
        Vector512<ulong> prime1 = Vector512.Create(Prime1), prime4 = Vector512.Create(Prime4);
        if (hasStripes)
        {
            for (int index = 0; index < 4; index++)
            {
                h0 = Merge(h0, aside[index], prime1, prime4);
                h1 = Merge(h1, aside[index + Columns], prime1, prime4);
                h2 = Merge(h2, aside[index + (2 * Columns)], prime1, prime4);
                h3 = Merge(h3, aside[index + (3 * Columns)], prime1, prime4);
            }
        }

        Vector512<ulong> prime5 = Vector512.Create(Prime5);
        h0 = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(length0, stripe), h0, prime5) + length0;
        h1 = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(length1, stripe), h1, prime5) + length1;
        h2 = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(length2, stripe), h2, prime5) + length2;
        h3 = Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(length3, stripe), h3, prime5) + length3;

        Vector512<ulong> inStripe = Vector512.Create((ulong)StripeBytes - 1);
        Vector512<ulong> left0 = length0 & inStripe, left1 = length1 & inStripe, left2 = length2 & inStripe, left3 = length3 & inStripe;
        Vector512<ulong> needed = Vector512.Create(8UL);
        for (int index = 4; index < 7; index++)
        {
            h0 = AddWord(h0, aside[index], left0, needed, prime1, prime4);
            h1 = AddWord(h1, aside[index + Columns], left1, needed, prime1, prime4);
            h2 = AddWord(h2, aside[index + (2 * Columns)], left2, needed, prime1, prime4);
            h3 = AddWord(h3, aside[index + (3 * Columns)], left3, needed, prime1, prime4);
            needed += Vector512.Create(8UL);
        }

        hashes[0] = h0;
        hashes[1] = h1;
        hashes[2] = h2;
        hashes[3] = h3;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Avalanche(Vector512<ulong>* hashes)
    {
        Vector512<ulong> h0 = hashes[0], h1 = hashes[1], h2 = hashes[2], h3 = hashes[3];
        Vector512<ulong> prime2 = Vector512.Create(Prime2), prime3 = Vector512.Create(Prime3);
        h0 = Avx512DQ.MultiplyLow(h0 ^ (h0 >> 33), prime2);
        h1 = Avx512DQ.MultiplyLow(h1 ^ (h1 >> 33), prime2);
        h2 = Avx512DQ.MultiplyLow(h2 ^ (h2 >> 33), prime2);
        h3 = Avx512DQ.MultiplyLow(h3 ^ (h3 >> 33), prime2);
        h0 = Avx512DQ.MultiplyLow(h0 ^ (h0 >> 29), prime3);
        h1 = Avx512DQ.MultiplyLow(h1 ^ (h1 >> 29), prime3);
        h2 = Avx512DQ.MultiplyLow(h2 ^ (h2 >> 29), prime3);
        h3 = Avx512DQ.MultiplyLow(h3 ^ (h3 >> 29), prime3);
        hashes[0] = h0 ^ (h0 >> 32);
        hashes[1] = h1 ^ (h1 >> 32);
        hashes[2] = h2 ^ (h2 >> 32);
        hashes[3] = h3 ^ (h3 >> 32);
    }

    // The four lanes of the stripes, and the words behind them, each multiplied as far as it can be without the hash; true where there are stripes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Prepare(Vector512<ulong>* columns, Vector512<ulong> length, Vector512<ulong>* aside, out Vector512<ulong> start)
    {
        Vector512<ulong> zero = Vector512<ulong>.Zero;
        Vector512<ulong> hasStripe = Vector512.GreaterThanOrEqual(length, Vector512.Create((ulong)StripeBytes));
        if (!Vector512.AnyWhereAllBitsSet(hasStripe))
        {
            aside[4] = Round(zero, columns[0]);
            aside[5] = Round(zero, columns[1]);
            aside[6] = Round(zero, columns[2]);
            start = zero;
            return false;
        }

        Vector512<ulong> lane1 = Round(Vector512.Create(unchecked(Prime1 + Prime2)), columns[0]);
        Vector512<ulong> lane2 = Round(Vector512.Create(Prime2), columns[1]);
        Vector512<ulong> lane3 = Round(zero, columns[2]);
        Vector512<ulong> lane4 = Round(Vector512.Create(unchecked(0 - Prime1)), columns[3]);
        aside[4] = Round(zero, Vector512.ConditionalSelect(hasStripe, columns[4], columns[0]));
        aside[5] = Round(zero, Vector512.ConditionalSelect(hasStripe, columns[5], columns[1]));
        aside[6] = Round(zero, Vector512.ConditionalSelect(hasStripe, columns[6], columns[2]));
        Vector512<ulong> hasTwo = Vector512.Equals(length, Vector512.Create(2UL * StripeBytes));
        if (Vector512.AnyWhereAllBitsSet(hasTwo))
        {
            lane1 = Vector512.ConditionalSelect(hasTwo, Round(lane1, columns[4]), lane1);
            lane2 = Vector512.ConditionalSelect(hasTwo, Round(lane2, columns[5]), lane2);
            lane3 = Vector512.ConditionalSelect(hasTwo, Round(lane3, columns[6]), lane3);
            lane4 = Vector512.ConditionalSelect(hasTwo, Round(lane4, columns[7]), lane4);
        }

        aside[0] = Round(zero, lane1);
        aside[1] = Round(zero, lane2);
        aside[2] = Round(zero, lane3);
        aside[3] = Round(zero, lane4);
        start = Avx512F.RotateLeft(lane1, 1) + Avx512F.RotateLeft(lane2, 7) + Avx512F.RotateLeft(lane3, 12) + Avx512F.RotateLeft(lane4, 18);
        return true;
    }

    // What is left behind the last whole word: four bytes, then single ones. Few payloads have it.
    private static Vector512<ulong> AddTail(Vector512<ulong> hash, ulong* words, ulong* lengths)
    {
        // Payloads of 64 bytes and more have no word there, and no byte that is left.
        Vector512<ulong> length = Vector512.Load(lengths);
        Vector512<ulong> tail = Vector512.Create(
            Tail(words, lengths, 0), Tail(words, lengths, 1), Tail(words, lengths, 2), Tail(words, lengths, 3),
            Tail(words, lengths, 4), Tail(words, lengths, 5), Tail(words, lengths, 6), Tail(words, lengths, 7));
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
    private static ulong Tail(ulong* words, ulong* lengths, int lane) => words[((lengths[lane] >> 3) & (Columns - 1)) * Columns + (uint)lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Round(Vector512<ulong> lane, Vector512<ulong> input) => Avx512DQ.MultiplyLow(
        Avx512F.RotateLeft(lane + Avx512DQ.MultiplyLow(input, Vector512.Create(Prime2)), 31), Vector512.Create(Prime1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Merge(Vector512<ulong> hash, Vector512<ulong> lane, Vector512<ulong> prime1, Vector512<ulong> prime4) =>
        Avx512DQ.MultiplyLow(hash ^ lane, prime1) + prime4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> AddWord(
        Vector512<ulong> hash, Vector512<ulong> word, Vector512<ulong> left, Vector512<ulong> needed, Vector512<ulong> prime1, Vector512<ulong> prime4)
    {
        Vector512<ulong> added = Avx512DQ.MultiplyLow(Avx512F.RotateLeft(hash ^ word, 27), prime1) + prime4;
        return Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(left, needed), added, hash);
    }
}
