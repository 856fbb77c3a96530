using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>What the verdict stage holds of one domain.</summary>
internal sealed class VerdictDomain(uint id, VerdictOptions options)
{
    public uint Id { get; } = id;

    public UpstreamClock Clock { get; } = new(options.PairPartitions + options.HostPartitions);

    /// <summary>Findings by start of their slot.</summary>
    public SortedDictionary<long, List<RuleFinding>> Pending { get; } = [];

    /// <summary>Rests by start of their window and role.</summary>
    public SortedDictionary<(long WindowStartNs, Role Role), RateRest> Rests { get; } = [];

    /// <summary>Open alerts by rule and subject.</summary>
    public Dictionary<(string Rule, string Subject), OpenAlert> Alerts { get; } = [];

    /// <summary>The current alert window; none before the first finding.</summary>
    public long? WindowNs { get; set; }
}
