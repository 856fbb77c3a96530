using System.Globalization;
using System.Text;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>An alert while it is open: everything that its revisions are written from.</summary>
internal sealed partial class OpenAlert
{
    /// <summary>Parts of an attack named in the evidence at most.</summary>
    private const int MaxParts = 5;

    /// <summary>The most subjects that came at once, where the alert speaks for others too.</summary>
    private const string CrowdFeature = "at_once";

    private readonly SortedDictionary<string, double> _features = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (double Observed, string Words)> _parts = new(StringComparer.Ordinal);
    private readonly List<Sample> _samples = [];
    private readonly List<string> _evidence = [];

    public OpenAlert(RuleDescription rule, uint domain, RuleFinding finding, long windowNs)
        : this(rule, domain, finding, IdOf(rule.Id, domain, finding.Subject, EventTime.WindowStart(finding.SlotStartNs, windowNs)), rule.CrowdOf(finding))
    {
    }

    private OpenAlert(RuleDescription rule, uint domain, RuleFinding finding, string id, string? crowd)
    {
        Rule = rule;
        Domain = domain;
        Subject = finding.Subject;
        OpenedNs = EventTime.Add(finding.SlotStartNs, finding.SlotNs);
        FirstNs = finding.FirstNs;
        Unit = finding.Unit;
        Source = finding.Source;
        Destination = finding.Destination;
        Id = id;
        Crowd = crowd;
    }

    public RuleDescription Rule { get; }

    public uint Domain { get; }

    public string Subject { get; }

    public string Id { get; }

    /// <summary>The crowd that it may speak for.</summary>
    public string? Crowd { get; }

    public long OpenedNs { get; }

    public string Unit { get; }

    public long FirstNs { get; private set; }

    public long LastNs { get; private set; } = long.MinValue;

    public double Observed { get; private set; }

    public double Threshold { get; private set; }

    public double Confidence { get; private set; }

    public double Completeness { get; private set; } = 1.0;

    public Severity Severity { get; private set; }

    public Address? Source { get; private set; }

    public Address? Destination { get; private set; }

    /// <summary>Start of the last window with something active in it.</summary>
    public long ActiveWindowNs { get; private set; }

    /// <summary>True when something was taken since the last revision.</summary>
    public bool IsChanged { get; private set; }

    private int Revision { get; set; }

    /// <summary>Takes a finding; true when the severity rises.</summary>
    public bool Merge(RuleFinding finding, long windowNs)
    {
        IsChanged = true;
        FirstNs = Math.Min(FirstNs, finding.FirstNs);
        LastNs = Math.Max(LastNs, finding.LastNs);
        if (string.Equals(finding.Unit, Unit, StringComparison.Ordinal))
        {
            Observed = Math.Max(Observed, finding.Observed);
            Threshold = finding.Threshold;
        }

        if (finding.Active)
        {
            ActiveWindowNs = windowNs;
            Source = Source == finding.Source ? Source : OwnOrNull(finding.Source);
            Destination = Destination == finding.Destination ? Destination : OwnOrNull(finding.Destination);
        }

        Confidence = Math.Max(Confidence, finding.Confidence);
        Completeness = Math.Min(Completeness, finding.Completeness);
        foreach (FindingFeature feature in finding.Features)
            _features[feature.Name] = Math.Max(feature.Value, _features.GetValueOrDefault(feature.Name, double.NegativeInfinity));
        AddSamples(finding);
        if (finding.Evidence.Count > 0)
        {
            _evidence.Clear();
            _evidence.AddRange(finding.Evidence);
        }

        return Rise(finding);
    }

    /// <summary>
    /// Takes a finding of a lesser rule about the same attack as evidence; true when the severity rises with it.
    /// </summary>
    public bool AddPart(RuleFinding part)
    {
        IsChanged = true;
        string key = $"{part.Rule} {part.Subject}";
        if (!_parts.TryGetValue(key, out (double Observed, string Words) known) || known.Observed < part.Observed)
        {
            string by = part.Rule == RuleIds.FloodSource ? $"by {part.Subject}" : $"({part.Rule} {part.Subject})";
            _parts[key] = (part.Observed, $"{AlertWords.Number(part.Observed)} {part.Unit} {by}");
        }

        if (_parts.Count > 4 * MaxParts)
            _parts.Remove(_parts.OrderBy(p => p.Value.Observed).ThenByDescending(p => p.Key, StringComparer.Ordinal).First().Key);
        AddSamples(part);
        return Rise(part);
    }

    /// <summary>Takes a finding about another subject of its crowd; true when the severity rises with it.</summary>
    public bool AddOther(RuleFinding other, int atOnce, long windowNs)
    {
        ActiveWindowNs = windowNs;
        LastNs = Math.Max(LastNs, other.LastNs);
        _features[CrowdFeature] = Math.Max(atOnce, _features.GetValueOrDefault(CrowdFeature));
        return AddPart(other);
    }

    private bool Rise(RuleFinding finding)
    {
        bool rises = finding.Severity > Severity;
        if (rises)
            Severity = finding.Severity;
        return rises;
    }

    private void AddSamples(RuleFinding finding)
    {
        foreach (Sample sample in finding.Samples)
        {
            if (_samples.Count < Sample.MaxPerAlert)
                _samples.Add(sample);
        }
    }

    /// <summary>Writes the next revision.</summary>
    public Alert Write(AlertState state, string? remark = null)
    {
        IsChanged = false;
        var alert = new Alert
        {
            Id = Id,
            Rule = Rule.Id,
            Version = Rule.Version,
            State = state,
            Revision = Revision++,
            Severity = Severity,
            Confidence = Confidence,
            Subject = Subject,
            Source = Source,
            Destination = Destination,
            OpenedNs = OpenedNs,
            FirstNs = FirstNs,
            LastNs = LastNs,
            Observed = Observed,
            Threshold = Threshold,
            Unit = Unit,
            Completeness = Completeness,
            Domain = Domain,
        };
        foreach ((string name, double value) in _features)
            alert.Features.Add(name, value);
        foreach ((double _, string words) in _parts.Values.OrderByDescending(p => p.Observed).ThenBy(p => p.Words, StringComparer.Ordinal).Take(MaxParts))
            alert.Evidence.Add(words);
        alert.Evidence.InsertRange(0, _evidence);
        Rule.Word(alert);
        if (_features.TryGetValue(CrowdFeature, out double crowd))
            alert.Evidence.Add(string.Create(CultureInfo.InvariantCulture, $"and others like it, {crowd:N0} new ones within 100 ms: taken for one attack"));
        if (remark is not null)
            alert.Evidence.Add(remark);
        alert.Techniques.AddRange(Rule.Techniques);
        alert.Samples.AddRange(_samples);
        return alert;
    }

    /// <summary>The hash of rule, domain, subject and the start of the first window: 16 hexadecimal digits.</summary>
    public static string IdOf(string rule, uint domain, string subject, long windowStartNs)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{rule}\n{domain}\n{subject}\n{windowStartNs}");
        return XxHash64.Hash(Encoding.UTF8.GetBytes(name)).ToString("x16", CultureInfo.InvariantCulture);
    }

    // The other end is named as long as it is always the same one; the subject's own end never changes.
    private Address? OwnOrNull(Address? address) =>
        address is { } known && string.Equals(known.ToString(), Subject, StringComparison.Ordinal) ? address : null;
}
