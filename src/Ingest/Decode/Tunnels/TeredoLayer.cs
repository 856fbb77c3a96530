using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Teredo (RFC 4380 section 5.1.1): IPv6 in UDP, behind optional authentication and origin headers.</summary>
internal static class TeredoLayer
{
    private const int AuthenticationBytes = 13;
    private const int OriginBytes = 8;
    private const ushort Authentication = 0x0001;
    private const ushort Origin = 0x0000;

    /// <summary>Reads the optional headers.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured >= AuthenticationBytes && walk.Peek16(0) == Authentication)
        {
            // Client identifier and authentication value have their lengths in front; nonce and confirmation make the rest.
            int bytes = AuthenticationBytes + walk.Frame[walk.Offset + 2] + walk.Frame[walk.Offset + 3];
            if (walk.Captured < bytes)
                return walk.Fail(DecodeOutcome.TunnelMalformed);
            walk.Skip(bytes);
        }

        if (walk.Captured >= OriginBytes && walk.Peek16(0) == Origin)
            walk.Skip(OriginBytes);
        if (walk.Captured == 0 || walk.Frame[walk.Offset] >> 4 != 6)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        return walk.Enter(TunnelKind.Teredo) ? Layer.Ipv6 : Layer.Stop;
    }
}
