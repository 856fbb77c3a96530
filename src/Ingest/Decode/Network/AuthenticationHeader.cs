using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>AH (RFC 4302 section 2): next header, length in units of 4 bytes minus 2, then what authenticates.</summary>
internal static class AuthenticationHeader
{
    private const int FixedBytes = 12;
    private const int UnitBytes = 4;

    /// <summary>Moves the walk over the header.</summary>
    public static bool TryRead(ref PacketWalk walk, out byte nextHeader)
    {
        nextHeader = 0;
        if (walk.Captured < FixedBytes)
        {
            walk.Outcome = DecodeOutcome.ExtensionHeaderMalformed;
            return false;
        }

        int bytes = (walk.Frame[walk.Offset + 1] + 2) * UnitBytes;
        if (bytes < FixedBytes || bytes > walk.Captured)
        {
            walk.Outcome = DecodeOutcome.ExtensionHeaderMalformed;
            return false;
        }

        nextHeader = walk.Frame[walk.Offset];
        walk.Skip(bytes);
        walk.Ip.MessageBytes -= Math.Min(walk.Ip.MessageBytes, (uint)bytes);
        return walk.Enter(TunnelKind.Ah);
    }
}
