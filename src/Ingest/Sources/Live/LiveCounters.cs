namespace IcmpStream.Ingest.Sources.Live;

/// <summary>What the kernel counts of a ring, since it was opened.</summary>
/// <param name="Received">Packets meant for the ring, lost ones included.</param>
/// <param name="RingDrops">Lost because the ring was full.</param>
/// <param name="OtherDrops">Lost for other reasons: too long for a frame's room, no room to copy to.</param>
/// <param name="Freezes">How often a packet ring stood still because no block was free.</param>
public readonly record struct LiveCounters(long Received, long RingDrops, long OtherDrops, long Freezes)
{
    /// <summary>All that was lost on the way into the ring.</summary>
    public long Drops => RingDrops + OtherDrops;

    /// <summary>Sums two rings up.</summary>
    public static LiveCounters operator +(LiveCounters a, LiveCounters b) =>
        new(a.Received + b.Received, a.RingDrops + b.RingDrops, a.OtherDrops + b.OtherDrops, a.Freezes + b.Freezes);

    /// <summary>Sums two rings up.</summary>
    public static LiveCounters Add(LiveCounters left, LiveCounters right) => left + right;
}
