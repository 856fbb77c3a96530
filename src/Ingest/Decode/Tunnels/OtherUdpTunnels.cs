using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Tunnels in UDP with little to their headers.</summary>
internal static class OtherUdpTunnels
{
    private const int GueBytes = 4;
    private const int GueLengthMask = 0x1F;
    private const byte GueControlBit = 0x20;
    private const int AyiyaBytes = 8;
    private const int AmtDataBytes = 2;
    private const int AmtQueryBytes = 12;
    private const byte AmtTypeMask = 0x0F;
    private const int CapwapMinBytes = 8;
    private const byte CapwapNative = 0x01;
    private const byte CapwapFragment = 0x80;
    private const int MirrorIdsBytes = 8;
    private const int TzspBytes = 4;

    /// <summary>Tags that a TZSP sender adds: a handful; the protocol defines twelve.</summary>
    private const int MaxTzspTags = 32;

    /// <summary>
    /// Generic UDP encapsulation (draft-ietf-intarea-gue-09 section 3): version 0 has a header, version 1 is IP itself.
    /// </summary>
    public static Layer ReadGue(ref PacketWalk walk)
    {
        if (walk.Captured < GueBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        byte first = walk.Frame[walk.Offset];
        if (first >> 6 == 1)
            return walk.Enter(TunnelKind.Ip) ? Layer.Ip : Layer.Stop;
        int bytes = GueBytes + ((first & GueLengthMask) * 4);
        if (first >> 6 != 0 || walk.Captured < bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        if ((first & GueControlBit) != 0)
            return Layer.Stop;
        byte protocol = walk.Frame[walk.Offset + 1];
        walk.Skip(bytes);

        // The header stands in for the protocol field of the IP header around it.
        walk.Ip.MessageBytes = (uint)walk.OnWire;
        return IpProtocols.Next(ref walk, protocol);
    }

    /// <summary>AMT (RFC 7450 section 5.1): multicast data, and the queries and reports around it, hold IP packets.</summary>
    public static Layer ReadAmt(ref PacketWalk walk)
    {
        if (walk.Captured < AmtDataBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        int bytes = (walk.Frame[walk.Offset] & AmtTypeMask) switch
        {
            6 => AmtDataBytes,
            4 or 5 => AmtQueryBytes,
            _ => 0,
        };
        if (bytes == 0)
            return Layer.Stop;
        if (walk.Captured < bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Skip(bytes);
        return walk.Enter(TunnelKind.Amt) ? Layer.Ip : Layer.Stop;
    }

    /// <summary>
    /// AYIYA (draft-massar-v6ops-ayiya-02 section 3): lengths of identity and signature, operation, next header, time; the packet is
    /// that of an IPv6 or IPv4 tunnel where the operation is to forward it.
    /// </summary>
    public static Layer ReadAyiya(ref PacketWalk walk)
    {
        const int Forward = 1;
        if (walk.Captured < AyiyaBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        int identityBytes = 1 << (walk.Frame[walk.Offset] >> 4);
        int signatureBytes = (walk.Frame[walk.Offset + 1] >> 4) * 4;
        bool isForward = (walk.Frame[walk.Offset + 2] & 0x0F) == Forward;
        byte next = walk.Frame[walk.Offset + 3];
        int bytes = AyiyaBytes + identityBytes + signatureBytes;
        if (!isForward || next is not (IpProtocols.Ipv4 or IpProtocols.Ipv6))
            return Layer.Stop;
        if (walk.Captured < bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Skip(bytes);
        return walk.Enter(TunnelKind.Ip) ? Layer.Ip : Layer.Stop;
    }

    /// <summary>
    /// CAPWAP data (RFC 5415 section 4.3): a header of which one bit says whether an Ethernet or an 802.11 frame follows, the latter
    /// with its control field swapped by the controllers that have been seen.
    /// </summary>
    public static Layer ReadCapwap(ref PacketWalk walk)
    {
        // A preamble other than 0 is DTLS.
        if (walk.Captured < CapwapMinBytes || walk.Frame[walk.Offset] != 0)
            return Layer.Stop;
        int bytes = (walk.Frame[walk.Offset + 1] >> 3) * 4;
        bool isNative = (walk.Frame[walk.Offset + 2] & CapwapNative) != 0;
        byte flags = walk.Frame[walk.Offset + 3];
        if (bytes < CapwapMinBytes || walk.Captured < bytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        if ((flags & CapwapFragment) != 0)
        {
            // The fragment offset is 13 bits in units of 8 bytes.
            if (walk.Peek16(6) >> 3 != 0)
                return walk.Fail(DecodeOutcome.FragmentLater);
            walk.Fragmented = true;
        }

        walk.Skip(bytes);
        if (!walk.Enter(TunnelKind.Capwap))
            return Layer.Stop;
        return isNative ? WlanLayer.ReadSwapped(ref walk) : Layer.Ethernet;
    }

    /// <summary>TZSP, mirrored frames: version, type, protocol, tags up to an end tag.</summary>
    public static Layer ReadTzsp(ref PacketWalk walk)
    {
        const byte Null = 4, Port = 5, Padding = 0, End = 1;
        const ushort EthernetProtocol = 1, WlanProtocol = 18;
        if (walk.Captured < TzspBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        byte type = walk.Frame[walk.Offset + 1];
        ushort protocol = walk.Peek16(2);
        walk.Skip(TzspBytes);

        // Types 4 and 5 keep the way open and hold no frame.
        if (type is Null or Port)
            return Layer.Stop;
        for (int count = 0; count < MaxTzspTags && walk.Captured > 0; count++)
        {
            byte tag = walk.Frame[walk.Offset];
            walk.Skip(1);
            if (tag == Padding)
                continue;
            if (tag == End)
            {
                if (!walk.Enter(TunnelKind.Mirror))
                    return Layer.Stop;
                return protocol switch
                {
                    EthernetProtocol => Layer.Ethernet,
                    WlanProtocol => Layer.Wlan,
                    _ => Layer.Stop,
                };
            }

            if (walk.Captured < 1 || walk.Captured < 1 + walk.Frame[walk.Offset])
                return walk.Fail(DecodeOutcome.TunnelMalformed);
            walk.Skip(1 + walk.Frame[walk.Offset]);
        }

        return walk.Fail(DecodeOutcome.TunnelMalformed);
    }

    /// <summary>Juniper's packet mirroring: two identifiers, then IP.</summary>
    public static Layer ReadJuniperMirror(ref PacketWalk walk)
    {
        if (walk.Captured <= MirrorIdsBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Skip(MirrorIdsBytes);
        return walk.Enter(TunnelKind.Mirror) ? Layer.Ip : Layer.Stop;
    }
}
