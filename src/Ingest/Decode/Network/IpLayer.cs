using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Either IP, by its version nibble (RFC 791 and RFC 8200 section 3). Link layers name one of them by an EtherType; where nibble
/// and EtherType disagree the nibble is right, as raw sockets and some tunnels show.
/// </summary>
internal static class IpLayer
{
    /// <summary>Reads whichever it is.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured == 0)
            return walk.Fail(DecodeOutcome.IpTruncated);
        return (walk.Frame[walk.Offset] >> 4) switch
        {
            4 => Ipv4Layer.Read(ref walk),
            6 => Ipv6Layer.Read(ref walk),
            _ => walk.Fail(DecodeOutcome.IpVersionInvalid),
        };
    }
}
