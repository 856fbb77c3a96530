namespace IcmpStream.Ingest.Sources;

/// <summary>Where frames come from.</summary>
public enum SourceKind
{
    /// <summary>A pcap or pcapng capture: a file, or standard input.</summary>
    Pcap,

    /// <summary>A Linux AF_PACKET TPACKET_V3 ring on one interface.</summary>
    AfPacket,

    /// <summary>A Linux AF_XDP socket on one queue, or all queues, of one interface.</summary>
    AfXdp,

    /// <summary>An interface through libpcap.</summary>
    Libpcap,
}
