using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>L2TP version 2 data messages (RFC 2661 section 3.1), which carry PPP.</summary>
internal static class L2tpLayer
{
    private const int FlagsBytes = 2;
    private const int IdsBytes = 4;
    private const int SequenceBytes = 4;
    private const int ControlBit = 0x8000;
    private const int LengthBit = 0x4000;
    private const int SequenceBit = 0x0800;
    private const int OffsetBit = 0x0200;
    private const int VersionMask = 0x000F;

    /// <summary>Reads the header.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < FlagsBytes + IdsBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        int flags = walk.Peek16(0);

        // Control messages carry no packets; version 3 data messages do not say what they carry.
        if ((flags & ControlBit) != 0 || (flags & VersionMask) != 2)
            return Layer.Stop;
        int bytes = FlagsBytes;
        if ((flags & LengthBit) != 0)
        {
            int length = walk.Peek16(FlagsBytes);
            if (length > bytes + IdsBytes)
                walk.Clip(length);
            bytes += 2;
        }

        bytes += IdsBytes;
        if ((flags & SequenceBit) != 0)
            bytes += SequenceBytes;
        if ((flags & OffsetBit) != 0)
        {
            if (walk.Captured < bytes + 2)
                return walk.Fail(DecodeOutcome.TunnelMalformed);
            bytes += 2 + walk.Peek16(bytes);
        }

        if (walk.Captured < bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Skip(bytes);
        return walk.Enter(TunnelKind.L2tp) ? Layer.Ppp : Layer.Stop;
    }
}
