namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// What our XDP program writes into the ring buffer in front of a copied frame; Native/Xdp/icmp.bpf.c has the other side:
/// <code>
///       | u64 ns of CLOCK_MONOTONIC | u32 length on the wire | u32 length here | frame, and unused bytes up to its size class |
/// </code>
/// </summary>
internal static class BpfRecord
{
    public const int TimeOffset = 0;
    public const int OriginalOffset = 8;
    public const int CapturedOffset = 12;

    /// <summary>Size of the header.</summary>
    public const int Bytes = 16;
}
