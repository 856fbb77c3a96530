using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>blacknurse</c> for the verdict stage.</summary>
public sealed class BlacknurseDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.Blacknurse;

    /// <inheritdoc/>
    public override string Name => "BlackNurse";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1498.001", "T1499.001"];

    /// <inheritdoc/>
    public override int Precedence => 10;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, AlertWords.Rate(alert, $"of port unreachables from {AlertWords.End(alert.Source, AlertWords.Feature(alert, RateUnits.PeersFeature), "sources")} to {alert.Subject}, {AlertWords.Number(AlertWords.Feature(alert, "implausible_quotes"))} with implausible quotes"));
}

/// <summary><c>smurf</c> for the verdict stage.</summary>
public sealed class SmurfDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.Smurf;

    /// <inheritdoc/>
    public override string Name => "Smurf";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1498.002"];

    /// <inheritdoc/>
    public override int Precedence => 12;

    /// <summary>Victims of one network: reflectors that are aimed at all of it.</summary>
    public override string? CrowdOf(RuleFinding finding) => finding.Destination is { } victim ? PrefixSizes.Small(victim).ToString() : null;

    /// <inheritdoc/>
    public override int CrowdSize => 8;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, alert.Unit == SmurfRule.RequestUnit
        ? $"{AlertWords.Number(alert.Observed)} requests/s to broadcast or multicast addresses bear {alert.Subject} as their source; threshold {AlertWords.Number(alert.Threshold)}"
        : $"{AlertWords.Peers(alert.Observed)} hosts answered requests that {alert.Subject} never sent, in {AlertWords.Seconds(alert)} s; threshold {AlertWords.Number(alert.Threshold)} within a second");

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book) => FloodPrecedence.AroundNetwork(finding.Subject, book) ?? Precedent.Alone;
}

/// <summary><c>ping-of-death</c> for the verdict stage.</summary>
public sealed class PingOfDeathDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.PingOfDeath;

    /// <inheritdoc/>
    public override string Name => "Fragments that cannot be put together";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1499.004"];

    /// <inheritdoc/>
    public override int Precedence => 14;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{AlertWords.Number(alert.Observed)} impossible fragments from {AlertWords.End(alert.Source, AlertWords.Feature(alert, RateUnits.PeersFeature), "sources")} to {alert.Subject}");
}

/// <summary><c>icmp.malformed</c> for the verdict stage.</summary>
public sealed class MalformedDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.Malformed;

    /// <inheritdoc/>
    public override string Name => "Malformed ICMP at a rate";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1499"];

    /// <inheritdoc/>
    public override int Precedence => 70;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, AlertWords.Rate(alert, $"of malformed messages from {alert.Subject} to {AlertWords.End(alert.Destination, AlertWords.Feature(alert, RateUnits.PeersFeature), "destinations")}"));

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book) => FloodPrecedence.Around(finding, book) ?? Precedent.Alone;
}
