using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>What the verdict stage holds of one domain.</summary>
internal sealed partial class VerdictDomain
{
    public VerdictDomain(uint id, VerdictOptions options)
    {
        Id = id;
        Clock = new UpstreamClock(options.PairPartitions + options.HostPartitions);
        Book = new AlertBook(this, new RouterBook(options.Networks.Routers));
    }

    public uint Id { get; }

    public UpstreamClock Clock { get; }

    /// <summary>Findings by start of their slot.</summary>
    public SortedDictionary<long, List<RuleFinding>> Pending { get; } = [];

    /// <summary>Rests by start of their window and role.</summary>
    public SortedDictionary<(long WindowStartNs, Role Role), RateRest> Rests { get; } = [];

    /// <summary>Open alerts by rule and subject.</summary>
    public Dictionary<(string Rule, string Subject), OpenAlert> Alerts { get; } = [];

    /// <summary>Who came together.</summary>
    public CrowdBook Crowds { get; } = new();

    /// <summary>Who speaks, for rules that ask.</summary>
    public AlertBook Book { get; }

    /// <summary>The current alert window; none before the first finding.</summary>
    public long? WindowNs { get; set; }

    /// <summary>Keeps a finding until its slot is judged.</summary>
    public void Keep(RuleFinding finding)
    {
        if (!Pending.TryGetValue(finding.SlotStartNs, out List<RuleFinding>? slot))
            Pending.Add(finding.SlotStartNs, slot = []);
        slot.Add(finding);
    }

    /// <summary>Adds a rest to that of its window and role.</summary>
    public void Keep(in RateRest rest)
    {
        RateRest sum = Rests.GetValueOrDefault((rest.WindowStartNs, rest.Role));
        if (sum.Packets == 0)
            sum = new RateRest { WindowStartNs = rest.WindowStartNs, WindowNs = rest.WindowNs, Role = rest.Role, Completeness = rest.Completeness };
        sum.Packets += rest.Packets;
        sum.Bytes += rest.Bytes;
        sum.Requests += rest.Requests;
        sum.Replies += rest.Replies;
        sum.Errors += rest.Errors;
        sum.Other += rest.Other;
        sum.Addresses += rest.Addresses;
        sum.Completeness = Math.Min(sum.Completeness, rest.Completeness);
        Rests[(rest.WindowStartNs, rest.Role)] = sum;
    }
}
