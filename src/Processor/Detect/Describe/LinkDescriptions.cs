using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>redirect</c> for the verdict stage.</summary>
public sealed class RedirectDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.Redirect;

    /// <inheritdoc/>
    public override string Name => "Redirect from an unknown router";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1557"];

    /// <inheritdoc/>
    public override int Precedence => 18;

    /// <summary>All of a link: a tool that floods it makes its routers up.</summary>
    public override string? CrowdOf(RuleFinding finding) => "";

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{alert.Subject} redirects, and is no known router");

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book) =>
        book.Routers.IsKnown(finding.Source) ? Precedent.Silent : Precedent.Alone;
}

/// <summary><c>router-advert</c> for the verdict stage.</summary>
public sealed class RouterAdvertDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.RouterAdvert;

    /// <inheritdoc/>
    public override string Name => "Unknown or changed router";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1557"];

    /// <inheritdoc/>
    public override int Precedence => 17;

    /// <summary>All of a link: a tool that floods it makes its routers up.</summary>
    public override string? CrowdOf(RuleFinding finding) => "";

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{alert.Subject} advertises itself as a router, and another is known, or its own claim has changed");

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book) =>
        book.Routers.Accepts(finding) ? Precedent.Silent : Precedent.Alone;
}

/// <summary><c>source-quench</c> for the verdict stage.</summary>
public sealed class SourceQuenchDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.SourceQuench;

    /// <inheritdoc/>
    public override string Name => "Source quench";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1499"];

    /// <inheritdoc/>
    public override int Precedence => 82;

    /// <summary>Those that one host hears.</summary>
    public override string? CrowdOf(RuleFinding finding) => finding.Destination?.ToString();

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{AlertWords.Number(alert.Observed)} source quenches from {alert.Subject} to {AlertWords.End(alert.Destination, AlertWords.Feature(alert, RateUnits.PeersFeature), "addresses")}; RFC 6633 retired them");
}

/// <summary><c>deprecated</c> for the verdict stage.</summary>
public sealed class DeprecatedDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.Deprecated;

    /// <inheritdoc/>
    public override string Name => "Retired ICMP types";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = [];

    /// <inheritdoc/>
    public override int Precedence => 84;

    /// <summary>Those that one host hears.</summary>
    public override string? CrowdOf(RuleFinding finding) => finding.Destination?.ToString();

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{AlertWords.Number(alert.Observed)} messages of retired types from {alert.Subject} to {AlertWords.End(alert.Destination, AlertWords.Feature(alert, RateUnits.PeersFeature), "addresses")}");
}
