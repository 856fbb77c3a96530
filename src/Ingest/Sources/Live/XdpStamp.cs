namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// What our XDP program writes in front of a frame: when it came, ns of CLOCK_MONOTONIC, and the same once more under a mask, so that a
/// driver that has no room for it is told from one that has.
/// <code>
///       ... headroom ... | u64 time | u64 time ^ mask | frame ...
/// </code>
/// Native/Xdp/icmp.bpf.c has the other side.
/// </summary>
internal static class XdpStamp
{
    /// <summary>Size in front of the frame.</summary>
    public const int Bytes = 16;

    /// <summary>"icmpxdp1" in ASCII: no time for the next 200 years.</summary>
    public const ulong Mask = 0x69636d7078647031;

    /// <summary>The time in front of a frame; false where there is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> stamp, out long monotonicNs)
    {
        ulong time = BitConverter.ToUInt64(stamp);
        monotonicNs = (long)time;
        return time != 0 && (time ^ Mask) == BitConverter.ToUInt64(stamp[sizeof(ulong)..]);
    }
}
