using System.Globalization;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// <c>redirect</c> and <c>router-advert</c>: the pair stage only reports who claims what; which routers there are on the link is known
/// where all partitions meet, in the verdict stage (<see cref="RouterBook"/>).
/// </summary>
internal static class ClaimReports
{
    /// <summary>Reports of one key group and slot at most: a flood of advertisements from random routers says no more than its first.</summary>
    private const int MaxPerGroup = 4;

    /// <summary>Halves of the claim's hash, as numbers that a double holds exactly.</summary>
    public const string ClaimHigh = "claim_high", ClaimLow = "claim_low";

    public static void Report(SlotEvidence evidence, long slot, double completeness, RuleSet rules, List<RuleFinding> findings)
    {
        if (evidence.Claims.Count == 0)
            return;
        evidence.Claims.Sort(static (a, b) => Compare(a, b));
        int inGroup = 0;
        for (int i = 0; i < evidence.Claims.Count; i++)
        {
            ClaimEvidence claim = evidence.Claims[i];
            inGroup = i > 0 && evidence.Claims[i - 1].Group == claim.Group ? inGroup : 0;
            CountOptions options = claim.IsRedirect ? rules.Redirect : rules.RouterAdvert;
            bool isSame = i > 0 && evidence.Claims[i - 1].Group == claim.Group && IsSame(evidence.Claims[i - 1], claim);
            if (!options.Enabled || isSame || inGroup == MaxPerGroup || options.IsExempt(claim.Sample.Source))
                continue;
            inGroup++;
            findings.Add(Describe(claim, slot, completeness, rules.Networks));
        }
    }

    private static RuleFinding Describe(in ClaimEvidence claim, long slot, double completeness, Networks networks)
    {
        Address to = claim.Sample.Destination;
        var finding = new RuleFinding
        {
            Rule = claim.IsRedirect ? RuleIds.Redirect : RuleIds.RouterAdvert,
            SlotStartNs = EventTime.SlotStart(slot),
            SlotNs = EventTime.SlotNs,
            Active = true,
            Subject = claim.Sample.Source.ToString(),
            Source = claim.Sample.Source,
            Destination = networks.ReachesMany(to) ? null : to,
            FirstNs = claim.Sample.TimeNs,
            LastNs = claim.Sample.TimeNs,
            Observed = 1,
            Threshold = 1,
            Unit = "packets",
            Severity = Severity.High,
            Confidence = 0.8,
            Completeness = completeness,
        };
        finding.Features.Add(new FindingFeature(ClaimHigh, claim.Claim >> 32));
        finding.Features.Add(new FindingFeature(ClaimLow, claim.Claim & uint.MaxValue));
        finding.Evidence.Add(claim.IsRedirect
            ? $"tells {to} to reach {claim.About} through {claim.Gateway}"
            : claim.About == default
                ? string.Create(CultureInfo.InvariantCulture, $"offers itself as a router for {claim.LifetimeSeconds} s")
                : string.Create(CultureInfo.InvariantCulture, $"offers itself as a router for {claim.LifetimeSeconds} s, with {claim.About}"));
        finding.Samples.Add(claim.Sample.ToSample());
        return finding;
    }

    private static bool IsSame(in ClaimEvidence a, in ClaimEvidence b) =>
        a.IsRedirect == b.IsRedirect && a.Sample.Source == b.Sample.Source && a.Claim == b.Claim;

    private static int Compare(in ClaimEvidence a, in ClaimEvidence b)
    {
        if (a.Group != b.Group)
            return a.Group.CompareTo(b.Group);
        if (a.IsRedirect != b.IsRedirect)
            return a.IsRedirect.CompareTo(b.IsRedirect);
        int order = a.Sample.Source.CompareTo(b.Sample.Source);
        if (order != 0)
            return order;
        order = a.Claim.CompareTo(b.Claim);
        return order != 0 ? order : a.Sample.CompareTo(b.Sample);
    }
}
