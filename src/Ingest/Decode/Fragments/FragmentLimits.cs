namespace IcmpStream.Ingest.Decode;

/// <summary>
/// How much of fragmented datagrams is kept. Sum for a stream: 4,096 datagrams of 240 bytes, 16,384 parts of 16 bytes, 8,192 buckets of
/// 4 bytes: 1.2 MiB, taken when the first fragment comes.
/// </summary>
public static class FragmentLimits
{
    /// <summary>
    /// Datagrams kept: two seconds' worth of the fragmented pings that fill a link of 1 Gbit/s with 64 KiB each.
    /// </summary>
    public const int MaxDatagrams = 4096;

    /// <summary>Parts kept of all datagrams: four of each, or 364 datagrams of 65,535 bytes in Ethernet's 1480.</summary>
    public const int MaxParts = 16_384;

    /// <summary>
    /// Parts kept of one datagram: 65,535 bytes take 119 at 576, the least MTU that IPv4 hosts rely on (RFC 1122 section 3.3.3), and 54
    /// at the 1280 of IPv6. More is an attempt to hide something.
    /// </summary>
    public const int MaxPartsPerDatagram = 128;

    /// <summary>How long a datagram may take, ns: 30 s, as in Linux (net.ipv4.ipfrag_time, IP_FRAG_TIME).</summary>
    public const long TimeoutNs = 30_000_000_000;

    /// <summary>
    /// How long fragments are taken for repetitions of a datagram that is decided, ns: 1 s. A mirror port repeats them within
    /// microseconds; a sender comes round to the same identification sooner only if it sends 65,536 datagrams a second.
    /// </summary>
    public const long DecidedNs = 1_000_000_000;
}
