using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>flood.destination</c>: one victim receives more than it can use, from any number of sources.</summary>
public sealed class FloodDestinationRule(FloodOptions options) : FloodRule(options)
{
    /// <summary>The rule's id.</summary>
    public const string RuleId = "flood.destination";

    /// <inheritdoc/>
    protected override string Id => RuleId;

    /// <inheritdoc/>
    protected override Role Role => Role.Destination;

    /// <inheritdoc/>
    protected override void Name(RuleFinding finding, Address subject, Address? peer)
    {
        ArgumentNullException.ThrowIfNull(finding);
        finding.Destination = subject;
        finding.Source = peer;
    }
}
