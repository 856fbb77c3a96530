namespace IcmpStream.Schemas;

/// <summary>
/// What the rules of one upstream partition found in one slot; without findings it carries only the watermark. Avro
/// <c>icmpstream.v1.Finding</c>, value of <c>icmp.finding.v1</c>. Findings are few: these are ordinary objects.
/// </summary>
public sealed class Finding
{
    /// <summary>Observation domain.</summary>
    public uint Domain { get; set; }

    /// <summary>Who speaks.</summary>
    public FindingStage Stage { get; set; }

    /// <summary>Upstream partition.</summary>
    public int Partition { get; set; }

    /// <summary>Rises with each record of the stage and partition; a lower one has been sent before.</summary>
    public long Sequence { get; set; }

    /// <summary>No later record of this partition and domain has a finding before this, ns since the epoch.</summary>
    public long WatermarkNs { get; set; }

    /// <summary>True when the domain has ended there.</summary>
    public bool Final { get; set; }

    /// <summary>The findings.</summary>
    public List<RuleFinding> Findings { get; } = [];

    /// <summary>Rate rows to be added up over partitions.</summary>
    public List<RateRest> Rest { get; } = [];
}

/// <summary>One rule about one subject in one slot. Avro <c>icmpstream.v1.RuleFinding</c>.</summary>
public sealed class RuleFinding
{
    /// <summary>Rule id.</summary>
    public string Rule { get; set; } = "";

    /// <summary>Start of the slot, ns since the epoch.</summary>
    public long SlotStartNs { get; set; }

    /// <summary>Length of what was judged, ns.</summary>
    public long SlotNs { get; set; }

    /// <summary>Above the threshold to enter, or, while open, above the threshold to leave.</summary>
    public bool Active { get; set; }

    /// <summary>An address, a prefix, or <c>a&gt;b</c> for a pair.</summary>
    public string Subject { get; set; } = "";

    /// <summary>Attacker, where there is one.</summary>
    public Address? Source { get; set; }

    /// <summary>Victim, where there is one.</summary>
    public Address? Destination { get; set; }

    /// <summary>First packet, ns since the epoch.</summary>
    public long FirstNs { get; set; }

    /// <summary>Last packet, ns since the epoch.</summary>
    public long LastNs { get; set; }

    /// <summary>What was measured, in <see cref="Unit"/>.</summary>
    public double Observed { get; set; }

    /// <summary>What it was held against, in <see cref="Unit"/>.</summary>
    public double Threshold { get; set; }

    /// <summary>Unit of both.</summary>
    public string Unit { get; set; } = "";

    /// <summary>How bad.</summary>
    public Severity Severity { get; set; }

    /// <summary>0 to 1.</summary>
    public double Confidence { get; set; }

    /// <summary>In words.</summary>
    public List<string> Evidence { get; } = [];

    /// <summary>Numbers that decided, by name.</summary>
    public List<FindingFeature> Features { get; } = [];

    /// <summary>At most <see cref="Sample.MaxPerAlert"/> packets.</summary>
    public List<Sample> Samples { get; } = [];

    /// <summary>Share of packets not dropped or shed, 0 to 1.</summary>
    public double Completeness { get; set; } = 1.0;

    /// <summary>Other addresses that it is about, ascending, at most <see cref="MaxRelated"/>.</summary>
    public List<Address> Related { get; } = [];

    /// <summary>The most related addresses: as many as are counted exactly.</summary>
    public const int MaxRelated = PartialBuffer.MaxPeersPerCount;
}

/// <summary>A number that decided. Avro <c>icmpstream.v1.FindingFeature</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
public readonly record struct FindingFeature(string Name, double Value);

/// <summary>Addresses of a closed rate window below the reporting floor, together. Avro <c>icmpstream.v1.RateRest</c>.</summary>
public struct RateRest
{
    /// <summary>Start of the window, ns since the epoch.</summary>
    public long WindowStartNs;

    /// <summary>Length of the window, ns.</summary>
    public long WindowNs;

    /// <summary>Packets.</summary>
    public long Packets;

    /// <summary>IP total length, bytes.</summary>
    public long Bytes;

    /// <summary>Requests among the packets.</summary>
    public long Requests;

    /// <summary>Replies among the packets.</summary>
    public long Replies;

    /// <summary>Errors among the packets.</summary>
    public long Errors;

    /// <summary>All others.</summary>
    public long Other;

    /// <summary>How many addresses.</summary>
    public long Addresses;

    /// <summary>Share of packets not dropped or shed, 0 to 1. A new struct says 0: whoever fills it sets this too.</summary>
    public double Completeness;

    /// <summary>Which end of the packets the addresses were.</summary>
    public Role Role;
}
