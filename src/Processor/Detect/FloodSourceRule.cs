using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>flood.source</c>: one address sends more than anybody should, to whomever.</summary>
public sealed class FloodSourceRule(FloodOptions options) : FloodRule(options)
{
    /// <summary>The rule's id.</summary>
    public const string RuleId = "flood.source";

    /// <inheritdoc/>
    protected override string Id => RuleId;

    /// <inheritdoc/>
    protected override Role Role => Role.Source;

    /// <inheritdoc/>
    protected override void Name(RuleFinding finding, Address subject, Address? peer)
    {
        ArgumentNullException.ThrowIfNull(finding);
        finding.Source = subject;
        finding.Destination = peer;
    }
}
