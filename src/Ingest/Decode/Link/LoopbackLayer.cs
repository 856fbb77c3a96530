using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP): an address family of four bytes, in the byte order of the machine that captured it,
/// with its number for IPv6 (10, 23, 24, 28 or 30); the nibble behind says the same and needs no table of systems.
/// </summary>
internal static class LoopbackLayer
{
    private const int HeaderBytes = 4;
    private const uint Inet = 2;

    /// <summary>Reads the header.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        uint family = walk.Peek32(0);
        if (family > ushort.MaxValue)
            family = BinaryPrimitives.ReverseEndianness(family);
        walk.Skip(HeaderBytes);
        return family is Inet or 10 or 23 or 24 or 28 or 30 ? Layer.Ip : Layer.Stop;
    }
}
