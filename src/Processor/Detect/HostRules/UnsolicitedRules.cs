using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>inverse-mapping</c>: one source sends replies to many that asked nothing, to hear which of them do not exist.</summary>
public sealed class InverseMappingRule(DistinctOptions options, Networks networks, FloodOptions flood) : DistinctRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.InverseMapping;

    /// <inheritdoc/>
    public override void Observe(long slot, MarkTable marks, in Mark mark)
    {
        if (mark.Kind != MarkKind.Unsolicited || mark.Role != Role.Source)
            return;
        int place = Take(slot, marks, mark);
        if (place >= 0 && mark.Packets * RateMeter.SlotsPerSecond >= flood.ThresholdOf(mark.Address))
            Meters[place].PaceSlot = slot;
    }

    private protected override bool HasNetwork => true;

    // At the pace of a flood it may be one, which flood.source knows within the trailing window.
    private protected override bool IsExcused(in DistinctMeter meter, long slot) =>
        flood.Enabled && slot - meter.FirstSlot <= RateMeter.Slots && meter.PaceSlot == slot;

    private protected override Severity SeverityOf(in DistinctMeter meter, long slot) =>
        networks.IsHome(meter.Address) ? Severity.Low : Severity.Medium;

    private protected override void Complete(RuleFinding finding, ref DistinctMeter meter, IHostView view) => finding.Source = meter.Address;
}

/// <summary>
/// <c>scan-backscatter</c>: many addresses answer, or are said to be unreachable, to one that asked none of them: it scans by other
/// means, or somebody uses its address.
/// </summary>
public sealed class ScanBackscatterRule(DistinctOptions options, FloodOptions flood) : DistinctRule(options)
{
    /// <summary>Times the threshold from which it is repeated.</summary>
    private const int Repeated = 4;

    /// <inheritdoc/>
    protected override string Id => RuleIds.ScanBackscatter;

    /// <inheritdoc/>
    public override void Observe(long slot, MarkTable marks, in Mark mark)
    {
        if (mark.Role != Role.Destination || mark.Kind is not (MarkKind.Unsolicited or MarkKind.Unreachable))
            return;
        int place = Take(slot, marks, mark);
        if (place >= 0 && mark.Packets * RateMeter.SlotsPerSecond >= flood.ThresholdOf(mark.Address))
            Meters[place].PaceSlot = slot;
    }

    // At the pace of blacknurse, the lowest of the floods, it may be one, which is known within the trailing window.
    private protected override bool IsExcused(in DistinctMeter meter, long slot) =>
        flood.Enabled && slot - meter.FirstSlot <= RateMeter.Slots && meter.PaceSlot == slot;

    // Plausible quotes are what a busy resolver or a peer-to-peer host gets: worth knowing, not more.
    private protected override Severity SeverityOf(in DistinctMeter meter, long slot) =>
        2 * meter.Value > meter.Packets && Meters.Pool.CountOf(meter.All) >= Repeated * Options.Addresses ? Severity.Medium : Severity.Low;

    private protected override void Complete(RuleFinding finding, ref DistinctMeter meter, IHostView view)
    {
        finding.Destination = meter.Address;
        finding.Features.Add(new FindingFeature("implausible_quotes", meter.Value));
        view.AddMarkSamples(MarkKind.Unsolicited, Role.Destination, meter.Address, finding.Samples);
    }
}

/// <summary>
/// <c>smurf</c>: many hosts answer at once one that asked none of them. An ordinary ping to a broadcast address, a few a second, is
/// answered by many too: it excuses them. Where such requests come fast, they are the attack.
/// </summary>
public sealed class SmurfRule(DistinctOptions options) : DistinctRule(options)
{
    /// <summary>Requests to broadcast addresses in a second that are no longer somebody's ping: ping sends at most five as a user.</summary>
    private const int FastRequests = 10;

    /// <summary>Slots for which a request to a broadcast address excuses its answers: 10 s.</summary>
    private const long ExcuseSlots = 100;

    /// <summary>
    /// Requests to broadcast addresses in a second that are the attack itself, be it answered or not: a flood of them is meant for whoever
    /// stands in their source.
    /// </summary>
    private const int AttackRequests = 100;

    /// <summary>Requesters remembered at most.</summary>
    private const int MaxRequesters = 4096;

    private readonly SortedDictionary<Address, Requester> _requesters = [];
    private readonly List<(Address Address, long InSecond)> _attacks = [];

    /// <inheritdoc/>
    protected override string Id => RuleIds.Smurf;

    /// <inheritdoc/>
    public override void Observe(long slot, MarkTable marks, in Mark mark)
    {
        if (mark.Kind == MarkKind.BroadcastRequest)
            Remember(mark.Address, slot, mark.Packets);
        else if (mark.Kind == MarkKind.Unsolicited && mark.Role == Role.Destination)
            Take(slot, marks, mark);
    }

    /// <inheritdoc/>
    public override void EndSlot(long slot, IHostView view, List<RuleFinding> findings)
    {
        base.EndSlot(slot, view, findings);
        foreach ((Address address, long inSecond) in _attacks)
            findings.Add(Describe(address, inSecond, slot, view));
        _attacks.Clear();
    }

    private protected override bool IsExcused(in DistinctMeter meter, long slot) =>
        _requesters.TryGetValue(meter.Address, out Requester requester) && slot - requester.LastSlot <= ExcuseSlots && requester.Fastest < FastRequests;

    private protected override Severity SeverityOf(in DistinctMeter meter, long slot) =>
        Meters.Pool.CountOf(meter.All) >= 100 ? Severity.High : Severity.Medium;

    private protected override void Complete(RuleFinding finding, ref DistinctMeter meter, IHostView view)
    {
        finding.Destination = meter.Address;
        finding.Features.Add(new FindingFeature("broadcast_requests_per_second", _requesters.TryGetValue(meter.Address, out Requester known) ? known.Fastest : 0));
        view.AddMarkSamples(MarkKind.Unsolicited, Role.Destination, meter.Address, finding.Samples);
    }

    /// <inheritdoc/>
    public override void Save(CheckpointWriter writer)
    {
        base.Save(writer);
        writer.WriteInt32(_requesters.Count);
        foreach ((Address address, Requester requester) in _requesters)
        {
            writer.WriteAddress(address);
            writer.WriteInt64(requester.LastSlot);
            writer.WriteInt64(requester.Second);
            writer.WriteInt64(requester.InSecond);
            writer.WriteInt64(requester.Fastest);
        }
    }

    /// <inheritdoc/>
    public override void Load(CheckpointReader reader)
    {
        base.Load(reader);
        const int requesterBytes = Address.Size + (4 * sizeof(long));
        for (int left = reader.ReadCount(requesterBytes); left > 0; left--)
            _requesters[reader.ReadAddress()] = new Requester(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
    }

    private void Remember(Address address, long slot, long packets)
    {
        if (!_requesters.TryGetValue(address, out Requester requester) && _requesters.Count >= MaxRequesters)
        {
            Sweep(slot);
            if (_requesters.Count >= MaxRequesters)
                return;
        }

        long second = slot / RateMeter.SlotsPerSecond;
        if (slot - requester.LastSlot > ExcuseSlots)
            requester = default;
        long inSecond = requester.Second == second ? requester.InSecond + packets : packets;
        _requesters[address] = new Requester(slot, second, inSecond, Math.Max(requester.Fastest, inSecond));

        // Once a second: in the slot in which it becomes too many.
        if (inSecond >= AttackRequests && inSecond - packets < AttackRequests && !Options.IsExempt(address))
            _attacks.Add((address, inSecond));
    }

    private void Sweep(long slot)
    {
        foreach (Address over in _requesters.Where(r => slot - r.Value.LastSlot > ExcuseSlots).Select(r => r.Key).ToArray())
            _requesters.Remove(over);
    }

    private RuleFinding Describe(Address address, long inSecond, long slot, IHostView view)
    {
        var finding = new RuleFinding
        {
            Rule = Id,
            SlotStartNs = EventTime.SlotStart(slot),
            SlotNs = EventTime.SlotNs,
            Active = true,
            Subject = address.ToString(),
            Destination = address,
            FirstNs = EventTime.SlotStart(slot),
            LastNs = EventTime.SlotEnd(slot),
            Observed = inSecond,
            Threshold = AttackRequests,
            Unit = RequestUnit,
            Severity = Severity.Medium,
            Confidence = 0.8,
            Completeness = view.Completeness,
        };
        finding.Features.Add(new FindingFeature("broadcast_requests_per_second", inSecond));
        view.AddSamples(Role.Source, address, finding.Samples);
        return finding;
    }

    /// <summary>The unit of alerts about requests, where answers were not seen.</summary>
    internal const string RequestUnit = "requests/s";

    /// <summary>Requests of one address to broadcast addresses.</summary>
    private readonly record struct Requester(long LastSlot, long Second, long InSecond, long Fastest);
}
