using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>How a domain of the verdict stage is written down and read back.</summary>
internal sealed partial class VerdictDomain : ICheckpointPart
{
    public void Save(CheckpointWriter writer)
    {
        writer.WritePart(Clock);
        writer.WriteBoolean(WindowNs.HasValue);
        writer.WriteInt64(WindowNs.GetValueOrDefault());
        writer.WritePart(new WaitingFindings(this));
        writer.WritePart(new OpenAlerts(this));
        writer.WritePart(Book);
        writer.WritePart(Book.Routers);
    }

    public void Load(CheckpointReader reader)
    {
        reader.ReadPart(Clock);
        bool hasWindow = reader.ReadBoolean();
        long windowNs = reader.ReadInt64();
        WindowNs = hasWindow ? windowNs : null;
        reader.ReadPart(new WaitingFindings(this));
        reader.ReadPart(new OpenAlerts(this));
        reader.ReadPart(Book);
        reader.ReadPart(Book.Routers);
    }

    /// <summary>Findings and rests that wait for event time, as one record between stages has them.</summary>
    private sealed class WaitingFindings(VerdictDomain domain) : ICheckpointPart
    {
        public void Save(CheckpointWriter writer)
        {
            var waiting = new Finding();
            foreach (List<RuleFinding> slot in domain.Pending.Values)
                waiting.Findings.AddRange(slot);
            waiting.Rest.AddRange(domain.Rests.Values);
            StageRecord.Save(writer, waiting);
        }

        public void Load(CheckpointReader reader)
        {
            Finding waiting = StageRecord.LoadFinding(reader);
            foreach (RuleFinding finding in waiting.Findings)
                domain.Keep(finding);
            foreach (RateRest rest in waiting.Rest)
                domain.Keep(rest);
        }
    }

    /// <summary>The open alerts, by rule and subject.</summary>
    private sealed class OpenAlerts(VerdictDomain domain) : ICheckpointPart
    {
        public void Save(CheckpointWriter writer)
        {
            writer.WriteInt32(domain.Alerts.Count);
            foreach (OpenAlert alert in domain.Alerts.Values.OrderBy(alert => alert.Rule.Id, StringComparer.Ordinal).ThenBy(alert => alert.Subject, StringComparer.Ordinal))
                alert.Save(writer);
        }

        public void Load(CheckpointReader reader)
        {
            for (int left = reader.ReadCount(sizeof(int)); left > 0; left--)
            {
                OpenAlert alert = OpenAlert.Load(reader, domain.Id);
                if (!domain.Alerts.TryAdd((alert.Rule.Id, alert.Subject), alert))
                    throw new CheckpointException("an alert is open twice");
            }

            foreach (OpenAlert alert in domain.Alerts.Values.OrderBy(alert => alert.OpenedNs).ThenBy(alert => alert.Subject, StringComparer.Ordinal))
                domain.Crowds.Add(alert);
        }
    }
}
