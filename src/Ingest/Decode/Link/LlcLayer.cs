using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>IEEE 802.2 LLC, and SNAP behind it (IEEE 802, RFC 1042).</summary>
internal static class LlcLayer
{
    private const int HeaderBytes = 3;
    private const int SnapBytes = 5;
    private const byte SnapSap = 0xAA;
    private const byte UnnumberedInformation = 0x03;
    private const byte CommandResponse = 0x01;
    private const byte IpSap = 0x06;
    private const uint EncapsulatedEthernet = 0x000000;
    private const uint BridgeTunnel = 0x0000F8;
    private const uint Bridged = 0x0080C2;

    /// <summary>Reads the header.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < HeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        byte destination = walk.Frame[walk.Offset], source = walk.Frame[walk.Offset + 1], control = walk.Frame[walk.Offset + 2];

        // Unnumbered frames have one byte of control, the others two (IEEE 802.2 section 5.2).
        walk.Skip((control & 3) == 3 ? HeaderBytes : Math.Min(HeaderBytes + 1, walk.Captured));
        if (destination == IpSap)
            return Layer.Ip;


        // SNAP is unnumbered information between its two access points (IEEE 802 section 9.2.2).
        return destination == SnapSap && (source & ~CommandResponse) == SnapSap && control == UnnumberedInformation ? ReadSnap(ref walk) : Layer.Stop;
    }

    /// <summary>Reads organisation and protocol, which come behind LLC and in other places too.</summary>
    public static Layer ReadSnap(ref PacketWalk walk)
    {
        if (walk.Captured < SnapBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        uint organisation = walk.Peek32(0) >> 8;
        ushort protocol = walk.Peek16(3);
        switch (organisation)
        {
            case EncapsulatedEthernet:
            case BridgeTunnel:
                walk.Skip(SnapBytes - 2);
                return Layer.EtherType;
            case Bridged when protocol is 1 or 7:
                // RFC 2427 section 4.2: an Ethernet frame, with and without its checksum.
                walk.Skip(SnapBytes);
                return Layer.Ethernet;
            default:
                return Layer.Stop;
        }
    }
}
