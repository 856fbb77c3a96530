namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// Where the fields of struct tpacket3_hdr are (linux/if_packet.h), in bytes; in front of each frame of a TPACKET_V3 block, in the
/// machine's byte order.
/// </summary>
internal static class PacketHeader
{
    public const int NextOffset = 0;
    public const int SecondsOffset = 4;
    public const int NanosecondsOffset = 8;
    public const int CapturedOffset = 12;
    public const int OriginalOffset = 16;
    public const int StatusOffset = 20;
    public const int FrameOffset = 24;
    public const int VlanTciOffset = 32;
    public const int VlanTpidOffset = 36;

    /// <summary>Size of the struct.</summary>
    public const int Bytes = 48;

    /// <summary>TP_STATUS_VLAN_VALID: the kernel has taken a VLAN tag out of the frame.</summary>
    public const uint VlanValid = 1 << 4;

    /// <summary>TP_STATUS_VLAN_TPID_VALID: and says what its EtherType was.</summary>
    public const uint VlanTpidValid = 1 << 6;
}
