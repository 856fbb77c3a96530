using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// What Junos puts in front of the packets it captures (LINKTYPE_JUNIPER_ETHER and its like): a magic number, flags, perhaps
/// extensions of a stated length; then the frame, or where the flags say that it is missing, the number of the protocol.
/// </summary>
internal static class JuniperLayer
{
    private const uint Magic = 0x4D_4743;
    private const int MinBytes = 4;
    private const int ExtensionLengthBytes = 2;
    private const int ProtocolBytes = 4;
    private const byte HasExtensions = 0x80;
    private const byte HasNoFrame = 0x02;

    // Junos' own numbers, in the byte order of the machine, which is little-endian.
    private const uint Ipv4 = 2;
    private const uint Mpls = 5;
    private const uint Ipv6 = 6;

    /// <summary>Reads the header; <paramref name="frame"/> is what the link type says of the frame.</summary>
    public static Layer Read(ref PacketWalk walk, Layer frame)
    {
        if (walk.Captured < MinBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        uint start = walk.Peek32(0);
        if (start >> 8 != Magic)
            return Layer.Stop;
        byte flags = (byte)start;
        walk.Skip(MinBytes);
        if ((flags & HasExtensions) != 0)
        {
            if (walk.Captured < ExtensionLengthBytes || walk.Captured < ExtensionLengthBytes + walk.Peek16(0))
                return walk.Fail(DecodeOutcome.LinkTruncated);
            walk.Skip(ExtensionLengthBytes + walk.Peek16(0));
        }

        if ((flags & HasNoFrame) == 0)
            return frame;
        if (walk.Captured < ProtocolBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        uint protocol = BinaryPrimitives.ReverseEndianness(walk.Peek32(0));
        walk.Skip(ProtocolBytes);
        return protocol switch
        {
            Ipv4 or Ipv6 => Layer.Ip,
            Mpls => Layer.Mpls,
            _ => Layer.Stop,
        };
    }
}
