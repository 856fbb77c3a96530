namespace IcmpStream.Processor.Detect;

/// <summary>When packets are a flood.</summary>
public sealed record FloodOptions
{
    /// <summary>
    /// Packets/s to enter above: 1,000, an order below what any host answers on purpose (Linux limits its own ICMP to 1,000/s in all,
    /// net.ipv4.icmp_msgs_per_sec).
    /// </summary>
    public long PacketsPerSecond { get; init; } = 1_000;

    /// <summary>Bits/s to enter above: 100 Mbit/s, a tenth of the slowest server link still sold.</summary>
    public long BitsPerSecond { get; init; } = 100_000_000;

    /// <summary>Packets/s from which it is high.</summary>
    public long HighPacketsPerSecond { get; init; } = 10_000;

    /// <summary>Packets/s from which it is critical: 100,000, FastNetMon's threshold_icmp_pps.</summary>
    public long CriticalPacketsPerSecond { get; init; } = 100_000;

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public void Validate()
    {
        if (PacketsPerSecond < 1 || BitsPerSecond < 8)
            throw new ArgumentException("a flood threshold must be at least one packet/s and 8 bits/s");
        if (HighPacketsPerSecond < PacketsPerSecond || CriticalPacketsPerSecond < HighPacketsPerSecond)
            throw new ArgumentException("the flood levels must ascend: threshold, high, critical");
    }
}
