using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// Rules about packets and bits per second of one subject. Such a rule enters as soon as the trailing 5 s hold five seconds' worth of
/// the threshold, which is the floor or a multiple of the subject's baseline, and leaves below half of that.
/// </summary>
public abstract class RateRule : IHostRule
{
    /// <summary>
    /// A subject is metered from its first slot with a fifth of the threshold's packets or bytes on; what it sent before counts as
    /// nothing. So the meters' memory belongs to the loud, and a flood at or above the threshold is metered from its first slot.
    /// </summary>
    private const int LoudFraction = 5;

    /// <summary>Findings of one slot at most; the loudest speak first, the others in a later slot.</summary>
    public const int MaxFindingsPerSlot = 4096;

    /// <summary>
    /// Meters of one key group at most, 2^17 in all. A meter takes 616 bytes and grows with what is loud: at 20 packets a slot each
    /// so many subjects would be 26 million packets a second.
    /// </summary>
    public const int MaxPerGroup = 512;

    private readonly List<int> _speaking = [];
    private readonly Comparison<int> _byLoudness;
    private readonly HashIndex _index = new();
    private readonly HashSet<int> _held = [];
    private readonly int[] _groupCounts = new int[KeyGroup.Count];
    private RateMeter[] _meters = new RateMeter[4];
    private int _count;

    /// <summary>Makes a rule that has seen nothing.</summary>
    protected RateRule(FloodOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
        _byLoudness = (a, b) => _meters[a].PeakPackets != _meters[b].PeakPackets
            ? _meters[b].PeakPackets.CompareTo(_meters[a].PeakPackets)
            : CompareKeys(_meters[a], _meters[b]);
    }

    /// <summary>The settings.</summary>
    protected FloodOptions Options { get; }

    /// <summary>The rule's id.</summary>
    protected abstract string Id { get; }

    /// <inheritdoc/>
    public bool IsIdle => _count == 0;

    /// <summary>Subjects that found no room.</summary>
    public long Refused { get; private set; }

    /// <summary>True where the rule tells the verdict stage of a subject that has half of the threshold, for precedence.</summary>
    protected virtual bool SpeaksNear => false;

    /// <inheritdoc/>
    public virtual void Observe(long slot, MarkTable marks, in Mark mark)
    {
    }

    /// <inheritdoc/>
    public void EndSlot(long slot, IHostView view, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(findings);
        _speaking.Clear();
        bool isSecond = slot % RateMeter.SlotsPerSecond == 0;
        for (int i = _count - 1; i >= 0; i--)
        {
            ref RateMeter meter = ref _meters[i];
            meter.AdvanceTo(slot);
            long floor = Options.ThresholdOf(meter.Address);
            long threshold = Threshold(meter, floor);
            if (meter.Packets == 0 && !meter.IsActive && threshold <= floor && Options.BaselineFactor * 2 * meter.BaselinePackets < floor)
            {
                Remove(i);
                continue;
            }

            if (isSecond && Options.UsesBaseline && !meter.IsActive)
                Learn(ref meter, threshold);
        }

        for (int i = 0; i < _count; i++)
        {
            ref RateMeter meter = ref _meters[i];
            if (Judge(ref meter, slot))
                _speaking.Add(i);
            else if (SpeaksNear && !meter.IsActive && 2 * meter.Packets >= Threshold(meter, Options.ThresholdOf(meter.Address)) * RateMeter.Seconds)
                findings.Add(Describe(ref meter, slot, view));
        }

        if (_speaking.Count > MaxFindingsPerSlot)
        {
            _speaking.Sort(_byLoudness);
            _speaking.RemoveRange(MaxFindingsPerSlot, _speaking.Count - MaxFindingsPerSlot);
        }

        foreach (int index in _speaking)
        {
            ref RateMeter meter = ref _meters[index];
            findings.Add(Describe(ref meter, slot, view));
            meter.IsReported = meter.IsActive;
            meter.ReportedSeverity = SeverityOf(meter, view);
        }
    }

    /// <inheritdoc/>
    public void Finish(long slot, IHostView view, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(findings);
        for (int i = 0; i < _count; i++)
        {
            ref RateMeter meter = ref _meters[i];
            if (!meter.IsActive)
                continue;
            meter.IsActive = !meter.IsReported;
            findings.Add(Describe(ref meter, slot, view));
        }
    }

    /// <inheritdoc/>
    public bool Holds(int place) => _held.Contains(place);

    /// <inheritdoc/>
    public void Forget(int place)
    {
        if (!_held.Contains(place))
            return;
        for (int i = 0; i < _count; i++)
        {
            if (_meters[i].Place == place)
            {
                Remove(i);
                return;
            }
        }
    }

    /// <inheritdoc/>
    public bool Fits(HostTable hosts)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        for (int i = 0; i < _count; i++)
        {
            ref RateMeter meter = ref _meters[i];
            if (meter.Place >= 0 && meter.Place != hosts.Find(meter.Address, KeyGroup.Of(meter.Address)))
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(_count);
        for (int i = 0; i < _count; i++)
        {
            writer.WriteEntry(_meters[i]);
            SaveRest(writer, _meters[i]);
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        for (int left = reader.ReadCount(RateMeter.EntryBytes); left > 0; left--)
        {
            RateMeter meter = reader.ReadEntry<RateMeter>();
            if (Find(meter.Address, meter.Kind) >= 0 || !TryAdd(meter.Address, meter.Kind, meter.Place, meter.Slot, out int index))
                throw new CheckpointException("a meter is there twice, or there are more than fit");
            _meters[index] = meter;
            LoadRest(reader, ref _meters[index]);
        }
    }

    /// <summary>Writes what a meter keeps elsewhere.</summary>
    private protected virtual void SaveRest(CheckpointWriter writer, in RateMeter meter)
    {
    }

    /// <summary>Reads what <see cref="SaveRest"/> wrote.</summary>
    private protected virtual void LoadRest(CheckpointReader reader, ref RateMeter meter)
    {
    }

    /// <summary>Adds packets of a subject to its meter; null where it is too quiet to have one, or there is no room.</summary>
    private protected ref RateMeter Meter(Address address, byte kind, int place, long slot, long packets, long bytes, out bool isMetered)
    {
        int index = Find(address, kind);
        isMetered = index >= 0;
        if (index < 0)
        {
            long threshold = Options.ThresholdOf(address);
            bool isLoud = packets >= Math.Max(1, threshold / RateMeter.SlotsPerSecond / LoudFraction)
                || bytes >= Math.Max(1, Options.BitsPerSecond / 8 / RateMeter.SlotsPerSecond / LoudFraction);
            if (!isLoud || Options.IsExempt(address) || !TryAdd(address, kind, place, slot, out index))
                return ref _meters[0];
            isMetered = true;
        }

        ref RateMeter meter = ref _meters[index];
        meter.AdvanceTo(slot);
        meter.Add(packets, bytes);
        meter.LastLoudSlot = slot;
        return ref meter;
    }

    /// <summary>Says who is the attacker and who the victim, and adds what the rule knows besides.</summary>
    private protected abstract void Complete(RuleFinding finding, ref RateMeter meter, IHostView view);

    /// <summary>How bad it is.</summary>
    private protected virtual Severity SeverityOf(in RateMeter meter, IHostView view)
    {
        // Bits have the packets' levels in the same proportion to their threshold.
        Int128 bitsAsPackets = (Int128)meter.PeakBytes * 8 * Options.PacketsPerSecond / Options.BitsPerSecond;
        long level = (long)Int128.Max(meter.PeakPackets, Int128.Min(bitsAsPackets, long.MaxValue));
        return level >= Options.CriticalPacketsPerSecond ? Severity.Critical
            : level >= Options.HighPacketsPerSecond ? Severity.High
            : Severity.Medium;
    }

    private long Threshold(in RateMeter meter, long floor) =>
        Options.UsesBaseline && meter.BaselineAge >= Options.WarmUpSeconds ? Math.Max(floor, Options.BaselineFactor * meter.BaselinePackets) : floor;

    // What is above the threshold is not learnt, so that a flood does not raise it while it is being noticed.
    private void Learn(ref RateMeter meter, long threshold)
    {
        (long packets, _) = meter.LastSecond();
        if (packets < threshold)
            meter.Learn(packets, Options.WarmUpSeconds, Options.BaselineSeconds);
    }

    // True when the meter has something to say: it has entered, risen, left, is young, or a second has passed.
    private bool Judge(ref RateMeter meter, long slot)
    {
        long threshold = Threshold(meter, Options.ThresholdOf(meter.Address));
        long packets = threshold * RateMeter.Seconds;
        long bytes = Options.BitsPerSecond / 8 * RateMeter.Seconds;
        if (!meter.IsActive)
        {
            if (meter.Packets < packets && meter.Bytes < bytes)
                return false;
            meter.IsActive = true;
            meter.IsReported = false;
            meter.FirstSlot = meter.BeginOfLoudness(
                Math.Max(1, threshold / RateMeter.SlotsPerSecond / LoudFraction), Math.Max(1, Options.BitsPerSecond / 8 / RateMeter.SlotsPerSecond / LoudFraction));
            (meter.PeakPackets, meter.PeakBytes) = (0, 0);
        }

        (long lastPackets, long lastBytes) = meter.LastSecond();
        meter.PeakPackets = Math.Max(meter.PeakPackets, lastPackets);
        meter.PeakBytes = Math.Max(meter.PeakBytes, lastBytes);
        if (2 * meter.Packets < packets && 2 * meter.Bytes < bytes)
        {
            meter.IsActive = false;
            return meter.IsReported;
        }

        // While it may still rise it speaks in each slot, so that rules of another threshold are compared with what it has come to.
        bool isYoung = slot - meter.FirstSlot < RateMeter.Slots;
        return !meter.IsReported || isYoung || PlainSeverity(meter) > meter.ReportedSeverity || slot % RateMeter.SlotsPerSecond == 0;
    }

    private Severity PlainSeverity(in RateMeter meter) => meter.PeakPackets >= Options.CriticalPacketsPerSecond ? Severity.Critical
        : meter.PeakPackets >= Options.HighPacketsPerSecond ? Severity.High
        : Severity.Medium;

    private RuleFinding Describe(ref RateMeter meter, long slot, IHostView view)
    {
        long floor = Options.ThresholdOf(meter.Address);
        long threshold = Threshold(meter, floor);
        (long packets, long bytes) = meter.IsActive || meter.PeakPackets > 0 ? (meter.PeakPackets, meter.PeakBytes) : meter.LastSecond();

        // Which threshold speaks: the packets' unless only the bits are over theirs.
        bool byPackets = packets >= threshold || bytes * 8 < Options.BitsPerSecond;
        var finding = new RuleFinding
        {
            Rule = Id,
            SlotStartNs = EventTime.SlotStart(slot),
            SlotNs = EventTime.SlotNs,
            Active = meter.IsActive,
            Subject = meter.Address.ToString(),
            FirstNs = EventTime.SlotStart(meter.IsActive || meter.IsReported ? meter.FirstSlot : meter.LastLoudSlot),
            LastNs = EventTime.SlotEnd(meter.LastLoudSlot),
            Observed = byPackets ? packets : bytes * 8,
            Threshold = byPackets ? threshold : Options.BitsPerSecond,
            Unit = byPackets ? RateUnits.Packets : RateUnits.Bits,
            Severity = SeverityOf(meter, view),
            Confidence = 1.0,
            Completeness = view.Completeness,
        };
        finding.Features.Add(new FindingFeature(RateUnits.PacketsFeature, packets));
        finding.Features.Add(new FindingFeature(RateUnits.BitsFeature, bytes * 8));
        if (Options.UsesBaseline && meter.BaselineAge >= Options.WarmUpSeconds)
            finding.Features.Add(new FindingFeature(RateUnits.BaselineFeature, meter.BaselinePackets));
        Complete(finding, ref meter, view);
        return finding;
    }

    private int Find(Address address, byte kind)
    {
        HashProbe probe = _index.Probe(Mix.Hash(kind, address));
        while (probe.Next(out int index))
        {
            if (_meters[index].Address == address && _meters[index].Kind == kind)
                return index;
        }

        return -1;
    }

    private bool TryAdd(Address address, byte kind, int place, long slot, out int index)
    {
        byte group = GroupOf(address, kind);
        index = -1;
        if (_groupCounts[group] >= MaxPerGroup)
        {
            Refused++;
            return false;
        }

        _groupCounts[group]++;
        if (_count == _meters.Length)
            Array.Resize(ref _meters, 2 * _count);
        _meters[_count] = new RateMeter { Address = address, Kind = kind, Place = place, Slot = slot };
        _index.Add(Mix.Hash(kind, address), _count);
        if (place >= 0)
            _held.Add(place);
        index = _count++;
        return true;
    }

    private void Remove(int index)
    {
        ref RateMeter removed = ref _meters[index];
        Release(ref removed);
        if (removed.Place >= 0)
            _held.Remove(removed.Place);
        _groupCounts[GroupOf(removed.Address, removed.Kind)]--;
        _index.Remove(Mix.Hash(removed.Kind, removed.Address), index);
        _count--;
        if (index == _count)
            return;
        _meters[index] = _meters[_count];
        _index.Replace(Mix.Hash(_meters[index].Kind, _meters[index].Address), _count, index);
    }

    /// <summary>Gives back what a meter keeps elsewhere.</summary>
    private protected virtual void Release(ref RateMeter meter)
    {
    }

    // A network's marks come to the partition of the larger network, so its state belongs there too.
    private static byte GroupOf(Address address, byte kind) =>
        KeyGroup.Of(kind == (byte)MarkKind.PrefixSmall ? PrefixSizes.Large(address) : address);

    private static int CompareKeys(in RateMeter a, in RateMeter b)
    {
        int order = a.Address.CompareTo(b.Address);
        return order != 0 ? order : a.Kind.CompareTo(b.Kind);
    }
}

/// <summary>Names that the rate rules and their wording share.</summary>
internal static class RateUnits
{
    public const string Packets = "packets/s";
    public const string Bits = "bits/s";
    public const string PacketsFeature = "packets_per_second";
    public const string BitsFeature = "bits_per_second";
    public const string BaselineFeature = "baseline_packets_per_second";
    public const string PeersFeature = "peers";
    public const string MonitorFeature = "monitor";
}
