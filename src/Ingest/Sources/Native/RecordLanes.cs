using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// Reads eight records of a little-endian classic capture at once, if they are as long as each other. Record by record each length says where
/// the next one is, so that a walk waits for memory at every step; here the first length says where all eight are, and the others are held
/// against it.
/// </summary>
internal static unsafe class RecordLanes
{
    /// <summary>Records read at once.</summary>
    public const int Lanes = 8;

    private const int LinkTypeBit = 48;

    private static readonly Vector512<ulong> Numbers = Vector512.CreateSequence(1UL, 1UL);

    /// <summary>True on machines that have AVX-512.</summary>
    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>Fills <paramref name="infos"/> from the records at the start of <paramref name="unread"/>.</summary>
    /// <param name="unread">At least eight times <paramref name="recordBytes"/>; else <see cref="ArgumentOutOfRangeException"/>.</param>
    /// <param name="recordBytes">Length of the first record, its header included.</param>
    /// <param name="nsPerTick">Nanoseconds in a unit of the fraction.</param>
    /// <param name="linkType">The capture's.</param>
    /// <param name="frames">The number of the frame before.</param>
    /// <param name="infos">Room for eight, else the same; those behind the ones returned are left undefined.</param>
    /// <returns>How many are as long as the first, the first included: only those are frames.</returns>
    public static int Read(ReadOnlySpan<byte> unread, int recordBytes, uint nsPerTick, ushort linkType, long frames, Span<FrameInfo> infos)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(recordBytes, CaptureHeader.ClassicRecordBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(recordBytes, unread.Length / Lanes);
        ArgumentOutOfRangeException.ThrowIfLessThan(infos.Length, Lanes);
        fixed (byte* at = unread)
        fixed (FrameInfo* to = infos)
        {
            Split(at, recordBytes, out Vector512<ulong> stamps, out Vector512<ulong> lengths);
            Vector512<ulong> captured = lengths & Vector512.Create((ulong)uint.MaxValue);
            uint alike = (uint)Vector512.Equals(captured, Vector512.Create((ulong)(recordBytes - CaptureHeader.ClassicRecordBytes))).ExtractMostSignificantBits();

            Vector512<ulong> time = Avx512F.Multiply(stamps.AsUInt32(), Vector512.Create((ulong)FrameCursor.NsPerSecond).AsUInt32())
                + Avx512F.Multiply((stamps >> 32).AsUInt32(), Vector512.Create((ulong)nsPerTick).AsUInt32());
            Vector512<ulong> number = Vector512.Create((ulong)frames) + Numbers;
            Vector512<ulong> place = Vector512.Create(((ulong)linkType << LinkTypeBit) | 1);
            lengths = Avx512F.RotateLeft(lengths, 32);
            StoreEveryOther(Avx512F.UnpackLow(time, number), Avx512F.UnpackLow(lengths, place), to);
            StoreEveryOther(Avx512F.UnpackHigh(time, number), Avx512F.UnpackHigh(lengths, place), to + 1);
            return BitOperations.TrailingZeroCount(~alike);
        }
    }

    /// <summary>Of eight rows the first two numbers each, in two columns.</summary>
    /// <param name="rows">The first row.</param>
    /// <param name="stride">From one row to the next, bytes.</param>
    /// <param name="first">Receives each row's first number.</param>
    /// <param name="second">Receives each row's second number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split(byte* rows, nint stride, out Vector512<ulong> first, out Vector512<ulong> second)
    {
        Vector512<ulong> even = EveryOther(rows, stride), odd = EveryOther(rows + stride, stride);
        first = Avx512F.UnpackLow(even, odd);
        second = Avx512F.UnpackHigh(even, odd);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> EveryOther(byte* rows, nint stride) => Vector512.Create(
        Vector256.Create(Vector128.Load((ulong*)rows), Vector128.Load((ulong*)(rows + (2 * stride)))),
        Vector256.Create(Vector128.Load((ulong*)(rows + (4 * stride))), Vector128.Load((ulong*)(rows + (6 * stride)))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreEveryOther(Vector512<ulong> front, Vector512<ulong> back, FrameInfo* to)
    {
        ulong* words = (ulong*)to;
        const int stride = 2 * FrameInfo.Size / sizeof(ulong), half = FrameInfo.Size / sizeof(ulong) / 2;
        Avx512F.ExtractVector128(front, 0).Store(words);
        Avx512F.ExtractVector128(back, 0).Store(words + half);
        Avx512F.ExtractVector128(front, 1).Store(words + stride);
        Avx512F.ExtractVector128(back, 1).Store(words + stride + half);
        Avx512F.ExtractVector128(front, 2).Store(words + (2 * stride));
        Avx512F.ExtractVector128(back, 2).Store(words + (2 * stride) + half);
        Avx512F.ExtractVector128(front, 3).Store(words + (3 * stride));
        Avx512F.ExtractVector128(back, 3).Store(words + (3 * stride) + half);
    }
}
