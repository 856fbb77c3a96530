using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// Floods by one address in one role. It enters as soon as the trailing 5 s hold five seconds' worth of the threshold, and leaves
/// below half of that. Replies that answer requests do not count: a flood of requests is the requester's.
/// </summary>
public abstract class FloodRule : IHostRule
{
    /// <summary>Seconds in the trailing window.</summary>
    private const int Seconds = FloodMeter.Slots / FloodMeter.SlotsPerSecond;

    /// <summary>
    /// An address is metered from its first slot with a fifth of the threshold's packets or bytes on; what it sent before counts as
    /// nothing. So the meters' memory belongs to the loud, and a flood at or above the threshold is metered from its first slot.
    /// </summary>
    private const int LoudFraction = 5;

    /// <summary>Findings of one slot at most; the loudest speak first, the others in a later slot.</summary>
    public const int MaxFindingsPerSlot = 4096;

    private readonly FloodOptions _options;
    private readonly List<int> _speaking = [];
    private readonly Comparison<int> _byLoudness;
    private FloodMeter[] _meters = new FloodMeter[4];
    private int _count;
    private int[] _meterOf = [];

    /// <summary>Makes a rule that has seen nothing.</summary>
    protected FloodRule(FloodOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _byLoudness = (a, b) => MeterAt(a).PeakPackets != MeterAt(b).PeakPackets
            ? MeterAt(b).PeakPackets.CompareTo(MeterAt(a).PeakPackets)
            : MeterAt(a).Address.CompareTo(MeterAt(b).Address);
    }

    /// <summary>The rule's id.</summary>
    protected abstract string Id { get; }

    /// <inheritdoc/>
    public bool IsIdle => _count == 0;

    /// <summary>The role that the rule is about.</summary>
    protected abstract Role Role { get; }

    /// <summary>Says who is the attacker and who the victim.</summary>
    protected abstract void Name(RuleFinding finding, Address subject, Address? peer);

    /// <inheritdoc/>
    public void Observe(in HostSlot host)
    {
        ref readonly RoleSlot role = ref (Role == Role.Source ? ref host.Source : ref host.Destination);
        long packets = role.UnaskedPackets;
        if (packets == 0)
            return;
        long bytes = role.UnaskedBytes;
        int index = host.Place < _meterOf.Length ? _meterOf[host.Place] - 1 : -1;
        if (index < 0)
        {
            if (packets < LoudPackets && bytes < LoudBytes)
                return;
            index = AddMeter(host);
        }

        ref FloodMeter meter = ref _meters[index];
        meter.AdvanceTo(host.Slot);
        meter.Add(packets, bytes);
        meter.LastLoudSlot = host.Slot;
        meter.MainPeer = role.MainPeer;
    }

    /// <inheritdoc/>
    public void EndSlot(long slot, IHostView view, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(findings);
        _speaking.Clear();
        for (int i = _count - 1; i >= 0; i--)
        {
            ref FloodMeter meter = ref _meters[i];
            meter.AdvanceTo(slot);
            if (meter.Packets == 0 && !meter.IsActive)
            {
                RemoveMeter(i);
                continue;
            }

            if (Judge(ref meter, slot))
                _speaking.Add(meter.Place);
        }

        if (_speaking.Count > MaxFindingsPerSlot)
        {
            _speaking.Sort(_byLoudness);
            _speaking.RemoveRange(MaxFindingsPerSlot, _speaking.Count - MaxFindingsPerSlot);
        }

        foreach (int place in _speaking)
        {
            ref FloodMeter meter = ref MeterAt(place);
            findings.Add(Describe(meter, slot, view));
            meter.IsReported = meter.IsActive;
            meter.ReportedSeverity = SeverityOf(meter);
        }
    }

    /// <inheritdoc/>
    public void Finish(IHostView view, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(findings);
        for (int i = 0; i < _count; i++)
        {
            ref FloodMeter meter = ref _meters[i];
            if (!meter.IsActive)
                continue;
            meter.IsActive = !meter.IsReported;
            findings.Add(Describe(meter, meter.Slot, view));
        }
    }

    /// <inheritdoc/>
    public bool Holds(int place) => place < _meterOf.Length && _meterOf[place] != 0;

    /// <inheritdoc/>
    public void Forget(int place)
    {
        if (Holds(place))
            RemoveMeter(_meterOf[place] - 1);
    }

    private long LoudPackets => Math.Max(1, _options.PacketsPerSecond / FloodMeter.SlotsPerSecond / LoudFraction);

    private long LoudBytes => Math.Max(1, _options.BitsPerSecond / 8 / FloodMeter.SlotsPerSecond / LoudFraction);

    // True when the meter has something to say: it has entered, risen, left, or a second has passed.
    private bool Judge(ref FloodMeter meter, long slot)
    {
        long packets = _options.PacketsPerSecond * Seconds;
        long bytes = _options.BitsPerSecond / 8 * Seconds;
        if (!meter.IsActive)
        {
            if (meter.Packets < packets && meter.Bytes < bytes)
                return false;
            meter.IsActive = true;
            meter.IsReported = false;
            meter.FirstSlot = meter.BeginOfLoudness(LoudPackets, LoudBytes);
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

        return !meter.IsReported || SeverityOf(meter) > meter.ReportedSeverity || slot % FloodMeter.SlotsPerSecond == 0;
    }

    private RuleFinding Describe(in FloodMeter meter, long slot, IHostView view)
    {
        bool byPackets = IsByPackets(meter);
        var finding = new RuleFinding
        {
            Rule = Id,
            SlotStartNs = EventTime.SlotStart(slot),
            SlotNs = EventTime.SlotNs,
            Active = meter.IsActive,
            Subject = meter.Address.ToString(),
            FirstNs = EventTime.SlotStart(meter.FirstSlot),
            LastNs = EventTime.SlotEnd(meter.LastLoudSlot),
            Observed = byPackets ? meter.PeakPackets : meter.PeakBytes * 8,
            Threshold = byPackets ? _options.PacketsPerSecond : _options.BitsPerSecond,
            Unit = byPackets ? FloodUnits.Packets : FloodUnits.Bits,
            Severity = SeverityOf(meter),
            Confidence = 1.0,
            Completeness = view.Completeness,
        };
        finding.Features.Add(new FindingFeature(FloodUnits.PacketsFeature, meter.PeakPackets));
        finding.Features.Add(new FindingFeature(FloodUnits.BitsFeature, meter.PeakBytes * 8));
        finding.Features.Add(new FindingFeature(FloodUnits.PeersFeature, view.Peers(meter.Place, Role)));
        Name(finding, meter.Address, meter.MainPeer);
        return finding;
    }

    // Which threshold speaks: the packets' unless only the bits are over theirs.
    private bool IsByPackets(in FloodMeter meter) =>
        meter.PeakPackets >= _options.PacketsPerSecond || meter.PeakBytes * 8 < _options.BitsPerSecond;

    private Severity SeverityOf(in FloodMeter meter)
    {
        // Bits have the packets' levels in the same proportion to their threshold.
        Int128 bitsAsPackets = (Int128)meter.PeakBytes * 8 * _options.PacketsPerSecond / _options.BitsPerSecond;
        long level = (long)Int128.Max(meter.PeakPackets, Int128.Min(bitsAsPackets, long.MaxValue));
        return level >= _options.CriticalPacketsPerSecond ? Severity.Critical
            : level >= _options.HighPacketsPerSecond ? Severity.High
            : Severity.Medium;
    }

    private int AddMeter(in HostSlot host)
    {
        if (_count == _meters.Length)
            Array.Resize(ref _meters, 2 * _count);
        if (_meterOf.Length <= host.Place)
            Array.Resize(ref _meterOf, Math.Max(host.Place + 1, 2 * _meterOf.Length));
        _meters[_count] = new FloodMeter { Address = host.Address, Place = host.Place, Slot = host.Slot };
        _meterOf[host.Place] = _count + 1;
        return _count++;
    }

    private void RemoveMeter(int index)
    {
        _meterOf[_meters[index].Place] = 0;
        _count--;
        if (index == _count)
            return;
        _meters[index] = _meters[_count];
        _meterOf[_meters[index].Place] = index + 1;
    }

    private ref FloodMeter MeterAt(int place) => ref _meters[_meterOf[place] - 1];
}
