using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>PPP (RFC 1661 section 2) with its HDLC framing (RFC 1662 section 3.1), and PPPoE sessions (RFC 2516 section 4).</summary>
internal static class PppLayer
{
    private const byte AllStations = 0xFF;
    private const int PppoeHeaderBytes = 6;
    private const int BridgingHeaderBytes = 2;
    private const int MultilinkHeaderBytes = 4;
    private const byte MultilinkBeginning = 0x80;
    private const byte MultilinkEnding = 0x40;

    private const ushort Ipv4 = 0x0021;
    private const ushort Bridging = 0x0031;
    private const ushort Multilink = 0x003D;
    private const ushort Ipv6 = 0x0057;
    private const ushort MplsUnicast = 0x0281;
    private const ushort MplsMulticast = 0x0283;

    /// <summary>Reads a frame, with or without address and control.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < 2)
            return walk.Fail(DecodeOutcome.LinkTruncated);

        // No protocol number begins with the address of all stations; the control byte behind it is 3 (RFC 1662 section 3.1).
        if (walk.Frame[walk.Offset] == AllStations)
            walk.Skip(2);
        if (walk.Captured < 1)
            return walk.Fail(DecodeOutcome.LinkTruncated);

        // Protocol field compression (RFC 1661 section 6.5): numbers end with an odd byte.
        ushort protocol = walk.Frame[walk.Offset];
        int bytes = 1;
        if ((protocol & 1) == 0)
        {
            if (walk.Captured < 2)
                return walk.Fail(DecodeOutcome.LinkTruncated);
            protocol = walk.Peek16(0);
            bytes = 2;
        }

        walk.Skip(bytes);
        switch (protocol)
        {
            case Ipv4:
            case Ipv6:
            case EtherTypes.Ipv4:
            case EtherTypes.Ipv6:
                return Layer.Ip;
            case MplsUnicast:
            case MplsMulticast:
                return Layer.Mpls;
            case Multilink:
                return ReadMultilink(ref walk);
            case Bridging:
                // RFC 3518 section 4.2: flags and MAC type, of which 1 is Ethernet.
                if (walk.Captured < BridgingHeaderBytes)
                    return walk.Fail(DecodeOutcome.LinkTruncated);
                byte macType = walk.Frame[walk.Offset + 1];
                walk.Skip(BridgingHeaderBytes);
                return macType == 1 ? Layer.Ethernet : Layer.Stop;
            default:
                return Layer.Stop;
        }
    }

    // RFC 1990 section 3: bits for beginning and ending, and a sequence number, here of 24 bits.
    private static Layer ReadMultilink(ref PacketWalk walk)
    {
        if (walk.Captured < MultilinkHeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);
        byte flags = walk.Frame[walk.Offset];
        if ((flags & MultilinkBeginning) == 0)
            return walk.Fail(DecodeOutcome.FragmentLater);
        walk.Fragmented |= (flags & MultilinkEnding) == 0;
        walk.Skip(MultilinkHeaderBytes);
        return Layer.Ppp;
    }

    /// <summary>Reads a PPPoE session header.</summary>
    public static Layer ReadPppoe(ref PacketWalk walk)
    {
        if (walk.Captured < PppoeHeaderBytes)
            return walk.Fail(DecodeOutcome.LinkTruncated);

        // Version, type and code have one value each in a session, and the EtherType says already that this is one.
        int length = walk.Peek16(4);
        walk.Skip(PppoeHeaderBytes);
        walk.Clip(length);
        return walk.Enter(TunnelKind.Pppoe) ? Layer.Ppp : Layer.Stop;
    }
}
