using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Frames of serial lines: Cisco HDLC and frame relay.</summary>
internal static class SerialLayers
{
    /// <summary>SLIP with the pseudo-header of BSD: a direction and a compressed header (LINKTYPE_SLIP).</summary>
    public const int SlipHeaderBytes = 16;

    private const int CiscoHdlcBytes = 4;

    /// <summary>Q.922 addresses have two to four bytes; the last has its lowest bit set.</summary>
    private const int MaxAddressBytes = 4;

    private const byte UnnumberedInformation = 0x03;
    private const byte Padding = 0x00;

    // Network layer protocol identifiers (ISO/IEC TR 9577).
    private const byte Snap = 0x80;
    private const byte Ipv6 = 0x8E;
    private const byte Ipv4 = 0xCC;
    private const byte Ppp = 0xCF;

    /// <summary>Address, control, EtherType (LINKTYPE_C_HDLC).</summary>
    public static Layer ReadCiscoHdlc(ref PacketWalk walk)
    {
        if (walk.Captured < CiscoHdlcBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        ushort protocol = walk.Peek16(2);
        walk.Skip(CiscoHdlcBytes);
        return protocol > EthernetLayer.MaxLength ? EtherTypes.Next(ref walk, protocol) : Layer.Stop;
    }

    /// <summary>
    /// Q.922 address, then RFC 2427 section 3 (control, protocol identifier) or Cisco's form (an EtherType).
    /// </summary>
    public static Layer ReadFrameRelay(ref PacketWalk walk)
    {
        int bytes = 0;
        do
        {
            if (bytes == MaxAddressBytes || bytes == walk.Captured)
                return walk.Fail(DecodeOutcome.LinkTruncated);
            bytes++;
        }
        while ((walk.Frame[walk.Offset + bytes - 1] & 1) == 0);

        walk.Skip(bytes);
        if (walk.Captured < 2)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        if (walk.Frame[walk.Offset] != UnnumberedInformation)
            return Layer.EtherType;
        walk.Skip(walk.Frame[walk.Offset + 1] == Padding ? 2 : 1);
        if (walk.Captured < 1)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        byte protocol = walk.Frame[walk.Offset];
        walk.Skip(1);
        return protocol switch
        {
            Ipv4 or Ipv6 => Layer.Ip,
            Snap => LlcLayer.ReadSnap(ref walk),
            Ppp => Layer.Ppp,
            _ => Layer.Stop,
        };
    }
}
