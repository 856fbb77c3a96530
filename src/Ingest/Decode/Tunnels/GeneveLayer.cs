using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>GENEVE (RFC 8926 section 3.4).</summary>
internal static class GeneveLayer
{
    private const int FixedBytes = 8;
    private const int UnitBytes = 4;
    private const int OptionsMask = 0x3F;

    /// <summary>Reads the header and steps over its options.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < FixedBytes || walk.Frame[walk.Offset] >> 6 != 0)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        int bytes = FixedBytes + ((walk.Frame[walk.Offset] & OptionsMask) * UnitBytes);
        if (walk.Captured < bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        ushort type = walk.Peek16(2);
        walk.Vni = walk.Peek32(4) >> 8;
        walk.Skip(bytes);
        if (!walk.Enter(TunnelKind.Geneve))
            return Layer.Stop;
        return type > EthernetLayer.MaxLength ? EtherTypes.Next(ref walk, type) : Layer.Stop;
    }
}
