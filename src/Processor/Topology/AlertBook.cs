using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>What the verdict stage heard lately, by rule and subject: what is above its threshold, and what is near it.</summary>
internal sealed class AlertBook(VerdictDomain domain, RouterBook routers) : IAlertBook, ICheckpointPart
{
    /// <summary>Rules speak of what is active once a second: what is older than two is over.</summary>
    private const long KeptNs = 2 * EventTime.SecondNs;

    /// <summary>Subjects remembered of a rule at most: as many as may speak in a slot.</summary>
    private const int MaxPerRule = 8192;

    private readonly Dictionary<string, SortedDictionary<string, Note>> _heard = new(StringComparer.Ordinal);

    public RouterBook Routers => routers;

    /// <summary>Takes what was found in a slot, before any of it is judged, and forgets what is over.</summary>
    public void Hear(List<RuleFinding> slot, long slotStartNs)
    {
        foreach (SortedDictionary<string, Note> rule in _heard.Values)
        {
            foreach (string over in rule.Where(note => EventTime.Between(note.Value.TimeNs, slotStartNs) > KeptNs).Select(note => note.Key).ToArray())
                rule.Remove(over);
        }

        foreach (RuleFinding finding in slot)
        {
            if (finding.Observed > 0)
                Remember(finding.Rule, finding.Subject, new Note(slotStartNs, finding.Observed, finding.Unit, finding.Source, [.. finding.Related]));
        }
    }

    /// <summary>Writes what was heard as the findings that said it.</summary>
    public void Save(CheckpointWriter writer)
    {
        var heard = new Finding();
        foreach ((string rule, SortedDictionary<string, Note> notes) in _heard.OrderBy(rule => rule.Key, StringComparer.Ordinal))
        {
            foreach ((string subject, Note note) in notes)
            {
                var said = new RuleFinding { Rule = rule, Subject = subject, SlotStartNs = note.TimeNs, Observed = note.Observed, Unit = note.Unit, Source = note.Source };
                said.Related.AddRange(note.Related);
                heard.Findings.Add(said);
            }
        }

        StageRecord.Save(writer, heard);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        foreach (RuleFinding said in StageRecord.LoadFinding(reader).Findings)
            Remember(said.Rule, said.Subject, new Note(said.SlotStartNs, said.Observed, said.Unit, said.Source, [.. said.Related]));
    }

    private void Remember(string rule, string subject, Note note)
    {
        if (!_heard.TryGetValue(rule, out SortedDictionary<string, Note>? notes))
            _heard.Add(rule, notes = new SortedDictionary<string, Note>(StringComparer.Ordinal));
        if (notes.Count < MaxPerRule || notes.ContainsKey(subject))
            notes[subject] = note;
    }

    public bool IsOpen(string rule, string subject) => domain.Alerts.ContainsKey((rule, subject));

    public Heard? Find(string rule, string subject) =>
        _heard.TryGetValue(rule, out SortedDictionary<string, Note>? notes) && notes.TryGetValue(subject, out Note? note) ? HeardOf(rule, subject, note) : null;

    public IEnumerable<Heard> All(string rule)
    {
        if (!_heard.TryGetValue(rule, out SortedDictionary<string, Note>? notes))
            yield break;
        foreach ((string subject, Note note) in notes)
            yield return HeardOf(rule, subject, note);
    }

    private Heard HeardOf(string rule, string subject, Note note) =>
        new(subject, note.Observed, note.Unit, note.Source, note.Related, IsOpen(rule, subject));

    /// <summary>What was heard of a subject.</summary>
    private sealed record Note(long TimeNs, double Observed, string Unit, Address? Source, IReadOnlyList<Address> Related);
}
