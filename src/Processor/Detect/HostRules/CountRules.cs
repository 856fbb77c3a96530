using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>What a count rule knows of one subject.</summary>
internal sealed class CountMeter(Address address, long slot)
{
    public Address Address { get; } = address;

    public long FirstSlot { get; set; } = slot;

    public long LastSlot { get; set; } = slot;

    public long SpokenSlot { get; set; } = long.MinValue / 2;

    public Severity SpokenSeverity { get; set; }

    public long Packets { get; set; }

    public long Mask { get; set; }

    public AddressSet Peers;
}

/// <summary>
/// Rules about marks that should not be there at all: they speak from a number of packets on, and are silent again when the packets
/// are.
/// </summary>
public abstract class CountRule : IHostRule
{
    /// <summary>Subjects of one key group at most: 2^14 in all, of 200 bytes and a set.</summary>
    private const int MaxPerGroup = 64;

    private readonly SortedDictionary<Address, CountMeter> _meters = [];
    private readonly int[] _groupCounts = new int[KeyGroup.Count];
    private readonly List<CountMeter> _touched = [];

    /// <summary>Makes a rule that has seen nothing.</summary>
    protected CountRule(CountOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Options = options;
    }

    /// <summary>The settings.</summary>
    protected CountOptions Options { get; }

    /// <summary>The rule's id.</summary>
    protected abstract string Id { get; }

    /// <summary>The marks that it is about.</summary>
    protected abstract MarkKind Kind { get; }

    /// <inheritdoc/>
    public bool IsIdle => true;

    private protected AddressPool Pool { get; } = new();

    /// <inheritdoc/>
    public void Observe(long slot, MarkTable marks, in Mark mark)
    {
        if (mark.Kind != Kind || Options.IsExempt(mark.Address))
            return;
        CountMeter? meter = Of(mark.Address, slot);
        if (meter is null)
            return;
        if (slot - meter.LastSlot > Options.Seconds * RateMeter.SlotsPerSecond)
        {
            (meter.Packets, meter.Mask, meter.FirstSlot) = (0, 0, slot);
            Pool.Clear(ref meter.Peers);
        }

        meter.LastSlot = slot;
        meter.Packets += mark.Packets;
        meter.Mask |= mark.Mask;
        MarkPeers.Merge(marks, mark, Pool, ref meter.Peers);
        _touched.Add(meter);
    }

    /// <inheritdoc/>
    public void EndSlot(long slot, IHostView view, List<RuleFinding> findings)
    {
        foreach (CountMeter meter in _touched)
        {
            if (meter.Packets < ThresholdOf(meter))
                continue;
            Severity severity = SeverityOf(meter);
            if (slot - meter.SpokenSlot < RateMeter.SlotsPerSecond && severity <= meter.SpokenSeverity)
                continue;
            findings.Add(Describe(meter, slot, view, severity));
            (meter.SpokenSlot, meter.SpokenSeverity) = (slot, severity);
        }

        _touched.Clear();
    }

    /// <inheritdoc/>
    public void Finish(long slot, IHostView view, List<RuleFinding> findings)
    {
    }

    /// <inheritdoc/>
    public bool Holds(int place) => false;

    /// <inheritdoc/>
    public void Forget(int place)
    {
    }

    private protected virtual long ThresholdOf(CountMeter meter) => Options.ThresholdOf(meter.Address);

    private protected abstract Severity SeverityOf(CountMeter meter);

    /// <summary>Says who is the attacker and who the victim, and adds what the rule knows besides.</summary>
    private protected abstract void Complete(RuleFinding finding, CountMeter meter);

    /// <summary>The peer where there is only one.</summary>
    private protected Address? OnlyPeer(CountMeter meter)
    {
        Span<Address> peers = stackalloc Address[AddressPool.ExactLimit];
        return Pool.CopyExact(meter.Peers, peers) == 1 ? peers[0] : null;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(_meters.Count);
        foreach (CountMeter meter in _meters.Values)
        {
            writer.WriteAddress(meter.Address);
            writer.WriteInt64(meter.FirstSlot);
            writer.WriteInt64(meter.LastSlot);
            writer.WriteInt64(meter.SpokenSlot);
            writer.WriteByte((byte)meter.SpokenSeverity);
            writer.WriteInt64(meter.Packets);
            writer.WriteInt64(meter.Mask);
            Pool.Save(writer, meter.Peers);
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        const int meterBytes = Address.Size + (5 * sizeof(long)) + 2;
        for (int left = reader.ReadCount(meterBytes); left > 0; left--)
        {
            var meter = new CountMeter(reader.ReadAddress(), reader.ReadInt64())
            {
                LastSlot = reader.ReadInt64(),
                SpokenSlot = reader.ReadInt64(),
                SpokenSeverity = (Severity)reader.ReadByte(),
                Packets = reader.ReadInt64(),
                Mask = reader.ReadInt64(),
                Peers = Pool.Load(reader),
            };
            if (!_meters.TryAdd(meter.Address, meter) || ++_groupCounts[KeyGroup.Of(meter.Address)] > MaxPerGroup)
                throw new CheckpointException("a meter is there twice, or there are more than fit");
        }
    }

    private CountMeter? Of(Address address, long slot)
    {
        if (_meters.TryGetValue(address, out CountMeter? meter))
            return meter;
        byte group = KeyGroup.Of(address);
        if (_groupCounts[group] >= MaxPerGroup)
            Sweep(group, slot);
        if (_groupCounts[group] >= MaxPerGroup)
            return null;
        meter = new CountMeter(address, slot);
        _meters.Add(address, meter);
        _groupCounts[group]++;
        return meter;
    }

    private void Sweep(byte group, long slot)
    {
        foreach (CountMeter meter in _meters.Values.Where(m => KeyGroup.Of(m.Address) == group && slot - m.LastSlot > Options.Seconds * RateMeter.SlotsPerSecond).ToArray())
        {
            Pool.Clear(ref meter.Peers);
            _meters.Remove(meter.Address);
            _groupCounts[group]--;
        }
    }

    private RuleFinding Describe(CountMeter meter, long slot, IHostView view, Severity severity)
    {
        var finding = new RuleFinding
        {
            Rule = Id,
            SlotStartNs = EventTime.SlotStart(slot),
            SlotNs = EventTime.SlotNs,
            Active = true,
            Subject = meter.Address.ToString(),
            FirstNs = EventTime.SlotStart(meter.FirstSlot),
            LastNs = EventTime.SlotEnd(meter.LastSlot),
            Observed = meter.Packets,
            Threshold = ThresholdOf(meter),
            Unit = "packets",
            Severity = severity,
            Confidence = 0.9,
            Completeness = view.Completeness,
        };
        finding.Features.Add(new FindingFeature("packets", meter.Packets));
        finding.Features.Add(new FindingFeature(RateUnits.PeersFeature, Pool.CountOf(meter.Peers)));
        Complete(finding, meter);
        view.AddMarkSamples(Kind, finding.Source == meter.Address ? Role.Source : Role.Destination, meter.Address, finding.Samples);
        return finding;
    }
}

/// <summary>
/// <c>ping-of-death</c>: fragments that overlap, or reach beyond the longest datagram: one packet is enough. Datagrams that never complete,
/// at a rate.
/// </summary>
public sealed class PingOfDeathRule(CountOptions options) : CountRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.PingOfDeath;

    /// <inheritdoc/>
    protected override MarkKind Kind => MarkKind.Fragment;

    // A datagram that never completes is a lost fragment; many are somebody who fills the tables of those who wait for the rest.
    private const long IncompleteTimes = 50;

    private protected override long ThresholdOf(CountMeter meter) =>
        meter.Mask == 1L << (int)DecodeOutcome.FragmentIncomplete ? IncompleteTimes * base.ThresholdOf(meter) : base.ThresholdOf(meter);

    private protected override Severity SeverityOf(CountMeter meter) =>
        (meter.Mask & (1L << (int)DecodeOutcome.FragmentOverlong)) != 0 ? Severity.High : Severity.Medium;

    private protected override void Complete(RuleFinding finding, CountMeter meter)
    {
        finding.Destination = meter.Address;
        finding.Source = OnlyPeer(meter);
        finding.Evidence.Add("fragments: " + string.Join(", ", OutcomeNames.Of(meter.Mask)));
    }
}

/// <summary><c>recon.types</c>: timestamp, information and address mask requests. Low, and medium when repeated from outside or to many.</summary>
public sealed class ReconRule(CountOptions options, Networks networks) : CountRule(options)
{
    /// <summary>Targets from which it is repeated also from inside: clock tools ask one or two.</summary>
    private const int ManyTargets = 5;

    /// <inheritdoc/>
    protected override string Id => RuleIds.Recon;

    /// <inheritdoc/>
    protected override MarkKind Kind => MarkKind.Recon;

    private protected override Severity SeverityOf(CountMeter meter)
    {
        bool isRepeated = networks.IsHome(meter.Address) ? Pool.CountOf(meter.Peers) >= ManyTargets : meter.Packets > Options.Packets;
        return isRepeated ? Severity.Medium : Severity.Low;
    }

    private protected override void Complete(RuleFinding finding, CountMeter meter)
    {
        finding.Source = meter.Address;
        finding.Destination = OnlyPeer(meter);
        finding.Evidence.Add("types: " + TypeNames.Of(meter.Mask));
    }
}

/// <summary><c>deprecated</c>: types that RFC 6918 retired, still in use.</summary>
public sealed class DeprecatedRule(CountOptions options) : CountRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.Deprecated;

    /// <inheritdoc/>
    protected override MarkKind Kind => MarkKind.Deprecated;

    private protected override Severity SeverityOf(CountMeter meter) => Severity.Informational;

    private protected override void Complete(RuleFinding finding, CountMeter meter)
    {
        finding.Source = meter.Address;
        finding.Destination = OnlyPeer(meter);
        finding.Evidence.Add("types: " + TypeNames.Of(meter.Mask));
    }
}

/// <summary><c>source-quench</c>: no router sends any since RFC 6633, so somebody makes them up, or something is very old.</summary>
public sealed class SourceQuenchRule(CountOptions options) : CountRule(options)
{
    /// <inheritdoc/>
    protected override string Id => RuleIds.SourceQuench;

    /// <inheritdoc/>
    protected override MarkKind Kind => MarkKind.SourceQuench;

    private protected override Severity SeverityOf(CountMeter meter) => Severity.Informational;

    private protected override void Complete(RuleFinding finding, CountMeter meter)
    {
        finding.Source = meter.Address;
        finding.Destination = OnlyPeer(meter);
    }
}

/// <summary>Names of ICMPv4 types in a mask.</summary>
internal static class TypeNames
{
    public static string Of(long mask)
    {
        var names = new List<string>();
        for (int type = 0; type < 64; type++)
        {
            if ((mask & (1L << type)) != 0)
                names.Add(Schemas.Tables.IcmpTypes.Name(4, (byte)type) ?? $"type {type}");
        }

        return string.Join(", ", names);
    }
}
