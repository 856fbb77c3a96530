using System.Globalization;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>flood.destination</c> for the verdict stage.</summary>
public sealed class FloodDestinationDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => FloodDestinationRule.RuleId;

    /// <inheritdoc/>
    public override string Name => "ICMP flood to one address";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1498.001"];

    /// <inheritdoc/>
    public override int Precedence => 10;

    /// <inheritdoc/>
    public override void Word(Alert alert)
    {
        ArgumentNullException.ThrowIfNull(alert);
        double sources = alert.Features.GetValueOrDefault(FloodUnits.PeersFeature);
        string from = alert.Source is { } source ? source.ToString()
            : sources > 1 ? AlertWords.Peers(sources) + " sources" : "several sources";
        alert.Evidence.Insert(0, AlertWords.Rate(alert, $"from {from} to {alert.Subject}"));
    }
}

/// <summary><c>flood.source</c> for the verdict stage.</summary>
public sealed class FloodSourceDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => FloodSourceRule.RuleId;

    /// <inheritdoc/>
    public override string Name => "ICMP flood from one address";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1498.001"];

    /// <inheritdoc/>
    public override int Precedence => 30;

    /// <inheritdoc/>
    public override void Word(Alert alert)
    {
        ArgumentNullException.ThrowIfNull(alert);
        double destinations = alert.Features.GetValueOrDefault(FloodUnits.PeersFeature);
        string to = alert.Destination is { } destination ? destination.ToString()
            : destinations > 1 ? AlertWords.Peers(destinations) + " destinations" : "several destinations";
        alert.Evidence.Insert(0, AlertWords.Rate(alert, $"from {alert.Subject} to {to}"));
    }

    /// <inheritdoc/>
    public override (string Rule, string Subject)? PartOf(RuleFinding finding)
    {
        ArgumentNullException.ThrowIfNull(finding);
        return finding.Destination is { } victim ? (FloodDestinationRule.RuleId, victim.ToString()) : null;
    }
}

/// <summary>Wording that rules share.</summary>
internal static class AlertWords
{
    public static string Rate(Alert alert, string path)
    {
        double seconds = (double)EventTime.Between(alert.FirstNs, alert.LastNs) / EventTime.SecondNs;
        return $"{Number(alert.Observed)} {alert.Unit} for {seconds.ToString("0.#", CultureInfo.InvariantCulture)} s {path}; "
            + $"threshold {Number(alert.Threshold)}";
    }

    public static string Number(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Distinct addresses: beyond 64 the number is an estimate, and says so.</summary>
    public static string Peers(double count) => (count > AddressPool.ExactLimit ? "about " : "") + Number(count);
}
