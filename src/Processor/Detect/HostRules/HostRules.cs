namespace IcmpStream.Processor.Detect;

/// <summary>Makes the rules of the host stage that are enabled.</summary>
internal static class HostRules
{
    public static IHostRule[] Of(RuleSet rules)
    {
        var made = new List<IHostRule>();
        Add(rules.FloodDestination, () => new FloodDestinationRule(rules.FloodDestination));
        Add(rules.FloodSource, () => new FloodSourceRule(rules.FloodSource));
        Add(rules.FloodPrefix, () => new FloodPrefixRule(rules.FloodPrefix));
        Add(rules.Blacknurse, () => new BlacknurseRule(rules.Blacknurse));
        Add(rules.Smurf, () => new SmurfRule(rules.Smurf));
        Add(rules.PingOfDeath, () => new PingOfDeathRule(rules.PingOfDeath));
        Add(rules.Sweep, () => new SweepRule(rules.Sweep, rules.Networks, rules.FloodSource));
        Add(rules.Recon, () => new ReconRule(rules.Recon, rules.Networks));
        Add(rules.InverseMapping, () => new InverseMappingRule(rules.InverseMapping, rules.Networks, rules.FloodSource));
        Add(rules.ScanBackscatter, () => new ScanBackscatterRule(rules.ScanBackscatter, rules.Blacknurse));
        Add(rules.SourceQuench, () => new SourceQuenchRule(rules.SourceQuench));
        Add(rules.Deprecated, () => new DeprecatedRule(rules.Deprecated));
        Add(rules.Malformed, () => new MalformedRule(rules.Malformed));
        return [.. made];

        void Add(RuleTuning tuning, Func<IHostRule> make)
        {
            if (tuning.Enabled)
                made.Add(make());
        }
    }
}
