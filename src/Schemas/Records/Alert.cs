namespace IcmpStream.Schemas;

/// <summary>
/// One revision of one alert. Avro <c>icmpstream.v1.Alert</c>, value of <c>icmp.alert.v1</c>; the key is the id, so that a
/// consumer can upsert.
/// </summary>
public sealed class Alert
{
    /// <summary>Stable: hash of rule, domain, subject and the start of its first window; 16 hexadecimal digits.</summary>
    public string Id { get; set; } = "";

    /// <summary>Rule id.</summary>
    public string Rule { get; set; } = "";

    /// <summary>Version of the rule.</summary>
    public int Version { get; set; }

    /// <summary>Where in its life.</summary>
    public AlertState State { get; set; }

    /// <summary>Counted from 0.</summary>
    public int Revision { get; set; }

    /// <summary>How bad; it only rises.</summary>
    public Severity Severity { get; set; }

    /// <summary>0 to 1.</summary>
    public double Confidence { get; set; }

    /// <summary>An address, a prefix, or <c>a&gt;b</c> for a pair.</summary>
    public string Subject { get; set; } = "";

    /// <summary>Attacker, where there is one.</summary>
    public Address? Source { get; set; }

    /// <summary>Victim, where there is one.</summary>
    public Address? Destination { get; set; }

    /// <summary>Event time at which it opened, ns since the epoch.</summary>
    public long OpenedNs { get; set; }

    /// <summary>First packet, ns since the epoch.</summary>
    public long FirstNs { get; set; }

    /// <summary>Last packet so far, ns since the epoch.</summary>
    public long LastNs { get; set; }

    /// <summary>The most that was measured, in <see cref="Unit"/>.</summary>
    public double Observed { get; set; }

    /// <summary>What it was held against, in <see cref="Unit"/>.</summary>
    public double Threshold { get; set; }

    /// <summary>Unit of both.</summary>
    public string Unit { get; set; } = "";

    /// <summary>In words.</summary>
    public List<string> Evidence { get; } = [];

    /// <summary>Numbers that decided, by name; in ordinal order, so that equal alerts have equal bytes.</summary>
    public SortedDictionary<string, double> Features { get; } = new(StringComparer.Ordinal);

    /// <summary>ATT&amp;CK ids.</summary>
    public List<string> Techniques { get; } = [];

    /// <summary>Share of packets not dropped or shed, 0 to 1.</summary>
    public double Completeness { get; set; } = 1.0;

    /// <summary>At most <see cref="Sample.MaxPerAlert"/> packets.</summary>
    public List<Sample> Samples { get; } = [];

    /// <summary>Observation domain.</summary>
    public uint Domain { get; set; }
}
