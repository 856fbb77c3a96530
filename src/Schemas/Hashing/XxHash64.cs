using System.Buffers.Binary;
using System.Numerics;

namespace IcmpStream.Schemas;

/// <summary>
/// XXH64 (the xxHash specification, version 0.1.1): the project's 64-bit hash of payloads and identities, the same on every
/// machine and in every version.
/// </summary>
public static class XxHash64
{
    private const ulong Prime1 = 0x9E37_79B1_85EB_CA87;
    private const ulong Prime2 = 0xC2B2_AE3D_27D4_EB4F;
    private const ulong Prime3 = 0x1656_67B1_9E37_79F9;
    private const ulong Prime4 = 0x85EB_CA77_C2B2_AE63;
    private const ulong Prime5 = 0x27D4_EB2F_1656_67C5;
    private const int StripeBytes = 32;

    /// <summary>The hash of some bytes.</summary>
    public static ulong Hash(ReadOnlySpan<byte> data, ulong seed = 0)
    {
        unchecked
        {
            ulong length = (ulong)data.Length;
            return data.Length >= StripeBytes
                ? Resume(seed + Prime1 + Prime2, seed + Prime2, seed, seed - Prime1, data, length)
                : Avalanche(Tail(seed + Prime5 + length, data));
        }
    }

    /// <summary>
    /// The hash of at least 32 bytes whose first ones, a multiple of 32, have been taken into the algorithm's four lanes by other means.
    /// </summary>
    /// <param name="lane1">What has become of bytes 0 to 7 of each 32.</param>
    /// <param name="lane2">Of bytes 8 to 15.</param>
    /// <param name="lane3">Of bytes 16 to 23.</param>
    /// <param name="lane4">Of bytes 24 to 31.</param>
    /// <param name="rest">The bytes that are left.</param>
    /// <param name="length">The length of all.</param>
    public static ulong Resume(ulong lane1, ulong lane2, ulong lane3, ulong lane4, ReadOnlySpan<byte> rest, ulong length)
    {
        unchecked
        {
            while (rest.Length >= StripeBytes)
            {
                // The four reads lie within the one length that the loop tests, so the compiler drops their own checks.
                lane1 = Round(lane1, BinaryPrimitives.ReadUInt64LittleEndian(rest));
                lane2 = Round(lane2, BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]));
                lane3 = Round(lane3, BinaryPrimitives.ReadUInt64LittleEndian(rest[16..]));
                lane4 = Round(lane4, BinaryPrimitives.ReadUInt64LittleEndian(rest[24..]));
                rest = rest[StripeBytes..];
            }

            ulong hash = BitOperations.RotateLeft(lane1, 1) + BitOperations.RotateLeft(lane2, 7)
                + BitOperations.RotateLeft(lane3, 12) + BitOperations.RotateLeft(lane4, 18);
            hash = Merge(hash, lane1);
            hash = Merge(hash, lane2);
            hash = Merge(hash, lane3);
            hash = Merge(hash, lane4);
            return Avalanche(Tail(hash + length, rest));
        }
    }

    private static ulong Tail(ulong hash, ReadOnlySpan<byte> data)
    {
        unchecked
        {
            while (data.Length >= 8)
            {
                hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(data));
                hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
                data = data[8..];
            }

            if (data.Length >= 4)
            {
                hash ^= BinaryPrimitives.ReadUInt32LittleEndian(data) * Prime1;
                hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
                data = data[4..];
            }

            foreach (byte value in data)
                hash = BitOperations.RotateLeft(hash ^ (value * Prime5), 11) * Prime1;
            return hash;
        }
    }

    private static ulong Round(ulong lane, ulong input) =>
        unchecked(BitOperations.RotateLeft(lane + (input * Prime2), 31) * Prime1);

    private static ulong Merge(ulong hash, ulong lane) => unchecked(((hash ^ Round(0, lane)) * Prime1) + Prime4);

    private static ulong Avalanche(ulong hash)
    {
        unchecked
        {
            hash ^= hash >> 33;
            hash *= Prime2;
            hash ^= hash >> 29;
            hash *= Prime3;
            return hash ^ (hash >> 32);
        }
    }
}
