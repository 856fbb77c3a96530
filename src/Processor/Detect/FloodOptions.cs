namespace IcmpStream.Processor.Detect;

/// <summary>When packets are a flood. <see cref="RuleTuning.Thresholds"/> are packets/s.</summary>
public sealed record FloodOptions : RuleTuning
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

    /// <summary>True where an address that is usually loud may be as loud as usual.</summary>
    public bool UsesBaseline { get; init; } = true;

    /// <summary>How many times its baseline an address may send: 5.</summary>
    public long BaselineFactor { get; init; } = 5;

    /// <summary>Time constant of the baseline, s: 5 minutes.</summary>
    public long BaselineSeconds { get; init; } = 300;

    /// <summary>Time before a baseline counts, s.</summary>
    public long WarmUpSeconds { get; init; } = 60;

    /// <inheritdoc/>
    public override long DefaultThreshold => PacketsPerSecond;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (PacketsPerSecond < 1 || BitsPerSecond < 8)
            throw new ArgumentException("a flood threshold must be at least one packet/s and 8 bits/s");
        if (HighPacketsPerSecond < PacketsPerSecond || CriticalPacketsPerSecond < HighPacketsPerSecond)
            throw new ArgumentException("the flood levels must ascend: threshold, high, critical");
        if (BaselineFactor < 1 || BaselineSeconds < 1 || WarmUpSeconds < 0)
            throw new ArgumentException("a baseline needs a factor and a time constant of at least 1, and a warm-up of at least 0");
    }
}
