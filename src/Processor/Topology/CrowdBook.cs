using IcmpStream.Processor.Detect;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Subjects of a rule that came together (<see cref="RuleDescription.CrowdOf"/>): whoever makes addresses up makes many, and an alert for
/// each would be thousands about one attack. The alert that opened first speaks for those that come in a crowd.
/// </summary>
internal sealed class CrowdBook
{
    private readonly Dictionary<(string Rule, string Crowd), Crowd> _crowds = [];
    private readonly List<Crowd> _announced = [];

    /// <summary>Counts the new subjects of a slot, before any of it is judged.</summary>
    public void Announce(List<RuleFinding> slot, Dictionary<(string Rule, string Subject), OpenAlert> alerts)
    {
        foreach (Crowd crowd in _announced)
        {
            crowd.Subjects.Clear();
            Forget(crowd);
        }

        _announced.Clear();
        foreach (RuleFinding finding in slot)
        {
            if (!finding.Active || !RuleCatalog.TryFind(finding.Rule, out RuleDescription? rule) || rule.CrowdOf(finding) is not { } name || alerts.ContainsKey((rule.Id, finding.Subject)))
                continue;
            Crowd crowd = Of(rule.Id, name);
            if (crowd.Subjects.Count == 0)
                _announced.Add(crowd);
            crowd.Subjects.Add(finding.Subject);
        }
    }

    /// <summary>The alert that speaks for a new subject, and how many came with it; null where it speaks for itself.</summary>
    public (OpenAlert Leader, int AtOnce)? LeaderOf(RuleDescription rule, string name)
    {
        if (!_crowds.TryGetValue((rule.Id, name), out Crowd? crowd) || crowd.Open.Count == 0)
            return null;
        bool isCrowd = crowd.Subjects.Count >= rule.CrowdSize || crowd.Open.Count >= rule.MaxOpenOfCrowd;
        return isCrowd ? (crowd.Open[0], crowd.Subjects.Count) : null;
    }

    /// <summary>An alert of a crowd has opened.</summary>
    public void Add(OpenAlert alert)
    {
        if (alert.Crowd is { } name)
            Of(alert.Rule.Id, name).Open.Add(alert);
    }

    /// <summary>It has closed.</summary>
    public void Remove(OpenAlert alert)
    {
        if (alert.Crowd is not { } name || !_crowds.TryGetValue((alert.Rule.Id, name), out Crowd? crowd))
            return;
        crowd.Open.Remove(alert);
        Forget(crowd);
    }

    private void Forget(Crowd crowd)
    {
        if (crowd.Open.Count == 0 && crowd.Subjects.Count == 0)
            _crowds.Remove((crowd.Rule, crowd.Name));
    }

    private Crowd Of(string rule, string name)
    {
        if (!_crowds.TryGetValue((rule, name), out Crowd? crowd))
            _crowds.Add((rule, name), crowd = new Crowd(rule, name));
        return crowd;
    }

    private sealed class Crowd(string rule, string name)
    {
        public string Rule => rule;

        public string Name => name;

        /// <summary>New subjects of the slot.</summary>
        public HashSet<string> Subjects { get; } = new(StringComparer.Ordinal);

        /// <summary>Open alerts in the order in which they opened.</summary>
        public List<OpenAlert> Open { get; } = [];
    }
}
