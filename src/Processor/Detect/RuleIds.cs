namespace IcmpStream.Processor.Detect;

/// <summary>The ids of the rules: part of the contract, as they are in every alert.</summary>
public static class RuleIds
{
    /// <summary>One source sends too much.</summary>
    public const string FloodSource = "flood.source";

    /// <summary>One victim gets too much.</summary>
    public const string FloodDestination = "flood.destination";

    /// <summary>One network gets too much.</summary>
    public const string FloodPrefix = "flood.prefix";

    /// <summary>Port unreachables that tie up a firewall.</summary>
    public const string Blacknurse = "blacknurse";

    /// <summary>Amplification by broadcast.</summary>
    public const string Smurf = "smurf";

    /// <summary>Fragments that cannot be put together.</summary>
    public const string PingOfDeath = "ping-of-death";

    /// <summary>One source asks many.</summary>
    public const string Sweep = "sweep";

    /// <summary>Timestamp, information and mask requests.</summary>
    public const string Recon = "recon.types";

    /// <summary>Replies without requests to many.</summary>
    public const string InverseMapping = "inverse-mapping";

    /// <summary>Replies and errors of many to one that asked none.</summary>
    public const string ScanBackscatter = "scan-backscatter";

    /// <summary>A path is being traced.</summary>
    public const string Traceroute = "traceroute";

    /// <summary>A redirect from a stranger.</summary>
    public const string Redirect = "redirect";

    /// <summary>A router nobody knows.</summary>
    public const string RouterAdvert = "router-advert";

    /// <summary>Source quench.</summary>
    public const string SourceQuench = "source-quench";

    /// <summary>Retired types.</summary>
    public const string Deprecated = "deprecated";

    /// <summary>A known tunnel or backdoor.</summary>
    public const string TunnelSignature = "tunnel.signature";

    /// <summary>What behaves like a tunnel.</summary>
    public const string TunnelBehaviour = "tunnel.behaviour";

    /// <summary>Malformed messages at a rate.</summary>
    public const string Malformed = "icmp.malformed";
}
