namespace IcmpStream.Processor.Detect;

/// <summary>All rules that the verdict stage knows, by id.</summary>
public static class RuleCatalog
{
    private static readonly Dictionary<string, RuleDescription> ById = new RuleDescription[]
    {
        new BlacknurseDescription(),
        new SmurfDescription(),
        new PingOfDeathDescription(),
        new TunnelSignatureDescription(),
        new TunnelBehaviourDescription(),
        new FloodDestinationDescription(),
        new FloodSourceDescription(),
        new FloodPrefixDescription(),
        new RedirectDescription(),
        new RouterAdvertDescription(),
        new SweepDescription(),
        new ReconDescription(),
        new InverseMappingDescription(),
        new ScanBackscatterDescription(),
        new MalformedDescription(),
        new TracerouteDescription(),
        new SourceQuenchDescription(),
        new DeprecatedDescription(),
    }.ToDictionary(rule => rule.Id, StringComparer.Ordinal);

    /// <summary>All rules, the one that speaks first in front.</summary>
    public static IEnumerable<RuleDescription> All => ById.Values.OrderBy(rule => rule.Precedence);

    /// <summary>Finds a rule; false where a newer version's rule is not known here.</summary>
    public static bool TryFind(string id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RuleDescription? rule) =>
        ById.TryGetValue(id, out rule);
}
