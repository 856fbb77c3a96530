using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// <c>traceroute</c>: distinct senders of time-exceeded messages about one pair (after Zeek's detect-traceroute). Informational: the
/// hops are the evidence.
/// </summary>
internal sealed class TraceBook : ICheckpointPart
{
    /// <summary>Traces of one key group at most: 2^14 in all, of up to <see cref="MaxHops"/> hops of 32 bytes: 33 MB.</summary>
    public const int MaxPerGroup = 64;

    /// <summary>Hops kept of a trace: no path on the Internet is longer than 64.</summary>
    public const int MaxHops = 64;

    private readonly Dictionary<(Address Source, Address Destination), Trace> _traces = [];
    private readonly int[] _counts = new int[KeyGroup.Count];

    /// <summary>Takes the hops of a slot and says which traces there are.</summary>
    public void Judge(SlotEvidence evidence, long slot, double completeness, DistinctOptions options, List<RuleFinding> findings)
    {
        if (!options.Enabled || evidence.Hops.Count == 0)
            return;
        long window = options.Seconds * (EventTime.SecondNs / EventTime.SlotNs);
        evidence.Hops.Sort(static (a, b) => Compare(a, b));
        Trace? last = null;
        foreach (HopEvidence hop in evidence.Hops)
        {
            if (options.IsExempt(hop.Source) || options.IsExempt(hop.Destination))
                continue;
            Trace? trace = Of(hop, slot, window);
            if (trace is null)
                continue;
            if (last is not null && last != trace)
                Speak(last, slot, completeness, options, findings);
            trace.Add(hop, slot, window);
            last = trace;
        }

        if (last is not null)
            Speak(last, slot, completeness, options, findings);
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.WriteInt32(_traces.Count);
        foreach (Trace trace in _traces.OrderBy(known => known.Key).Select(known => known.Value))
        {
            writer.WriteAddress(trace.Source);
            writer.WriteAddress(trace.Destination);
            writer.WriteInt64(trace.LastSlot);
            writer.WriteInt64(trace.SpokenSlot);
            writer.WriteInt32(trace.Spoken);
            writer.WriteInt32(trace.Hops.Count);
            foreach ((Address address, long timeNs, long slot) in trace.Hops)
            {
                writer.WriteAddress(address);
                writer.WriteInt64(timeNs);
                writer.WriteInt64(slot);
            }
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        const int traceBytes = (2 * Address.Size) + (2 * sizeof(long)) + (2 * sizeof(int)), hopBytes = Address.Size + (2 * sizeof(long));
        for (int left = reader.ReadCount(traceBytes); left > 0; left--)
        {
            (Address source, Address destination) = (reader.ReadAddress(), reader.ReadAddress());
            var trace = new Trace(source, destination, KeyGroup.Of(EventKey.Of(source, destination)))
            {
                LastSlot = reader.ReadInt64(),
                SpokenSlot = reader.ReadInt64(),
                Spoken = reader.ReadIndex(MaxHops + 1),
            };
            for (int hops = reader.ReadCount(hopBytes); hops > 0; hops--)
                trace.Hops.Add((reader.ReadAddress(), reader.ReadInt64(), reader.ReadInt64()));
            if (trace.Hops.Count > MaxHops || _counts[trace.Group] == MaxPerGroup || _traces.ContainsKey((source, destination)))
                throw new CheckpointException("a trace is there twice or too long, or there are more than fit");
            Add(trace);
        }
    }

    private void Add(Trace trace)
    {
        _traces.Add((trace.Source, trace.Destination), trace);
        _counts[trace.Group]++;
    }

    private Trace? Of(in HopEvidence hop, long slot, long window)
    {
        if (_traces.TryGetValue((hop.Source, hop.Destination), out Trace? trace))
            return trace;
        byte group = KeyGroup.Of(EventKey.Of(hop.Source, hop.Destination));
        if (_counts[group] == MaxPerGroup)
            Sweep(slot, window);
        if (_counts[group] == MaxPerGroup)
            return null;
        trace = new Trace(hop.Source, hop.Destination, group);
        Add(trace);
        return trace;
    }

    private void Sweep(long slot, long window)
    {
        foreach (((Address, Address) key, Trace trace) in _traces.ToArray())
        {
            if (slot - trace.LastSlot <= window)
                continue;
            _traces.Remove(key);
            _counts[trace.Group]--;
        }
    }

    private static void Speak(Trace trace, long slot, double completeness, DistinctOptions options, List<RuleFinding> findings)
    {
        long threshold = options.ThresholdOf(trace.Source);
        if (trace.Hops.Count < threshold || (trace.Spoken == trace.Hops.Count && slot - trace.SpokenSlot < PairView.SlotsBetween))
            return;
        trace.Spoken = trace.Hops.Count;
        trace.SpokenSlot = slot;
        var finding = new RuleFinding
        {
            Rule = RuleIds.Traceroute,
            SlotStartNs = EventTime.SlotStart(slot),
            SlotNs = EventTime.SlotNs,
            Active = true,
            Subject = $"{trace.Source}>{trace.Destination}",
            Source = trace.Source,
            Destination = trace.Destination,
            FirstNs = trace.Hops.Min(hop => hop.TimeNs),
            LastNs = trace.Hops.Max(hop => hop.TimeNs),
            Observed = trace.Hops.Count,
            Threshold = threshold,
            Unit = "hops",
            Severity = Severity.Informational,
            Confidence = 0.9,
            Completeness = completeness,
        };
        finding.Features.Add(new FindingFeature("hops", trace.Hops.Count));
        finding.Evidence.Add("hops in the order in which they answered: " + string.Join(", ", trace.Hops.Select(hop => hop.Address.ToString())));
        findings.Add(finding);
    }

    private static int Compare(in HopEvidence a, in HopEvidence b)
    {
        int order = a.Source.CompareTo(b.Source);
        if (order != 0)
            return order;
        order = a.Destination.CompareTo(b.Destination);
        if (order != 0)
            return order;
        order = a.TimeNs.CompareTo(b.TimeNs);
        return order != 0 ? order : a.Hop.CompareTo(b.Hop);
    }

    /// <summary>What answered on the way from one address to another.</summary>
    internal sealed class Trace(Address source, Address destination, byte group)
    {
        public Address Source { get; } = source;

        public Address Destination { get; } = destination;

        public byte Group { get; } = group;

        public List<(Address Address, long TimeNs, long Slot)> Hops { get; } = [];

        public long LastSlot { get; set; }

        public long SpokenSlot { get; set; } = long.MinValue / 2;

        public int Spoken { get; set; }

        public void Add(in HopEvidence hop, long slot, long window)
        {
            LastSlot = slot;
            Hops.RemoveAll(known => slot - known.Slot > window);
            Address address = hop.Hop;
            int place = Hops.FindIndex(known => known.Address == address);
            if (place >= 0)
                Hops[place] = (address, Hops[place].TimeNs, slot);
            else if (Hops.Count < MaxHops)
                Hops.Add((address, hop.TimeNs, slot));
            Spoken = Math.Min(Spoken, Hops.Count);
        }
    }
}
