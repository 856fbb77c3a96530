using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// GRE (RFC 2784 section 2, with the optional fields of RFC 1701, RFC 2890 and, for version 1, RFC 2637 section 4.1).
/// </summary>
internal static class GreLayer
{
    private const int BaseBytes = 4;
    private const int FieldBytes = 4;

    private const int ChecksumBit = 0x8000;
    private const int RoutingBit = 0x4000;
    private const int KeyBit = 0x2000;
    private const int SequenceBit = 0x1000;
    private const int AcknowledgmentBit = 0x0080;
    private const int VersionMask = 0x0007;

    private const ushort ErspanTypes1And2 = 0x88BE;
    private const ushort ErspanType3 = 0x22EB;
    private const ushort Wccp = 0x883E;
    private const ushort EthernetOld = 0x6400;

    /// <summary>
    /// Source route entries (RFC 1701) that are stepped over; nobody has been seen to use one, RFC 2784 dropped them.
    /// </summary>
    private const int MaxRoutes = 16;

    /// <summary>Reads the header.</summary>
    public static Layer Read(ref PacketWalk walk)
    {
        if (walk.Captured < BaseBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        int flags = walk.Peek16(0);
        ushort protocol = walk.Peek16(2);

        // Versions beyond 1 do not exist, and are read as 0: the protocol behind decides whether there is anything in it.
        int version = flags & VersionMask;

        int fields = 0, keyAt = 0;
        if ((flags & (ChecksumBit | RoutingBit)) != 0)
            fields += FieldBytes;
        if ((flags & KeyBit) != 0)
        {
            keyAt = BaseBytes + fields;
            fields += FieldBytes;
        }

        if ((flags & SequenceBit) != 0)
            fields += FieldBytes;
        if (version == 1 && protocol == EtherTypes.Ppp && (flags & AcknowledgmentBit) != 0)
            fields += FieldBytes;
        if (walk.Captured < BaseBytes + fields)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        if (keyAt != 0)
            walk.Vni = walk.Peek32(keyAt);
        walk.Skip(BaseBytes + fields);
        if ((flags & RoutingBit) != 0 && !TrySkipRoutes(ref walk))
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        if (!walk.Enter(protocol is ErspanTypes1And2 or ErspanType3 ? TunnelKind.Erspan : TunnelKind.Gre))
            return Layer.Stop;
        return protocol switch
        {
            ErspanTypes1And2 => ErspanLayer.ReadTypes1And2(ref walk, hasHeader: (flags & SequenceBit) != 0),
            ErspanType3 => ErspanLayer.ReadType3(ref walk),
            Wccp => ReadWccp(ref walk),
            EthernetOld => Layer.Ethernet,
            <= EthernetLayer.MaxLength => Layer.Stop,
            _ => EtherTypes.Next(ref walk, protocol),
        };
    }

    private static bool TrySkipRoutes(ref PacketWalk walk)
    {
        for (int count = 0; count < MaxRoutes; count++)
        {
            if (walk.Captured < FieldBytes)
                return false;
            int length = walk.Frame[walk.Offset + 3];
            walk.Skip(FieldBytes);
            if (length == 0)
                return true;
            if (walk.Captured < length)
                return false;
            walk.Skip(length);
        }

        return false;
    }

    // Version 2 of the protocol puts a redirect header of 4 bytes in front (draft-wilson-wrec-wccp-v2 section 4.12.1), version 1
    // does not; nothing but the nibble tells them apart.
    private static Layer ReadWccp(ref PacketWalk walk)
    {
        if (walk.Captured >= FieldBytes && walk.Frame[walk.Offset] >> 4 != 4)
            walk.Skip(FieldBytes);
        return Layer.Ip;
    }
}
