using IcmpStream.Processor.State.Checkpoint;

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

    internal void Save(CheckpointWriter writer)
    {
        writer.WriteInt64(Records);
        writer.WriteInt64(Duplicate);
        writer.WriteInt64(Findings);
        writer.WriteInt64(UnknownRules);
        writer.WriteInt64(Suppressed);
        writer.WriteInt32(_opened.Count);
        foreach ((string rule, long count) in _opened)
        {
            writer.WriteText(rule);
            writer.WriteInt64(count);
        }
    }

    internal void Load(CheckpointReader reader)
    {
        Records = reader.ReadInt64();
        Duplicate = reader.ReadInt64();
        Findings = reader.ReadInt64();
        UnknownRules = reader.ReadInt64();
        Suppressed = reader.ReadInt64();
        for (int left = reader.ReadCount(sizeof(int) + sizeof(long)); left > 0; left--)
            _opened[reader.ReadText()] = reader.ReadInt64();
    }
}
