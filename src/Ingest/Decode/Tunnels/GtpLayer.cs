using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>GTP-U (3GPP TS 29.281 section 5): user packets between base stations and gateways.</summary>
internal static class GtpLayer
{
    private const int FixedBytes = 8;
    private const int OptionalBytes = 4;
    private const int UnitBytes = 4;
    private const int VersionAndTypeMask = 0xF0;
    private const int Version1 = 0x30;
    private const int VersionMask = 0xE0;
    private const int Version0Bytes = 20;
    private const int OptionalBits = 0x07;
    private const int ExtensionBit = 0x04;
    private const byte UserPacket = 255;

    /// <summary>More extension headers than TS 29.281 defines.</summary>
    private const int MaxExtensions = 16;

    /// <summary>Reads the header and steps over its extension headers.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < FixedBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        byte flags = walk.Frame[walk.Offset];
        if ((flags & VersionMask) == 0)
            return ReadVersion0(ref walk);
        if ((flags & VersionAndTypeMask) != Version1 || walk.Frame[walk.Offset + 1] != UserPacket)
            return Layer.Stop;
        int length = walk.Peek16(2);
        walk.Vni = walk.Peek32(4);
        walk.Skip(FixedBytes);
        walk.Clip(length);
        if ((flags & OptionalBits) != 0)
        {
            if (walk.Captured < OptionalBytes)
                return walk.Fail(DecodeOutcome.TunnelMalformed);
            byte next = (flags & ExtensionBit) != 0 ? walk.Frame[walk.Offset + 3] : (byte)0;
            walk.Skip(OptionalBytes);
            if (!TrySkipExtensions(ref walk, next))
                return walk.Fail(DecodeOutcome.TunnelMalformed);
        }

        return walk.Enter(TunnelKind.Gtp) ? Layer.Ip : Layer.Stop;
    }

    // GTP of GPRS (3GPP TS 09.60 section 6): one header for all, with flow label, LLC frame number and tunnel identifier.
    private static Layer ReadVersion0(ref PacketWalk walk)
    {
        if (walk.Captured < Version0Bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        if (walk.Frame[walk.Offset + 1] != UserPacket)
            return Layer.Stop;
        int length = walk.Peek16(2);
        walk.Skip(Version0Bytes);
        walk.Clip(length);
        return walk.Enter(TunnelKind.Gtp) ? Layer.Ip : Layer.Stop;
    }

    // Section 5.2.1: length in units of 4 bytes, content, type of the next.
    private static bool TrySkipExtensions(ref PacketWalk walk, byte next)
    {
        for (int count = 0; next != 0; count++)
        {
            if (count == MaxExtensions || walk.Captured < UnitBytes)
                return false;
            int bytes = walk.Frame[walk.Offset] * UnitBytes;
            if (bytes == 0 || bytes > walk.Captured)
                return false;
            next = walk.Frame[walk.Offset + bytes - 1];
            walk.Skip(bytes);
        }

        return true;
    }
}
