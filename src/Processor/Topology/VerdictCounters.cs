namespace IcmpStream.Processor.Topology;

/// <summary>The verdict stage's books. Written by the stage's thread alone.</summary>
public sealed class VerdictCounters
{
    private readonly SortedDictionary<string, long> _opened = new(StringComparer.Ordinal);

    /// <summary>Records taken.</summary>
    public long Records { get; internal set; }

    /// <summary>Records that had been here before.</summary>
    public long Duplicate { get; internal set; }

    /// <summary>Findings taken.</summary>
    public long Findings { get; internal set; }

    /// <summary>Findings of rules that this version does not know.</summary>
    public long UnknownRules { get; internal set; }

    /// <summary>Findings that would have opened an alert beyond the limit.</summary>
    public long Suppressed { get; internal set; }

    /// <summary>Alerts opened, by rule.</summary>
    public IReadOnlyDictionary<string, long> Opened => _opened;

    internal void CountOpened(string rule) => _opened[rule] = _opened.GetValueOrDefault(rule) + 1;
}
