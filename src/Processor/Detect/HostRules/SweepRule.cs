using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// <c>sweep</c>: one source asks many. A monitor also does, but most of its probes are answered and it comes back to the same targets:
/// once that is seen it is informational, and listed for exemption.
/// </summary>
public sealed class SweepRule(DistinctOptions options, Networks networks, FloodOptions flood) : DistinctRule(options, MonitorLifeSeconds), IAddressRule
{
    /// <summary>A monitor asks its targets at least so often, s: half an hour.</summary>
    private const long MonitorLifeSeconds = 1800;

    /// <summary>Targets are compared by the minute: whoever returns has hardly a new one in it.</summary>
    private const long CycleSlots = 60 * RateMeter.SlotsPerSecond;

    /// <summary>Minutes in a row with hardly a new target that make a monitor.</summary>
    private const int MonitorReturns = 1;

    /// <summary>Slots in which a new monitor is not spoken of, so that what was said of it before can close: 20 s.</summary>
    private const long SilentSlots = 200;

    /// <summary>Slots of a sweep that goes on, from which it is repeated: a minute.</summary>
    private const long LongSlots = 600;

    /// <inheritdoc/>
    protected override string Id => RuleIds.Sweep;

    private protected override bool HasNetwork => true;

    /// <summary>True for a source that was recognised as a monitor.</summary>
    public bool IsMonitor(Address address)
    {
        int place = Meters.Find(address);
        return place >= 0 && Meters[place].IsMonitor;
    }

    /// <inheritdoc/>
    public void Observe(in HostSlot host)
    {
        int known = Meters.Find(host.Address);
        if (known >= 0 && Meters[known].Asked > 0)
            Meters[known].Answered += host.Destination.Solicited;
        if (2 * host.Source.Requests < host.Source.Packets || host.Source.Requests == 0)
            return;
        if (known < 0 && !host.HasSeveralPeers && !Meters.HasRoomForQuiet(host.Address, host.Slot))
            return;
        Span<Address> peers = stackalloc Address[AddressPool.ExactLimit];
        peers = peers[..host.Pool.CopyExact(host.Asked, peers)];
        peers.Sort();
        int place = Take(host.Address, host.Slot, host.Source.Requests, peers, host.Pool.SketchOf(host.Asked));
        if (place < 0)
            return;
        ref DistinctMeter meter = ref Meters[place];
        if (meter.Asked == 0)
            meter.Answered += host.Destination.Solicited;
        meter.Asked += host.Source.Requests;
        if (host.Source.Requests * RateMeter.SlotsPerSecond >= flood.ThresholdOf(host.Address))
            meter.PaceSlot = host.Slot;
        if (meter.Episodes > 0)
            Cycle(ref meter, host.Slot);
    }

    // At the end of each minute with probes: how many of its targets are new?
    private void Cycle(ref DistinctMeter meter, long slot)
    {
        if (meter.CycleSlot == 0)
            meter.CycleSlot = slot;
        if (slot - meter.CycleSlot < CycleSlots)
            return;
        AddressPool pool = Meters.Pool;
        long current = pool.CountOf(meter.Current), before = pool.CountOf(meter.Known);
        Merge(pool, meter.Current, ref meter.Known);
        long added = pool.CountOf(meter.Known) - before;
        if (current > 0)
            meter.Returns = before > 0 && 5 * added <= current ? meter.Returns + 1 : 0;
        pool.Clear(ref meter.Current);
        meter.CycleSlot = slot;

        // Who was one stays one when nobody answers any more, as long as it asks the same: that is the outage which it is there to see.
        bool isMonitor = meter.Returns >= MonitorReturns && (meter.IsMonitor || IsAnswered(meter));
        if (isMonitor && !meter.IsMonitor)
            meter.SilentUntil = slot + SilentSlots;
        meter.IsMonitor = isMonitor;
    }

    private static void Merge(AddressPool pool, in AddressSet from, ref AddressSet into)
    {
        ReadOnlySpan<byte> sketch = pool.SketchOf(from);
        if (!sketch.IsEmpty)
        {
            Span<byte> copy = stackalloc byte[HyperLogLog.Registers];
            sketch.CopyTo(copy);
            pool.AddSketch(ref into, copy);
            return;
        }

        Span<Address> peers = stackalloc Address[AddressPool.ExactLimit];
        foreach (Address peer in peers[..pool.CopyExact(from, peers)])
            pool.Add(ref into, peer);
    }

    // At the pace of a flood it may be one, which flood.source knows within the trailing window.
    private protected override bool IsExcused(in DistinctMeter meter, long slot) =>
        flood.Enabled && slot - meter.FirstSlot <= RateMeter.Slots && meter.PaceSlot == slot;

    private static bool IsAnswered(in DistinctMeter meter) => 5 * meter.Answered >= 4 * meter.Asked;

    private protected override Severity SeverityOf(in DistinctMeter meter, long slot)
    {
        if (meter.IsMonitor)
            return Severity.Informational;
        bool isRepeated = meter.Episodes > 1 || slot - meter.EpisodeSlot > LongSlots;
        return !IsAnswered(meter) && (isRepeated || !networks.IsHome(meter.Address)) ? Severity.Medium : Severity.Low;
    }

    private protected override void Complete(RuleFinding finding, ref DistinctMeter meter, IHostView view)
    {
        finding.Source = meter.Address;
        finding.Features.Add(new FindingFeature("answered", meter.Answered));
        finding.Features.Add(new FindingFeature("asked", meter.Asked));
        finding.Features.Add(new FindingFeature(RateUnits.MonitorFeature, meter.IsMonitor ? 1 : 0));
        view.AddSamples(Role.Source, meter.Address, finding.Samples);
    }
}
