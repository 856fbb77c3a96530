using System.Globalization;
using System.Numerics;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;
using IcmpStream.Schemas.Tables;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// <c>tunnel.signature</c>: a long signature proves by itself; a short one needs company: replies to no request, replies with another
/// payload, or an identifier and sequence number that never change.
/// </summary>
internal sealed class TunnelSignatureRule(ScoreOptions options) : IPairRule
{
    /// <summary>Packets with a short signature before it counts in company: one where it is text, for nobody else writes that.</summary>
    private const int MinShort = 3, MinText = 1;

    private const uint Texts = (1u << ToolSignatures.Icmpsh) | (1u << ToolSignatures.NishangPrompt);

    /// <summary>Packets in a row with a short signature that are company to each other: nobody counts past one number so often.</summary>
    private const int ConstantPackets = 10;

    public void Judge(in PairTrack pair, ref TunnelTrack tunnel, in PairView view, List<RuleFinding> findings)
    {
        if (!options.Enabled || tunnel.Signatures == 0 || options.IsExempt(pair.Requester) || options.IsExempt(pair.Responder))
            return;
        bool isLong = tunnel.LongSignatures > 0;
        bool isShort = tunnel.AnySignatures >= LeastShort(tunnel)
            && (tunnel.Unsolicited > 0 || tunnel.Mismatches > 0 || (tunnel.AnySignatures >= ConstantPackets && 2UL * tunnel.AnySignatures >= tunnel.Packets));
        if (!isLong && !isShort)
            return;
        if (tunnel.HasSignature && view.Slot - tunnel.SignatureSlot < PairView.SlotsBetween)
            return;
        (tunnel.HasSignature, tunnel.SignatureSlot) = (true, view.Slot);
        findings.Add(Describe(pair, tunnel, view, isLong));
    }

    private static int LeastShort(in TunnelTrack tunnel) => (tunnel.Signatures & Texts) != 0 ? MinText : MinShort;

    private static RuleFinding Describe(in PairTrack pair, in TunnelTrack tunnel, in PairView view, bool isLong)
    {
        uint bits = isLong ? tunnel.Signatures & ToolSignatures.LongMask : tunnel.Signatures;
        var finding = new RuleFinding
        {
            Rule = RuleIds.TunnelSignature,
            SlotStartNs = EventTime.SlotStart(view.Slot),
            SlotNs = EventTime.SlotNs,
            Active = true,
            Subject = $"{pair.Requester}>{pair.Responder}",
            Source = pair.Requester,
            Destination = pair.Responder,
            FirstNs = tunnel.FirstNs,
            LastNs = EventTime.SlotEnd(view.Slot),
            Observed = tunnel.AnySignatures,
            Threshold = isLong ? 1 : LeastShort(tunnel),
            Unit = "packets",
            Severity = Severity.High,
            Confidence = isLong ? 0.99 : 0.75,
            Completeness = view.Completeness,
        };
        for (uint left = bits; left != 0; left &= left - 1)
        {
            ToolSignature? signature = ToolSignatures.Find(BitOperations.TrailingZeroCount(left));
            if (signature is not null)
                finding.Evidence.Add($"{signature.Tool}: {signature.Evidence}");
        }

        if (!isLong)
            finding.Evidence.Add(Company(tunnel));
        finding.Features.Add(new FindingFeature("signature_packets", tunnel.AnySignatures));
        finding.Features.Add(new FindingFeature("signatures", bits));
        finding.Features.Add(new FindingFeature("packets", tunnel.Packets));
        finding.Features.Add(new FindingFeature("payload_bytes", tunnel.Bytes));
        finding.Features.Add(new FindingFeature("payload_mismatches", tunnel.Mismatches));
        view.AddSamples(pair, tunnel, finding.Samples);
        return finding;
    }

    private static string Company(in TunnelTrack tunnel) => tunnel.Unsolicited > 0
        ? string.Create(CultureInfo.InvariantCulture, $"in company of {tunnel.Unsolicited:N0} replies to no request")
        : tunnel.Mismatches > 0
            ? string.Create(CultureInfo.InvariantCulture, $"in company of {tunnel.Mismatches:N0} replies with another payload than their request")
            : string.Create(CultureInfo.InvariantCulture, $"in {tunnel.AnySignatures:N0} of {tunnel.Packets:N0} packets");
}
