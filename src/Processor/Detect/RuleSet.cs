namespace IcmpStream.Processor.Detect;

/// <summary>All rules with their settings: section <c>rules</c> of the config file. Defaults say where they come from.</summary>
public sealed record RuleSet
{
    /// <summary>No rule at all.</summary>
    public static RuleSet None { get; } = Off();

    /// <summary>What is inside, and the known routers.</summary>
    public Networks Networks { get; init; } = new();

    /// <summary><c>flood.source</c>.</summary>
    public FloodOptions FloodSource { get; init; } = new();

    /// <summary><c>flood.destination</c>.</summary>
    public FloodOptions FloodDestination { get; init; } = new();

    /// <summary><c>flood.prefix</c>: the thresholds of one address, for a network (fastnetmon issue 688).</summary>
    public FloodOptions FloodPrefix { get; init; } = new();

    /// <summary>
    /// <c>blacknurse</c>: 250/s is what Fortinet's signature warns at; critical from 10,000/s, below the 40,000 to 50,000 that stall a
    /// firewall (TDC SOC, 2016).
    /// </summary>
    public FloodOptions Blacknurse { get; init; } = new()
    {
        PacketsPerSecond = 250,
        HighPacketsPerSecond = 10_000,
        CriticalPacketsPerSecond = 10_000,
        UsesBaseline = false,
    };

    /// <summary><c>smurf</c>: 10 hosts a second that answer requests nobody sent.</summary>
    public DistinctOptions Smurf { get; init; } = new() { Addresses = 10, Seconds = 1 };

    /// <summary><c>ping-of-death</c>: one packet is enough.</summary>
    public CountOptions PingOfDeath { get; init; } = new() { Packets = 1 };

    /// <summary><c>sweep</c>: 12 addresses in 15 s, Snort's icmpscan example.</summary>
    public DistinctOptions Sweep { get; init; } = new() { Addresses = 12, Seconds = 15 };

    /// <summary><c>recon.types</c>: the first packet (Elastic's rule).</summary>
    public CountOptions Recon { get; init; } = new() { Packets = 1 };

    /// <summary><c>inverse-mapping</c>: unsolicited replies to 25 addresses in 60 s.</summary>
    public DistinctOptions InverseMapping { get; init; } = new() { Addresses = 25, Seconds = 60 };

    /// <summary><c>scan-backscatter</c>: replies or unreachables of 25 addresses in 60 s to one that asked none.</summary>
    public DistinctOptions ScanBackscatter { get; init; } = new() { Addresses = 25, Seconds = 60 };

    /// <summary><c>traceroute</c>: 3 hops within 3 minutes (after Zeek's detect-traceroute).</summary>
    public DistinctOptions Traceroute { get; init; } = new() { Addresses = 3, Seconds = 180 };

    /// <summary><c>redirect</c>: one packet from an address that is no known router.</summary>
    public CountOptions Redirect { get; init; } = new() { Packets = 1 };

    /// <summary><c>router-advert</c>: one packet of a second router, or of the first with another claim.</summary>
    public CountOptions RouterAdvert { get; init; } = new() { Packets = 1 };

    /// <summary><c>source-quench</c>: one packet; no router has sent any since RFC 6633.</summary>
    public CountOptions SourceQuench { get; init; } = new() { Packets = 1 };

    /// <summary><c>deprecated</c>: one packet of a type that RFC 6918 retired.</summary>
    public CountOptions Deprecated { get; init; } = new() { Packets = 1 };

    /// <summary><c>tunnel.signature</c>: a packet with a long signature, or short ones in company.</summary>
    public ScoreOptions TunnelSignature { get; init; } = new() { Points = 100, HighPoints = 100 };

    /// <summary><c>tunnel.behaviour</c>: two features that say something, or more that say less.</summary>
    public ScoreOptions TunnelBehaviour { get; init; } = new() { Points = 50, HighPoints = 80 };

    /// <summary>
    /// <c>icmp.malformed</c>: 10/s over 5 s. Defective hosts send one now and then; a fuzzer or a broken tunnel endpoint goes on.
    /// </summary>
    public FloodOptions Malformed { get; init; } = new()
    {
        PacketsPerSecond = 10,
        HighPacketsPerSecond = long.MaxValue,
        CriticalPacketsPerSecond = long.MaxValue,
        UsesBaseline = false,
    };

    /// <summary>Every rule's settings by its id.</summary>
    public IEnumerable<(string Id, RuleTuning Tuning)> All =>
    [
        (RuleIds.FloodSource, FloodSource),
        (RuleIds.FloodDestination, FloodDestination),
        (RuleIds.FloodPrefix, FloodPrefix),
        (RuleIds.Blacknurse, Blacknurse),
        (RuleIds.Smurf, Smurf),
        (RuleIds.PingOfDeath, PingOfDeath),
        (RuleIds.Sweep, Sweep),
        (RuleIds.Recon, Recon),
        (RuleIds.InverseMapping, InverseMapping),
        (RuleIds.ScanBackscatter, ScanBackscatter),
        (RuleIds.Traceroute, Traceroute),
        (RuleIds.Redirect, Redirect),
        (RuleIds.RouterAdvert, RouterAdvert),
        (RuleIds.SourceQuench, SourceQuench),
        (RuleIds.Deprecated, Deprecated),
        (RuleIds.TunnelSignature, TunnelSignature),
        (RuleIds.TunnelBehaviour, TunnelBehaviour),
        (RuleIds.Malformed, Malformed),
    ];

    /// <summary>True where a rule needs the pair stage to look at events.</summary>
    public bool NeedsEvents => All.Any(rule => rule.Tuning.Enabled && rule.Id is not (RuleIds.FloodSource or RuleIds.FloodDestination));

    /// <summary>The same with other settings for one rule.</summary>
    public RuleSet With(string id, RuleTuning tuning) => id switch
    {
        RuleIds.FloodSource => this with { FloodSource = (FloodOptions)tuning },
        RuleIds.FloodDestination => this with { FloodDestination = (FloodOptions)tuning },
        RuleIds.FloodPrefix => this with { FloodPrefix = (FloodOptions)tuning },
        RuleIds.Blacknurse => this with { Blacknurse = (FloodOptions)tuning },
        RuleIds.Smurf => this with { Smurf = (DistinctOptions)tuning },
        RuleIds.PingOfDeath => this with { PingOfDeath = (CountOptions)tuning },
        RuleIds.Sweep => this with { Sweep = (DistinctOptions)tuning },
        RuleIds.Recon => this with { Recon = (CountOptions)tuning },
        RuleIds.InverseMapping => this with { InverseMapping = (DistinctOptions)tuning },
        RuleIds.ScanBackscatter => this with { ScanBackscatter = (DistinctOptions)tuning },
        RuleIds.Traceroute => this with { Traceroute = (DistinctOptions)tuning },
        RuleIds.Redirect => this with { Redirect = (CountOptions)tuning },
        RuleIds.RouterAdvert => this with { RouterAdvert = (CountOptions)tuning },
        RuleIds.SourceQuench => this with { SourceQuench = (CountOptions)tuning },
        RuleIds.Deprecated => this with { Deprecated = (CountOptions)tuning },
        RuleIds.TunnelSignature => this with { TunnelSignature = (ScoreOptions)tuning },
        RuleIds.TunnelBehaviour => this with { TunnelBehaviour = (ScoreOptions)tuning },
        RuleIds.Malformed => this with { Malformed = (FloodOptions)tuning },
        _ => throw new ArgumentException($"{id} is no rule"),
    };

    /// <summary>Throws <see cref="ArgumentException"/> with the rule's name where a value makes no sense.</summary>
    public void Validate()
    {
        foreach ((string id, RuleTuning tuning) in All)
        {
            try
            {
                tuning.Validate();
            }
            catch (ArgumentException e)
            {
                throw new ArgumentException($"rule {id}: {e.Message}", e);
            }
        }
    }

    private static RuleSet Off()
    {
        var rules = new RuleSet();
        foreach ((string id, RuleTuning tuning) in rules.All.ToArray())
            rules = rules.With(id, tuning with { Enabled = false });
        return rules;
    }
}
