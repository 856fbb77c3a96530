using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary><c>tunnel.signature</c> for the verdict stage.</summary>
public sealed class TunnelSignatureDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.TunnelSignature;

    /// <inheritdoc/>
    public override string Name => "Known ICMP tunnel or backdoor";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1095", "T1572"];

    /// <inheritdoc/>
    public override int Precedence => 16;

    /// <summary>Ten minutes, as long as evidence about a pair is kept: a beacon that sleeps is one alert, not one each time.</summary>
    public override long QuietNs => PairTrack.EvidenceSlots * EventTime.SlotNs;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{AlertWords.Number(alert.Observed)} packets with the signature of a known tool between {alert.Source} and {alert.Destination}");

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book)
    {
        // Two that ask each other, or answer each other unasked, are one tunnel: whoever was found first speaks.
        string back = $"{finding.Destination}>{finding.Source}";
        return !book.IsOpen(Id, finding.Subject) && book.IsOpen(Id, back) ? Precedent.PartOf(Id, back) : Precedent.Alone;
    }
}

/// <summary><c>tunnel.behaviour</c> for the verdict stage.</summary>
public sealed class TunnelBehaviourDescription : RuleDescription
{
    /// <inheritdoc/>
    public override string Id => RuleIds.TunnelBehaviour;

    /// <inheritdoc/>
    public override string Name => "ICMP that behaves like a tunnel";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Techniques { get; } = ["T1095", "T1572", "T1048.003"];

    /// <inheritdoc/>
    public override int Precedence => 60;

    /// <summary>Ten minutes, as long as evidence about a pair is kept: a beacon that sleeps is one alert, not one each time.</summary>
    public override long QuietNs => PairTrack.EvidenceSlots * EventTime.SlotNs;

    /// <inheritdoc/>
    public override void Word(Alert alert) => alert.Evidence.Insert(0, $"{AlertWords.Number(alert.Observed)} points between {alert.Source} and {alert.Destination}; threshold {AlertWords.Number(alert.Threshold)}");

    /// <inheritdoc/>
    public override Precedent Judge(RuleFinding finding, IAlertBook book)
    {
        string back = $"{finding.Destination}>{finding.Source}";
        if (book.IsOpen(RuleIds.TunnelSignature, finding.Subject))
            return Precedent.PartOf(RuleIds.TunnelSignature, finding.Subject);
        if (book.IsOpen(RuleIds.TunnelSignature, back))
            return Precedent.PartOf(RuleIds.TunnelSignature, back);

        // Two that ask each other, or answer each other unasked, are one tunnel: whoever was found first speaks.
        if (!book.IsOpen(Id, finding.Subject) && book.IsOpen(Id, back))
            return Precedent.PartOf(Id, back);

        // A flood with random payloads is a flood, unless somebody answers with payloads of his own.
        bool isDialogue = finding.Features.Exists(feature => feature.Name is "points.payload_mismatch" or "points.inner_header" or "points.stowed_data");
        return isDialogue ? Precedent.Alone : FloodPrecedence.Around(finding, book) ?? Precedent.Alone;
    }
}
