using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>ERSPAN, mirrored frames in GRE (draft-foschiano-erspan-03 section 4).</summary>
internal static class ErspanLayer
{
    private const int Type2Bytes = 8;
    private const int Type3Bytes = 12;
    private const int PlatformBytes = 8;
    private const int SessionMask = 0x03FF;
    private const int FrameTypeMask = 0x7C00;
    private const int IpFrameType = 2 << 10;

    /// <summary>Type I has no header of its own, and no GRE sequence number by which type II is known.</summary>
    public static Layer ReadTypes1And2(ref PacketWalk walk, bool hasHeader)
    {
        if (!hasHeader)
            return Layer.Ethernet;
        if (walk.Captured < Type2Bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Vni = (uint)(walk.Peek16(2) & SessionMask);
        walk.Skip(Type2Bytes);
        return Layer.Ethernet;
    }

    /// <summary>Type III, with its optional platform header.</summary>
    public static Layer ReadType3(ref PacketWalk walk)
    {
        if (walk.Captured < Type3Bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Vni = (uint)(walk.Peek16(2) & SessionMask);
        int flags = walk.Peek16(10);
        walk.Skip(Type3Bytes);
        if ((flags & 1) != 0)
        {
            if (walk.Captured < PlatformBytes)
                return walk.Fail(DecodeOutcome.TunnelMalformed);
            walk.Skip(PlatformBytes);
        }

        return (flags & FrameTypeMask) == IpFrameType ? Layer.Ip : Layer.Ethernet;
    }
}
