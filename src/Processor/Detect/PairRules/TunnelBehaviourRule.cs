using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// <c>tunnel.behaviour</c>: a score over payloads, headers and timing of one pair, at least two features of which must say something
/// by themselves.
/// </summary>
internal sealed class TunnelBehaviourRule(ScoreOptions options) : IPairRule
{
    /// <summary>Nothing is said of a pair before it has gone on for 5 s: by then a flood with random payloads is known as a flood.</summary>
    public const long MinSlots = 5 * EventTime.SecondNs / EventTime.SlotNs;

    private readonly TunnelScore _score = new();

    public void Judge(in PairTrack pair, ref TunnelTrack tunnel, in PairView view, List<RuleFinding> findings)
    {
        if (!options.Enabled || options.IsExempt(pair.Requester) || options.IsExempt(pair.Responder))
            return;
        long first = tunnel.Packets > 0 ? EventTime.SlotOf(tunnel.FirstNs) : pair.FirstSlot;
        if (view.Slot - first < MinSlots && !view.IsLast)
            return;
        _score.Clear();
        PayloadFeatures.Score(pair, tunnel, _score);
        HeaderFeatures.Score(pair, view.Slot, _score);
        long threshold = options.ThresholdOf(pair.Requester);

        // Enters at the threshold and leaves at half of it, as every rule does.
        long level = tunnel.IsBehaving ? (threshold + 1) / 2 : threshold;
        tunnel.IsBehaving = _score.Points >= level && _score.Independent >= 2;
        if (!tunnel.IsBehaving)
            return;
        Severity severity = _score.Points >= options.HighPoints ? Severity.High : Severity.Medium;
        if (view.Slot - tunnel.SpokenSlot < PairView.SlotsBetween && tunnel.SpokenSlot != long.MinValue && severity <= tunnel.SpokenSeverity)
            return;
        (tunnel.SpokenSlot, tunnel.SpokenSeverity) = (view.Slot, severity);
        findings.Add(Describe(pair, tunnel, view, severity, threshold));
    }

    private RuleFinding Describe(in PairTrack pair, in TunnelTrack tunnel, in PairView view, Severity severity, long threshold)
    {
        var finding = new RuleFinding
        {
            Rule = RuleIds.TunnelBehaviour,
            SlotStartNs = EventTime.SlotStart(view.Slot),
            SlotNs = EventTime.SlotNs,
            Active = true,
            Subject = $"{pair.Requester}>{pair.Responder}",
            Source = pair.Requester,
            Destination = pair.Responder,
            FirstNs = tunnel.Packets > 0 ? tunnel.FirstNs : EventTime.SlotStart(pair.FirstSlot),
            LastNs = EventTime.SlotEnd(view.Slot),
            Observed = _score.Points,
            Threshold = threshold,
            Unit = "points",
            Severity = severity,
            Confidence = Math.Min(95, _score.Points) / 100.0,
            Completeness = view.Completeness,
        };
        _score.WriteTo(finding, pair, tunnel);
        finding.Features.Add(new FindingFeature("packets", tunnel.Packets));
        finding.Features.Add(new FindingFeature("payload_bytes", tunnel.Bytes));
        finding.Features.Add(new FindingFeature("requests", pair.Requests));
        finding.Features.Add(new FindingFeature("replies", pair.Replies));
        view.AddSamples(pair, tunnel, finding.Samples);
        return finding;
    }
}
