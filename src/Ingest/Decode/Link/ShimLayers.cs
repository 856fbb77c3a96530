using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>Tags of a fixed size that stand, with an EtherType of their own, between Ethernet and what it carries.</summary>
internal static class ShimLayers
{
    /// <summary>Cisco metadata: version, length, option, security group.</summary>
    public const int CiscoMetadataBytes = 6;

    /// <summary>HSR (IEC 62439-3): path, size and sequence number.</summary>
    public const int RedundancyTagBytes = 4;

    /// <summary>R-TAG (IEEE 802.1CB section 7.8): reserved, sequence number.</summary>
    public const int StreamTagBytes = 4;

    /// <summary>E-TAG (IEEE 802.1BR section 7.5).</summary>
    public const int ExtensionTagBytes = 6;

    /// <summary>Broadcom's switch tag, of whose four bytes the first two are the EtherType.</summary>
    public const int BroadcomTagBytes = 2;

    /// <summary>VN-Tag (Cisco).</summary>
    public const int VirtualTagBytes = 4;

    /// <summary>I-TAG (IEEE 802.1Q section 9.7): priorities and a service identifier; an Ethernet frame follows.</summary>
    public const int ServiceTagBytes = 4;

    private const byte BatmanVersion = 15;
    private const int BatmanUnicastBytes = 10;
    private const int BatmanBroadcastBytes = 14;
    private const int BatmanFourAddressBytes = 18;
    private const int TrillBytes = 6;
    private const int MacsecBytes = 6;
    private const int MacsecChannelBytes = 8;
    private const int MacsecCheckBytes = 16;
    private const byte MacsecChannelBit = 0x20;
    private const byte MacsecEncryptedBits = 0x0C;
    private const byte MacsecLengthMask = 0x3F;

    /// <summary>
    /// TRILL (RFC 6325 section 3): flags and the length of options in units of 4 bytes, nicknames; an Ethernet frame follows.
    /// </summary>
    public static Layer ReadTrill(ref PacketWalk walk)
    {
        if (walk.Captured < TrillBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        int options = ((walk.Peek16(0) >> 6) & 0x1F) * 4;
        return LinkTypes.BehindBytes(ref walk, TrillBytes + options, Layer.Ethernet);
    }

    /// <summary>
    /// batman-adv, compatibility version 15 (linux/batadv_packet.h): unicast, unicast with four addresses and broadcast packets hold
    /// an Ethernet frame.
    /// </summary>
    public static Layer ReadBatman(ref PacketWalk walk)
    {
        if (walk.Captured < 2 || walk.Frame[walk.Offset + 1] != BatmanVersion)
            return Layer.Stop;
        return walk.Frame[walk.Offset] switch
        {
            0x01 => LinkTypes.BehindBytes(ref walk, BatmanBroadcastBytes, Layer.Ethernet),
            0x40 => LinkTypes.BehindBytes(ref walk, BatmanUnicastBytes, Layer.Ethernet),
            0x42 => LinkTypes.BehindBytes(ref walk, BatmanFourAddressBytes, Layer.Ethernet),
            _ => Layer.Stop,
        };
    }

    /// <summary>
    /// MACsec (IEEE 802.1AE section 9): the tag, and where nothing is encrypted the frame as it was, with a check value behind.
    /// </summary>
    public static Layer ReadMacsec(ref PacketWalk walk)
    {
        if (walk.Captured < MacsecBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        byte control = walk.Frame[walk.Offset];
        if ((control & MacsecEncryptedBits) != 0)
            return Layer.Stop;
        int bytes = MacsecBytes + ((control & MacsecChannelBit) != 0 ? MacsecChannelBytes : 0);
        int length = walk.Frame[walk.Offset + 1] & MacsecLengthMask;
        if (walk.Captured < bytes || walk.OnWire < bytes + MacsecCheckBytes)
            return walk.Fail(DecodeOutcome.TunnelMalformed);
        walk.Skip(bytes);
        walk.Clip(length != 0 ? length : walk.OnWire - MacsecCheckBytes);
        return walk.Enter(TunnelKind.Macsec) ? Layer.EtherType : Layer.Stop;
    }
}
