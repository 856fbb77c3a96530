using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>VXLAN (RFC 7348 section 5), and its generic form (draft-ietf-nvo3-vxlan-gpe-12 section 3).</summary>
internal static class VxlanLayer
{
    private const int HeaderBytes = 8;

    /// <summary>Reads the header; an Ethernet frame follows.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Vni = walk.Peek32(4) >> 8;
        walk.Skip(HeaderBytes);
        return walk.Enter(TunnelKind.Vxlan) ? Layer.Ethernet : Layer.Stop;
    }

    /// <summary>Reads the generic header, which may name what follows.</summary>
    public static Layer ReadGeneric(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);

        // A flag says that the next protocol is valid (section 3.1); one that is set without the flag is believed all the same.
        byte next = walk.Frame[walk.Offset + 3];
        walk.Vni = walk.Peek32(4) >> 8;
        walk.Skip(HeaderBytes);
        if (!walk.Enter(TunnelKind.Vxlan))
            return Layer.Stop;
        return next != 0 ? NshLayer.Next(next) : Layer.Ethernet;
    }
}
