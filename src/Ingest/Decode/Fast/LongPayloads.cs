using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Payloads beyond the 64 bytes that fit the columns of <see cref="EchoLanes"/>: their hashes, eight payloads side by side, and sums and
/// patterns of what lies behind the first 64 bytes, 64 bytes at a time.
/// </summary>
/// <remarks>
/// <code>
///   A stripe of XXH64 has four numbers, and each waits for a product of the stripe before: two payloads fill a vector, eight fill four,
///   and by the time that the fourth is multiplied the first is there.
///      accumulators 0   |payload 0: lane 1  2  3  4|payload 1: lane 1  2  3  4|
///      accumulators 1   |payload 2                 |payload 3                 |   ...
/// </code>
/// </remarks>
internal static unsafe class LongPayloads
{
    private const int Lanes = 8;
    private const int StripeLanes = 4;
    private const int StripeBytes = 32;
    private const int VectorBytes = 64;

    /// <summary>With fewer payloads than these the plain hash is as fast.</summary>
    private const int MinHashes = 3;

    private const ulong Prime1 = 0x9E37_79B1_85EB_CA87;
    private const ulong Prime2 = 0xC2B2_AE3D_27D4_EB4F;

    private static readonly Vector512<ulong> Start = Vector512.Create(
        unchecked(Prime1 + Prime2), Prime2, 0, unchecked(0 - Prime1), unchecked(Prime1 + Prime2), Prime2, 0, unchecked(0 - Prime1));

    private static readonly Vector512<byte> BytePlaces = Vector512.CreateSequence((byte)0, (byte)1);

    /// <summary>Hashes those of eight payloads that <paramref name="long"/> has a bit for; each has at least 32 bytes.</summary>
    /// <param name="long">The payloads.</param>
    /// <param name="payloads">Their addresses.</param>
    /// <param name="lengths">Their lengths in bytes.</param>
    /// <param name="hashes">Receives their hashes.</param>
    /// <param name="ahead">How far behind a payload the one lies that its lane has next: it is fetched meanwhile.</param>
    public static void Hash(uint @long, ulong* payloads, ulong* lengths, ulong* hashes, nint ahead)
    {
        if (BitOperations.PopCount(@long) < MinHashes)
        {
            for (; @long != 0; @long &= @long - 1)
            {
                int lane = BitOperations.TrailingZeroCount(@long);
                hashes[lane] = XxHash64.Hash(new ReadOnlySpan<byte>((byte*)payloads[lane], (int)lengths[lane]));
            }

            return;
        }

        // As many stripes as all of them have; a lane without a payload does what another does.
        byte** at = stackalloc byte*[Lanes];
        ulong* sums = stackalloc ulong[Lanes * StripeLanes];
        byte* any = (byte*)payloads[BitOperations.TrailingZeroCount(@long)];
        ulong least = ulong.MaxValue;
        for (int lane = 0; lane < Lanes; lane++)
        {
            bool isLong = (@long >> lane & 1) != 0;
            at[lane] = isLong ? (byte*)payloads[lane] : any;
            if (isLong)
                least = Math.Min(least, lengths[lane]);
        }

        nint bytes = (nint)(least & ~(ulong)(StripeBytes - 1));
        AddStripes(at, bytes, ahead, sums);
        for (; @long != 0; @long &= @long - 1)
        {
            int lane = BitOperations.TrailingZeroCount(@long);
            ulong* sum = sums + (lane * StripeLanes);
            var rest = new ReadOnlySpan<byte>(at[lane] + bytes, (int)(lengths[lane] - (ulong)bytes));
            hashes[lane] = XxHash64.Resume(sum[0], sum[1], sum[2], sum[3], rest, lengths[lane]);
        }
    }

    /// <summary>
    /// The sum of the bytes from the 64th on, for the Internet checksum, below 2^33; <paramref name="counts"/> says whether byte i is i.
    /// </summary>
    public static ulong Sum(byte* payload, ulong length, out bool counts)
    {
        Vector512<ulong> low = Vector512.Create((ulong)uint.MaxValue), even = Vector512<ulong>.Zero, odd = Vector512<ulong>.Zero;
        Vector512<byte> differences = Vector512<byte>.Zero, expected = BytePlaces + Vector512.Create((byte)VectorBytes);
        byte* at = payload + VectorBytes;
        byte* end = payload + length;
        for (; end - at >= VectorBytes; at += VectorBytes)
        {
            Vector512<ulong> words = Vector512.Load((ulong*)at);
            even += words & low;
            odd += words >> 32;
            differences |= words.AsByte() ^ expected;
            expected += Vector512.Create((byte)VectorBytes);
        }

        if (at < end)
        {
            Vector512<byte> there = Vector512.LessThan(BytePlaces, Vector512.Create((byte)(end - at)));
            Vector512<byte> bytes = Avx512BW.MaskLoad(at, there, Vector512<byte>.Zero);
            even += bytes.AsUInt64() & low;
            odd += bytes.AsUInt64() >> 32;
            differences |= (bytes ^ expected) & there;
        }

        counts = differences == Vector512<byte>.Zero;
        ulong sum = Vector512.Sum(even + odd);
        return (sum & uint.MaxValue) + (sum >> 32);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddStripes(byte** payloads, nint bytes, nint ahead, ulong* sums)
    {
        byte* p0 = payloads[0], p1 = payloads[1], p2 = payloads[2], p3 = payloads[3];
        byte* p4 = payloads[4], p5 = payloads[5], p6 = payloads[6], p7 = payloads[7];
        Vector512<ulong> prime1 = Vector512.Create(Prime1), prime2 = Vector512.Create(Prime2);
        Vector512<ulong> s0 = Start, s1 = Start, s2 = Start, s3 = Start;
        for (nint at = 0; at < bytes; at += StripeBytes)
        {
            if ((at & StripeBytes) == 0)
            {
                nint next = at + ahead;
                Sse.Prefetch0(p0 + next);
                Sse.Prefetch0(p1 + next);
                Sse.Prefetch0(p2 + next);
                Sse.Prefetch0(p3 + next);
                Sse.Prefetch0(p4 + next);
                Sse.Prefetch0(p5 + next);
                Sse.Prefetch0(p6 + next);
                Sse.Prefetch0(p7 + next);
            }

            s0 = Round(s0, Two(p0 + at, p1 + at), prime1, prime2);
            s1 = Round(s1, Two(p2 + at, p3 + at), prime1, prime2);
            s2 = Round(s2, Two(p4 + at, p5 + at), prime1, prime2);
            s3 = Round(s3, Two(p6 + at, p7 + at), prime1, prime2);
        }

        s0.Store(sums);
        s1.Store(sums + Lanes);
        s2.Store(sums + (2 * Lanes));
        s3.Store(sums + (3 * Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Two(byte* first, byte* second) =>
        Avx512F.InsertVector256(Vector256.Load((ulong*)first).ToVector512Unsafe(), Vector256.Load((ulong*)second), 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Round(Vector512<ulong> sum, Vector512<ulong> input, Vector512<ulong> prime1, Vector512<ulong> prime2) =>
        Avx512DQ.MultiplyLow(Avx512F.RotateLeft(sum + Avx512DQ.MultiplyLow(input, prime2), 31), prime1);
}
