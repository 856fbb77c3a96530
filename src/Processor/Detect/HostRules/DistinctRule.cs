using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// Rules about how many distinct addresses one subject deals with in a trailing window. Such a rule enters at the threshold and leaves
/// below half of it.
/// </summary>
public abstract class DistinctRule : IHostRule
{
    private readonly List<int> _touched = [];
    private readonly List<int> _active = [];
    private readonly List<int> _waiting = [];

    /// <summary>Makes a rule that has seen nothing.</summary>
    protected DistinctRule(DistinctOptions options, long lifeSeconds = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        long most = options.Thresholds.Select(own => own.Threshold).Append(options.Addresses).Max();
        Meters = new DistinctMeters((int)most, options.Seconds * RateMeter.SlotsPerSecond, lifeSeconds * RateMeter.SlotsPerSecond);
    }

    /// <summary>The settings.</summary>
    protected DistinctOptions Options { get; }

    private protected DistinctMeters Meters { get; }

    /// <summary>True where the verdict stage is told in which network the addresses are, if it is one.</summary>
    private protected virtual bool HasNetwork => false;

    /// <summary>The rule's id.</summary>
    protected abstract string Id { get; }

    /// <summary>What is counted, for the alert.</summary>
    protected virtual string Unit => "addresses";

    /// <inheritdoc/>
    public bool IsIdle => _active.Count == 0 && _touched.Count == 0;

    /// <inheritdoc/>
    public virtual void Observe(long slot, MarkTable marks, in Mark mark)
    {
    }

    /// <inheritdoc/>
    public virtual void EndSlot(long slot, IHostView view, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(findings);
        _waiting.Clear();
        foreach (int place in _touched)
        {
            if (Meters[place].IsActive || Meters.Distinct(place, slot) < Options.ThresholdOf(Meters[place].Address))
                continue;
            if (IsExcused(Meters[place], slot))
            {
                Meters[place].TouchedSlot = slot + 1;
                _waiting.Add(place);
            }
            else
            {
                Enter(place, slot);
            }
        }

        // Who was excused is looked at again, also when nothing more comes.
        _touched.Clear();
        _touched.AddRange(_waiting);
        for (int i = _active.Count - 1; i >= 0; i--)
        {
            int place = _active[i];
            ref DistinctMeter meter = ref Meters[place];
            if (2 * Meters.Distinct(place, slot) < Options.ThresholdOf(meter.Address))
            {
                meter.IsActive = false;
                _active.RemoveAt(i);
                if (meter.IsReported)
                    Speak(place, slot, view, findings);
                meter.IsReported = false;
            }
            else if (!meter.IsReported || slot - meter.SpokenSlot >= RateMeter.SlotsPerSecond || SeverityOf(meter, slot) > meter.ReportedSeverity)
            {
                Speak(place, slot, view, findings);
            }
        }
    }

    /// <inheritdoc/>
    public void Finish(long slot, IHostView view, List<RuleFinding> findings)
    {
        foreach (int place in _active)
        {
            ref DistinctMeter meter = ref Meters[place];
            meter.IsActive = !meter.IsReported;
            Speak(place, slot, view, findings);
        }
    }

    /// <inheritdoc/>
    public bool Holds(int place) => false;

    /// <inheritdoc/>
    public void Forget(int place)
    {
    }

    /// <summary>Takes addresses that a subject dealt with in a slot; -1 where there is no room for it.</summary>
    private protected int Take(Address subject, long slot, long packets, ReadOnlySpan<Address> peers, ReadOnlySpan<byte> sketch)
    {
        if (Options.IsExempt(subject))
            return -1;
        int place = Meters.Of(subject, slot);
        if (place < 0)
            return -1;
        ref DistinctMeter meter = ref Meters[place];
        meter.LastSlot = slot;
        meter.Packets += packets;
        if (!sketch.IsEmpty)
            Meters.Saturate(place, sketch, slot);
        foreach (Address peer in peers)
            Meters.Touch(place, peer, slot);
        if (meter.TouchedSlot != slot)
            _touched.Add(place);
        meter.TouchedSlot = slot;
        return place;
    }

    private protected int Take(long slot, MarkTable marks, in Mark mark)
    {
        Span<Address> peers = stackalloc Address[AddressPool.ExactLimit];
        peers = peers[..marks.CopyPeers(mark, peers)];
        peers.Sort();
        int place = Take(mark.Address, slot, mark.Packets, peers, marks.SketchOf(mark));
        if (place >= 0)
            Meters[place].Value += mark.Value;
        return place;
    }

    /// <summary>True where the rule lets a subject be for now.</summary>
    private protected virtual bool IsExcused(in DistinctMeter meter, long slot) => false;

    private protected abstract Severity SeverityOf(in DistinctMeter meter, long slot);

    /// <summary>Says who is the attacker and who the victim, and adds what the rule knows besides.</summary>
    private protected abstract void Complete(RuleFinding finding, ref DistinctMeter meter, IHostView view);

    private void Enter(int place, long slot)
    {
        ref DistinctMeter meter = ref Meters[place];
        meter.IsActive = true;
        meter.IsReported = false;
        meter.Episodes++;
        meter.EpisodeSlot = slot;
        foreach ((_, long at) in Meters.RecentOf(place))
            meter.EpisodeSlot = Math.Min(meter.EpisodeSlot, at);
        meter.EpisodeSlot = Math.Max(meter.EpisodeSlot, slot - (Options.Seconds * RateMeter.SlotsPerSecond));
        _active.Add(place);
    }

    /// <inheritdoc/>
    public virtual void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        int[] ranks = Meters.Save(writer);
        foreach (List<int> places in (ReadOnlySpan<List<int>>)[_active, _touched])
        {
            writer.WriteInt32(places.Count);
            foreach (int place in places)
                writer.WriteInt32(ranks[place]);
        }
    }

    /// <inheritdoc/>
    public virtual void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        int count = Meters.Load(reader);
        foreach (List<int> places in (ReadOnlySpan<List<int>>)[_active, _touched])
        {
            for (int left = reader.ReadCount(sizeof(int)); left > 0; left--)
                places.Add(reader.ReadIndex(count));
        }
    }

    private void Speak(int place, long slot, IHostView view, List<RuleFinding> findings)
    {
        ref DistinctMeter meter = ref Meters[place];
        if (slot < meter.SilentUntil)
            return;
        long distinct = Meters.Distinct(place, slot);
        long all = Meters.Pool.CountOf(meter.All);
        var finding = new RuleFinding
        {
            Rule = Id,
            SlotStartNs = EventTime.SlotStart(slot),
            SlotNs = EventTime.SlotNs,
            Active = meter.IsActive,
            Subject = meter.Address.ToString(),
            FirstNs = EventTime.SlotStart(meter.EpisodeSlot),
            LastNs = EventTime.SlotEnd(meter.LastSlot),
            Observed = Math.Max(distinct, all),
            Threshold = Options.ThresholdOf(meter.Address),
            Unit = Unit,
            Severity = SeverityOf(meter, slot),
            Confidence = 0.9,
            Completeness = view.Completeness,
        };
        finding.Features.Add(new FindingFeature("addresses", all));
        finding.Features.Add(new FindingFeature("packets", meter.Packets));
        finding.Features.Add(new FindingFeature("window_seconds", Options.Seconds));
        if (HasNetwork && Meters.NetworkOf(place) is { } network)
            finding.Related.Add(network);
        Complete(finding, ref meter, view);
        findings.Add(finding);
        meter.IsReported = true;
        meter.SpokenSlot = slot;
        meter.ReportedSeverity = finding.Severity;
    }
}
