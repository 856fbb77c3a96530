using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>ARCNET (RFC 1201 section 2; RFC 1051 for its older form), from BSD or, with an offset field, from Linux.</summary>
internal static class ArcnetLayer
{
    private const byte Ipv4Old = 0xF0;
    private const byte Ipv4 = 0xD4;
    private const byte Ipv6 = 0xC4;
    private const byte Exception = 0xFF;
    private const int ExceptionBytes = 4;
    private const int FragmentBytes = 3;
    private const int BsdAddressBytes = 2;

    /// <summary>Addresses, protocol, and in RFC 1201 the fragment flag and sequence number.</summary>
    public static Layer Read(ref PacketWalk walk, int addressBytes)
    {
        if (walk.Captured < addressBytes + 1)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        byte protocol = walk.Frame[walk.Offset + addressBytes];
        walk.Skip(addressBytes + 1);
        if (protocol == Ipv4Old)
            return Layer.Ipv4;
        if (protocol is not (Ipv4 or Ipv6))
            return Layer.Stop;

        // Packets of 253 to 255 bytes travel with three bytes of padding in front and the protocol once more (RFC 1201, "exception
        // packet"), which Linux takes off.
        if (addressBytes == BsdAddressBytes && walk.Captured > ExceptionBytes && walk.Frame[walk.Offset] == Exception)
            walk.Skip(ExceptionBytes);
        if (walk.Captured < FragmentBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        byte flag = walk.Frame[walk.Offset];
        walk.Skip(FragmentBytes);

        // Zero is a whole packet, an odd number the first fragment, an even one a later fragment.
        if (flag != 0 && (flag & 1) == 0)
            return walk.Fail(DecodeOutcome.FragmentLater);
        walk.Fragmented = flag != 0;
        return Layer.Ip;
    }
}
