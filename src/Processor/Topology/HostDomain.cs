using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Partials of one slot that wait for those of other pair partitions.</summary>
internal sealed class WaitingSlot
{
    public List<PartialBuffer> Partials { get; } = [];

    public long Seen { get; set; }

    public long Lost { get; set; }

    public void Clear()
    {
        Partials.Clear();
        (Seen, Lost) = (0, 0);
    }
}

/// <summary>What the host stage holds of one domain.</summary>
internal sealed class HostDomain : IHostView, ICheckpointPart
{
    public HostDomain(uint id, HostOptions options, CastMatcher matcher)
    {
        Id = id;
        Clock = new UpstreamClock(options.PairPartitions);
        CandidateClock = new UpstreamClock(options.PairPartitions);
        Casts = new CastBook(id, options.Echo, matcher);
        Hosts = new HostTable(options.MaxHostsPerGroup);
        Rules = options.NewRules();
        AddressRules = [.. Rules.OfType<IAddressRule>()];
        Held = IsHeld;
    }

    public uint Id { get; }

    public UpstreamClock Clock { get; }

    /// <summary>Up to when all candidates have come: behind the other clock, since a reply waits for its request before it is forwarded.</summary>
    public UpstreamClock CandidateClock { get; }

    /// <summary>Requests that went to many, and replies that may answer them.</summary>
    public CastBook Casts { get; }

    public SortedList<long, WaitingSlot> Waiting { get; } = [];

    public HostTable Hosts { get; }

    public IHostRule[] Rules { get; }

    /// <summary>Those of them that look at every address.</summary>
    public IAddressRule[] AddressRules { get; }

    /// <summary>What <see cref="IsHeld"/> says, as a delegate made once.</summary>
    public Func<int, bool> Held { get; }

    /// <summary>Rest of the current window, for sources and destinations.</summary>
    public RateRest[] Rest { get; } = new RateRest[2];

    /// <summary>Findings and rests since the last record.</summary>
    public Finding Pending { get; } = new() { Stage = FindingStage.Host };

    public long OpenFrom { get; set; } = long.MinValue;

    /// <summary>Watermark of the last record put out.</summary>
    public long SentWatermarkNs { get; set; } = BatchEnvelope.NoWatermark;

    /// <summary>The slot last closed, with or without packets; long.MinValue before the first.</summary>
    public long LastSlot { get; set; } = long.MinValue;

    public bool HasWindow { get; set; }

    public long WindowStartNs { get; set; }

    public long WindowSeen { get; set; }

    public long WindowLost { get; set; }

    /// <summary>Writes down what is of no key group.</summary>
    public void Save(CheckpointWriter writer)
    {
        writer.WritePart(Clock);
        writer.WritePart(CandidateClock);
        writer.WritePart(Casts);
        foreach (long value in (ReadOnlySpan<long>)[OpenFrom, SentWatermarkNs, LastSlot, WindowStartNs, WindowSeen, WindowLost])
            writer.WriteInt64(value);
        writer.WriteBoolean(HasWindow);
        foreach (ref readonly RateRest rest in Rest.AsSpan())
        {
            foreach (long value in (ReadOnlySpan<long>)[rest.Packets, rest.Bytes, rest.Requests, rest.Replies, rest.Errors, rest.Other, rest.Addresses])
                writer.WriteInt64(value);
        }

        foreach (IHostRule rule in Rules)
            writer.WritePart(rule);
        var pending = new Finding { Stage = FindingStage.Host };
        pending.Findings.AddRange(Pending.Findings);
        pending.Rest.AddRange(Pending.Rest);
        StageRecord.Save(writer, pending);
        writer.WriteInt32(Waiting.Count);
        foreach ((long slot, WaitingSlot waiting) in Waiting)
        {
            writer.WriteInt64(slot);
            writer.WriteInt64(waiting.Seen);
            writer.WriteInt64(waiting.Lost);
            writer.WriteInt32(waiting.Partials.Count);
            foreach (PartialBuffer partial in waiting.Partials)
                StageRecord.Save(writer, partial);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="CheckpointException">The bytes are no such domain.</exception>
    public void Load(CheckpointReader reader)
    {
        reader.ReadPart(Clock);
        reader.ReadPart(CandidateClock);
        reader.ReadPart(Casts);
        (OpenFrom, SentWatermarkNs, LastSlot) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        (WindowStartNs, WindowSeen, WindowLost) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        HasWindow = reader.ReadBoolean();
        foreach (ref RateRest rest in Rest.AsSpan())
        {
            rest = new RateRest
            {
                Packets = reader.ReadInt64(),
                Bytes = reader.ReadInt64(),
                Requests = reader.ReadInt64(),
                Replies = reader.ReadInt64(),
                Errors = reader.ReadInt64(),
                Other = reader.ReadInt64(),
                Addresses = reader.ReadInt64(),
            };
        }

        foreach (IHostRule rule in Rules)
            reader.ReadPart(rule);
        Finding pending = StageRecord.LoadFinding(reader);
        Pending.Findings.AddRange(pending.Findings);
        Pending.Rest.AddRange(pending.Rest);
        for (int slots = reader.ReadCount((3 * sizeof(long)) + sizeof(int)); slots > 0; slots--)
        {
            long slot = reader.ReadInt64();
            var waiting = new WaitingSlot { Seen = reader.ReadInt64(), Lost = reader.ReadInt64() };
            for (int partials = reader.ReadCount(sizeof(int)); partials > 0; partials--)
                waiting.Partials.Add(StageRecord.LoadPartial(reader));
            if (!Waiting.TryAdd(slot, waiting))
                throw new CheckpointException("a slot waits twice");
        }
    }

    /// <summary>True when slots without packets change nothing.</summary>
    public bool IsIdle
    {
        get
        {
            foreach (IHostRule rule in Rules)
            {
                if (!rule.IsIdle)
                    return false;
            }

            return true;
        }
    }

    /// <summary>True while a rule needs the address kept.</summary>
    public bool IsHeld(int place)
    {
        foreach (IHostRule rule in Rules)
        {
            if (rule.Holds(place))
                return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public long Peers(int place, Role role)
    {
        ushort link = role == Role.Source ? Hosts[place].Source : Hosts[place].Destination;
        HostGroup group = Hosts.GroupOf(place);
        return link == 0 ? 0 : group.Peers.CountOf(group.Window(link).Peers);
    }

    /// <summary>Marks of the slot that is being closed.</summary>
    public MarkTable Marks { get; } = new();

    /// <inheritdoc/>
    public bool IsMonitor(Address address)
    {
        foreach (IHostRule rule in Rules)
        {
            if (rule is SweepRule sweep)
                return sweep.IsMonitor(address);
        }

        return false;
    }

    /// <inheritdoc/>
    public void AddMarkSamples(MarkKind kind, Role role, Address address, List<Sample> samples)
    {
        if (!Marks.TryFind(kind, role, address, out Mark mark))
            return;
        if (mark.SampleCount > 0)
            samples.Add(mark.First.ToSample());
        if (mark.SampleCount > 1)
            samples.Add(mark.Second.ToSample());
    }

    /// <inheritdoc/>
    public double Completeness => Topology.Completeness.Of(WindowSeen, WindowLost);
}
