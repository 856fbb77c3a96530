using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>LISP data packets (RFC 9300 section 5.3): eight bytes of header, then IP.</summary>
internal static class LispLayer
{
    private const int HeaderBytes = 8;
    private const int InstanceBit = 0x08;

    /// <summary>Reads the header.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        if ((walk.Frame[walk.Offset] & InstanceBit) != 0)
            walk.Vni = walk.Peek32(4) >> 8;
        walk.Skip(HeaderBytes);
        return walk.Enter(TunnelKind.Lisp) ? Layer.Ip : Layer.Stop;
    }
}
