namespace IcmpStream.Ingest.Sources;

/// <summary>How long records may be. A length above these is damage: it is far more often a flipped bit than a frame.</summary>
public static class FrameLimits
{
    /// <summary>The most bytes a captured frame has: MAXIMUM_SNAPLEN of libpcap and WTAP_MAX_PACKET_SIZE_STANDARD of Wireshark.</summary>
    public const uint MaxFrameBytes = 262_144;

    /// <summary>The same for buses whose messages are longer (D-Bus allows 128 MiB, USBPcap adds a header).</summary>
    public const uint MaxBusMessageBytes = 128 * 1024 * 1024 + 64;

    /// <summary>
    /// The most bytes a pcapng block has: a bus message with options fits twice over. A pipe's buffer grows only as bytes
    /// arrive, so that a lie about the length costs no memory.
    /// </summary>
    public const uint MaxBlockBytes = 256 * 1024 * 1024;

    /// <summary>The most interfaces a pcapng section has: a Packet Block numbers them with 16 bits.</summary>
    public const int MaxInterfaces = 65_536;

    private const ushort LinkTypeDBus = 231;
    private const ushort LinkTypeUsbPcap = 249;

    /// <summary>The most bytes a captured frame has on a link of this type.</summary>
    public static uint MaxCapturedBytes(ushort linkType) => linkType is LinkTypeDBus or LinkTypeUsbPcap ? MaxBusMessageBytes : MaxFrameBytes;
}
