using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
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
internal sealed class HostDomain : IHostView
{
    public HostDomain(uint id, HostOptions options)
    {
        Id = id;
        Clock = new UpstreamClock(options.PairPartitions);
        Hosts = new HostTable(options.MaxHostsPerGroup);
        Rules = options.NewRules();
        Held = IsHeld;
    }

    public uint Id { get; }

    public UpstreamClock Clock { get; }

    public SortedList<long, WaitingSlot> Waiting { get; } = [];

    public HostTable Hosts { get; }

    public IHostRule[] Rules { get; }

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

    /// <inheritdoc/>
    public double Completeness => Topology.Completeness.Of(WindowSeen, WindowLost);
}
