using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>How an open alert is written down and read back: as a finding, which has room for most of it, and what that has no room for.</summary>
internal sealed partial class OpenAlert
{
    public void Save(CheckpointWriter writer)
    {
        var merged = new RuleFinding
        {
            Rule = Rule.Id,
            Subject = Subject,
            SlotStartNs = OpenedNs,
            Active = IsChanged,
            Source = Source,
            Destination = Destination,
            FirstNs = FirstNs,
            LastNs = LastNs,
            Observed = Observed,
            Threshold = Threshold,
            Unit = Unit,
            Severity = Severity,
            Confidence = Confidence,
            Completeness = Completeness,
        };
        merged.Evidence.AddRange(_evidence);
        merged.Features.AddRange(_features.Select(feature => new FindingFeature(feature.Key, feature.Value)));
        merged.Samples.AddRange(_samples);
        var record = new Finding();
        record.Findings.Add(merged);
        StageRecord.Save(writer, record);
        writer.WriteText(Id);
        writer.WriteBoolean(Crowd is not null);
        writer.WriteText(Crowd ?? "");
        writer.WriteInt64(ActiveWindowNs);
        writer.WriteInt32(Revision);
        writer.WriteInt32(_parts.Count);
        foreach ((string part, (double observed, string words)) in _parts.OrderBy(part => part.Key, StringComparer.Ordinal))
        {
            writer.WriteText(part);
            writer.WriteInt64(BitConverter.DoubleToInt64Bits(observed));
            writer.WriteText(words);
        }
    }

    /// <exception cref="CheckpointException">The bytes are no such alert.</exception>
    public static OpenAlert Load(CheckpointReader reader, uint domain)
    {
        Finding record = StageRecord.LoadFinding(reader);
        if (record.Findings is not [RuleFinding merged] || !RuleCatalog.TryFind(merged.Rule, out RuleDescription? rule))
            throw new CheckpointException("an alert of a rule that is not known");
        string id = reader.ReadText();
        bool hasCrowd = reader.ReadBoolean();
        string crowd = reader.ReadText();
        var alert = new OpenAlert(rule, domain, merged, id, hasCrowd ? crowd : null)
        {
            FirstNs = merged.FirstNs,
            LastNs = merged.LastNs,
            Observed = merged.Observed,
            Threshold = merged.Threshold,
            Confidence = merged.Confidence,
            Completeness = merged.Completeness,
            Severity = merged.Severity,
            IsChanged = merged.Active,
            ActiveWindowNs = reader.ReadInt64(),
            Revision = reader.ReadInt32(),
        };
        alert._evidence.AddRange(merged.Evidence);
        alert._samples.AddRange(merged.Samples);
        foreach (FindingFeature feature in merged.Features)
            alert._features[feature.Name] = feature.Value;
        for (int left = reader.ReadCount(sizeof(long)); left > 0; left--)
            alert._parts[reader.ReadText()] = (BitConverter.Int64BitsToDouble(reader.ReadInt64()), reader.ReadText());
        return alert;
    }
}
