using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>sweep</c> for the verdict stage.</summary>
public sealed class SweepDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.Sweep;

    /// <inheritdoc/>
    public override string Name => "ICMP sweep";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1018", "T1595.001"];

    /// <inheritdoc/>
    public override int Precedence => 50;

    /// <summary>Those who ask one network; several may do so by themselves.</summary>
    public override string? CrowdOf(RuleFinding finding) => finding.Related.Count == 1 ? finding.Related[0].ToString() : null;

    /// <inheritdoc/>
    public override int CrowdSize => 8;

    /// <inheritdoc/>
    public override int MaxOpenOfCrowd => int.MaxValue;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, Words(alert));

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book)
    {
        return book.IsOpen(RuleIds.FloodSource, finding.Subject) ? Precedent.PartOf(RuleIds.FloodSource, finding.Subject)
            : FloodPrecedence.OfNetwork(finding, book) ?? Precedent.Alone;
    }

    private static string Words(Alert alert)
    {
        double asked = AlertWords.Feature(alert, "asked"), answered = AlertWords.Feature(alert, "answered");
        string share = asked > 0 ? $"; {AlertWords.Number(100 * answered / asked)} % answered" : "";
        string monitor = AlertWords.Feature(alert, RateUnits.MonitorFeature) > 0
            ? "; a monitor, which returns to the same targets: list it under rules.sweep.exempt" : "";
        return $"{alert.Subject} asked {AlertWords.Peers(alert.Observed)} addresses in {AlertWords.Seconds(alert)} s; "
            + $"threshold {AlertWords.Number(alert.Threshold)} within {AlertWords.Number(AlertWords.Feature(alert, "window_seconds"))} s{share}{monitor}";
    }
}

/// <summary><c>recon.types</c> for the verdict stage.</summary>
public sealed class ReconDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.Recon;

    /// <inheritdoc/>
    public override string Name => "Timestamp, information or address mask requests";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1018"];

    /// <inheritdoc/>
    public override int Precedence => 52;

    /// <summary>Those that one host hears.</summary>
    public override string? CrowdOf(RuleFinding finding) => finding.Destination?.ToString();

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{AlertWords.Number(alert.Observed)} requests of unusual types from {alert.Subject} to {AlertWords.End(alert.Destination, AlertWords.Feature(alert, RateUnits.PeersFeature), "addresses")}");

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book) => FloodPrecedence.Around(finding, book) ?? Precedent.Alone;
}

/// <summary><c>inverse-mapping</c> for the verdict stage.</summary>
public sealed class InverseMappingDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.InverseMapping;

    /// <inheritdoc/>
    public override string Name => "Inverse mapping";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1018", "T1595.001"];

    /// <inheritdoc/>
    public override int Precedence => 54;

    /// <summary>Those who answer to one network; several may do so by themselves.</summary>
    public override string? CrowdOf(RuleFinding finding) => finding.Related.Count == 1 ? finding.Related[0].ToString() : null;

    /// <inheritdoc/>
    public override int CrowdSize => 8;

    /// <inheritdoc/>
    public override int MaxOpenOfCrowd => int.MaxValue;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{alert.Subject} sent replies to {AlertWords.Peers(alert.Observed)} addresses that had not asked, in {AlertWords.Seconds(alert)} s; threshold {AlertWords.Number(alert.Threshold)}");

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book)
    {
        return book.IsOpen(RuleIds.FloodSource, finding.Subject) ? Precedent.PartOf(RuleIds.FloodSource, finding.Subject)
            : book.IsOpen(RuleIds.Sweep, finding.Subject) ? Precedent.PartOf(RuleIds.Sweep, finding.Subject)
            : FloodPrecedence.OfNetwork(finding, book) ?? Precedent.Alone;
    }
}

/// <summary><c>scan-backscatter</c> for the verdict stage.</summary>
public sealed class ScanBackscatterDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.ScanBackscatter;

    /// <inheritdoc/>
    public override string Name => "Backscatter of a scan or of a spoofed address";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1018"];

    /// <inheritdoc/>
    public override int Precedence => 56;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{AlertWords.Peers(alert.Observed)} addresses answered {alert.Subject}, or were said to be unreachable to it, in {AlertWords.Seconds(alert)} s; threshold {AlertWords.Number(alert.Threshold)}");

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book)
    {
        foreach (string rule in (string[])[RuleIds.Smurf, RuleIds.Blacknurse, RuleIds.FloodDestination, RuleIds.FloodSource, RuleIds.Sweep])
        {
            if (book.IsOpen(rule, finding.Subject))
                return Precedent.PartOf(rule, finding.Subject);
        }

        return FloodPrecedence.AroundNetwork(finding.Subject, book) ?? Precedent.Alone;
    }
}

/// <summary><c>traceroute</c> for the verdict stage.</summary>
public sealed class TracerouteDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.Traceroute;

    /// <inheritdoc/>
    public override string Name => "Traceroute";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1016"];

    /// <inheritdoc/>
    public override int Precedence => 80;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{AlertWords.Number(alert.Observed)} hops between {alert.Source} and {alert.Destination} said that time was exceeded");
}
