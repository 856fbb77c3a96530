using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Last stage: the findings of all partitions become alerts. It alone decides which of several rules speaks, when an alert opens,
/// is updated and closes, and what it is called. A pure function of the records in their order; time comes from them alone.
/// </summary>
/// <remarks>
/// Findings wait until event time has passed their slot in every upstream partition, and are then judged by slot, precedence and
/// subject, so that the order in which they came does not show.
/// </remarks>
public sealed partial class VerdictStage
{
    private readonly VerdictOptions _options;
    private readonly SequenceGate _gate;
    private readonly Dictionary<uint, VerdictDomain> _domains = [];
    private readonly List<OpenAlert> _ordered = [];

    /// <summary>Makes a stage that has seen nothing.</summary>
    public VerdictStage(VerdictOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _gate = new SequenceGate(options.PairPartitions + options.HostPartitions);
    }

    /// <summary>The books.</summary>
    public VerdictCounters Counters { get; } = new();

    /// <summary>Alerts open.</summary>
    public int OpenAlerts => _domains.Values.Sum(domain => domain.Alerts.Count);

    /// <summary>True when every domain seen has ended.</summary>
    public bool IsDrained => _domains.Count == 0;

    /// <summary>
    /// Takes one record; what follows from it goes to the sink before this returns. The stage keeps the <see cref="RuleFinding"/>s.
    /// </summary>
    public void Accept(Finding finding, IVerdictSink sink)
    {
        ArgumentNullException.ThrowIfNull(finding);
        Counters.Records++;
        int upstream = finding.Stage == FindingStage.Host ? _options.PairPartitions + finding.Partition : finding.Partition;
        if (!_gate.TryPass(upstream, finding.Sequence))
        {
            Counters.Duplicate++;
            return;
        }

        VerdictDomain domain = DomainOf(finding.Domain);
        Keep(domain, finding);
        domain.Clock.Observe(upstream, finding.WatermarkNs, finding.Final);
        long untilNs = domain.Clock.IsEnded ? long.MaxValue : domain.Clock.EventTimeNs;
        Judge(domain, untilNs, sink);
        EndWindows(domain, domain.Clock.IsEnded ? domain.Clock.HighestNs : untilNs, sink);
        SendRests(domain, untilNs, sink);
        if (!domain.Clock.IsEnded)
            return;
        CloseAll(domain, sink);
        _domains.Remove(domain.Id);
    }

    private void Keep(VerdictDomain domain, Finding finding)
    {
        Counters.Findings += finding.Findings.Count;
        foreach (RuleFinding found in finding.Findings)
            domain.Keep(found);
        foreach (RateRest rest in finding.Rest)
            domain.Keep(rest);
    }

    private void Judge(VerdictDomain domain, long untilNs, IVerdictSink sink)
    {
        while (domain.Pending.Count > 0)
        {
            (long slotStartNs, List<RuleFinding> slot) = domain.Pending.First();
            if (untilNs != long.MaxValue && EventTime.Add(slotStartNs, EventTime.SlotNs) > untilNs)
                return;
            domain.Pending.Remove(slotStartNs);
            EndWindows(domain, slotStartNs, sink);
            domain.WindowNs = EventTime.WindowStart(slotStartNs, _options.WindowNs);
            slot.Sort(ByPrecedence);
            domain.Book.Hear(slot, slotStartNs);
            domain.Crowds.Announce(slot, domain.Alerts);
            foreach (RuleFinding finding in slot)
                Judge(domain, finding, sink);
        }
    }

    private void Judge(VerdictDomain domain, RuleFinding finding, IVerdictSink sink)
    {
        if (!RuleCatalog.TryFind(finding.Rule, out RuleDescription? rule))
        {
            Counters.UnknownRules++;
            return;
        }

        domain.Alerts.TryGetValue((rule.Id, finding.Subject), out OpenAlert? alert);
        if (finding.Active && rule.Judge(finding, domain.Book) is { Speaks: false } precedent)
        {
            OpenAlert? greater = null;
            if (precedent.Whole is { } whole && domain.Alerts.TryGetValue(whole, out greater) && greater.AddPart(finding))
                sink.Accept(greater.Write(AlertState.Update));
            if (alert is not null)
                Close(domain, alert, sink, greater is null ? "another rule says it better" : $"part of {greater.Rule.Id} {greater.Subject} ({greater.Id})");
            return;
        }

        if (alert is not null)
        {
            if (alert.Merge(finding, domain.WindowNs!.Value))
                sink.Accept(alert.Write(AlertState.Update));
            return;
        }

        if (!finding.Active)
            return;
        if (rule.CrowdOf(finding) is { } crowd && domain.Crowds.LeaderOf(rule, crowd) is { } found)
        {
            if (found.Leader.AddOther(finding, found.AtOnce, domain.WindowNs!.Value))
                sink.Accept(found.Leader.Write(AlertState.Update));
            return;
        }

        if (domain.Alerts.Count >= _options.MaxOpenAlerts)
        {
            Counters.Suppressed++;
            return;
        }

        alert = new OpenAlert(rule, domain.Id, finding, _options.WindowNs);
        alert.Merge(finding, domain.WindowNs!.Value);
        domain.Alerts.Add((rule.Id, finding.Subject), alert);
        domain.Crowds.Add(alert);
        Counters.CountOpened(rule.Id);
        sink.Accept(alert.Write(AlertState.Open));
    }

    // Ends the windows before a time, one by one as long as anything is open: after a few quiet ones nothing is.
    private void EndWindows(VerdictDomain domain, long timeNs, IVerdictSink sink)
    {
        if (domain.WindowNs is null)
            return;
        while (domain.Alerts.Count > 0)
        {
            long endNs = EventTime.Add(domain.WindowNs!.Value, _options.WindowNs);
            if (endNs > timeNs)
                return;
            Order(domain);
            foreach (OpenAlert alert in _ordered)
                EndWindow(domain, alert, domain.WindowNs.Value, sink);
            domain.WindowNs = endNs;
        }
    }

    private void EndWindow(VerdictDomain domain, OpenAlert alert, long windowNs, IVerdictSink sink)
    {
        long quietNs = EventTime.Between(alert.ActiveWindowNs, windowNs);
        if (quietNs >= Math.Max(_options.QuietWindows * _options.WindowNs, alert.Rule.QuietNs))
            Close(domain, alert, sink, null);
        else if (alert.IsChanged)
            sink.Accept(alert.Write(AlertState.Update));
    }

    private static void Close(VerdictDomain domain, OpenAlert alert, IVerdictSink sink, string? remark)
    {
        sink.Accept(alert.Write(AlertState.Close, remark));
        domain.Alerts.Remove((alert.Rule.Id, alert.Subject));
        domain.Crowds.Remove(alert);
    }

    private void CloseAll(VerdictDomain domain, IVerdictSink sink)
    {
        Order(domain);
        foreach (OpenAlert alert in _ordered)
            Close(domain, alert, sink, null);
    }

    private void Order(VerdictDomain domain)
    {
        _ordered.Clear();
        _ordered.AddRange(domain.Alerts.Values);
        _ordered.Sort(static (a, b) => a.Rule.Precedence != b.Rule.Precedence
            ? a.Rule.Precedence.CompareTo(b.Rule.Precedence)
            : string.CompareOrdinal(a.Subject, b.Subject));
    }

    private static void SendRests(VerdictDomain domain, long untilNs, IVerdictSink sink)
    {
        while (domain.Rests.Count > 0)
        {
            ((long windowStartNs, Role role), RateRest rest) = domain.Rests.First();
            if (untilNs != long.MaxValue && EventTime.Add(windowStartNs, rest.WindowNs) > untilNs)
                return;
            domain.Rests.Remove((windowStartNs, role));
            var rate = new SourceRate
            {
                WindowStartNs = windowStartNs,
                WindowNs = rest.WindowNs,
                Role = role,
                Packets = rest.Packets,
                Bytes = rest.Bytes,
                Requests = rest.Requests,
                Replies = rest.Replies,
                Errors = rest.Errors,
                Other = rest.Other,
                Peers = rest.Addresses,
                Completeness = rest.Completeness,
                Domain = domain.Id,
            };
            sink.Accept(rate);
        }
    }

    private static int ByPrecedence(RuleFinding a, RuleFinding b)
    {
        int precedence = PrecedenceOf(a).CompareTo(PrecedenceOf(b));
        if (precedence != 0)
            return precedence;
        int order = OrderOf(a).CompareTo(OrderOf(b));
        if (order != 0)
            return order;
        int rule = string.CompareOrdinal(a.Rule, b.Rule);
        if (rule != 0)
            return rule;
        int subject = string.CompareOrdinal(a.Subject, b.Subject);

        // Several claims of one router may come from several partitions.
        return subject != 0 ? subject : string.CompareOrdinal(string.Join('\n', a.Evidence), string.Join('\n', b.Evidence));
    }

    private static int OrderOf(RuleFinding finding) => RuleCatalog.TryFind(finding.Rule, out RuleDescription? rule) ? rule.OrderOf(finding) : 0;

    private static int PrecedenceOf(RuleFinding finding) => RuleCatalog.TryFind(finding.Rule, out RuleDescription? rule) ? rule.Precedence : int.MaxValue;

    private VerdictDomain DomainOf(uint id)
    {
        if (!_domains.TryGetValue(id, out VerdictDomain? domain))
            _domains.Add(id, domain = new VerdictDomain(id, _options));
        return domain;
    }
}
