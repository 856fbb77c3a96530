using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Topology;

/// <summary>The host stage's books: records in = processed + duplicate. Written by the stage's thread alone.</summary>
public sealed class HostCounters
{
    /// <summary>Records taken.</summary>
    public long Records { get; internal set; }

    /// <summary>Records that had been here before.</summary>
    public long Duplicate { get; internal set; }

    /// <summary>Packets in partials whose slot had closed: their domain had ended and begun again.</summary>
    public long LatePackets { get; internal set; }

    /// <summary>Addresses given up before their window closed; their packets are in the row of all others.</summary>
    public long Evicted { get; internal set; }

    /// <summary>Windows closed.</summary>
    public long Windows { get; internal set; }

    /// <summary>Findings put out.</summary>
    public long Findings { get; internal set; }

    internal void Save(CheckpointWriter writer)
    {
        writer.WriteInt64(Records);
        writer.WriteInt64(Duplicate);
        writer.WriteInt64(LatePackets);
        writer.WriteInt64(Evicted);
        writer.WriteInt64(Windows);
        writer.WriteInt64(Findings);
    }

    internal void Load(CheckpointReader reader)
    {
        Records = reader.ReadInt64();
        Duplicate = reader.ReadInt64();
        LatePackets = reader.ReadInt64();
        Evicted = reader.ReadInt64();
        Windows = reader.ReadInt64();
        Findings = reader.ReadInt64();
    }
}
