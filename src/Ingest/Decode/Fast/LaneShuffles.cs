using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace IcmpStream.Ingest.Decode;

/// <summary>Moves of bytes within each number of eight lanes; a place is named by the byte it takes, 0 to 7, or is left zero.</summary>
internal static class LaneShuffles
{
    /// <summary>Leaves a byte zero.</summary>
    public const byte No = 0x80;

    private static readonly Vector512<byte> LowByte = Make(0, 0, 0, 0, 0, 0, 0, 0);
    private static readonly Vector512<byte> Reversed = Make(7, 6, 5, 4, 3, 2, 1, 0);

    /// <summary>The moves that <paramref name="b0"/> to <paramref name="b7"/> name, for both numbers of each 128 bits.</summary>
    public static Vector512<byte> Make(byte b0, byte b1, byte b2, byte b3, byte b4, byte b5, byte b6, byte b7)
    {
        Vector128<byte> first = Vector128.Create(b0, b1, b2, b3, b4, b5, b6, b7, b0, b1, b2, b3, b4, b5, b6, b7);
        Vector128<byte> both = Vector128.ConditionalSelect(
            Vector128.Equals(first, Vector128.Create(No)), first, first + Vector128.Create(0, 0x0808_0808_0808_0808UL).AsByte());
        return Vector512.Create(Vector256.Create(both, both), Vector256.Create(both, both));
    }

    /// <summary>Moves bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Move(Vector512<ulong> words, Vector512<byte> moves) => Avx512BW.Shuffle(words.AsByte(), moves).AsUInt64();

    /// <summary>Reverses the bytes of each number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Reverse(Vector512<ulong> words) => Move(words, Reversed);

    /// <summary>The lowest byte of each number in all its bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> SpreadLowByte(Vector512<ulong> words) => Avx512BW.Shuffle(words.AsByte(), LowByte);
}
