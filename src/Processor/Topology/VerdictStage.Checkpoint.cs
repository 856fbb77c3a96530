using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Topology;

/// <summary>How a verdict stage is written down and read back. What it knows is of no key group, and little.</summary>
public sealed partial class VerdictStage : ICheckpointed
{
    /// <inheritdoc/>
    public int CheckpointVersion => 2;

    /// <inheritdoc/>
    public void SaveCommon(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Counters.Save(writer);
        writer.WritePart(_gate);
        writer.WriteInt32(_domains.Count);
        foreach (VerdictDomain domain in _domains.Values.OrderBy(domain => domain.Id))
        {
            writer.WriteUInt32(domain.Id);
            writer.WritePart(domain);
        }
    }

    /// <inheritdoc/>
    public void LoadCommon(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Counters.Load(reader);
        reader.ReadPart(_gate);
        for (int left = reader.ReadCount(sizeof(uint) + sizeof(int)); left > 0; left--)
            reader.ReadPart(DomainOf(reader.ReadUInt32()));
    }

    /// <inheritdoc/>
    public void SaveGroup(byte group, CheckpointWriter writer)
    {
        // Everything is in the common section.
    }

    /// <inheritdoc/>
    public void LoadGroup(byte group, CheckpointReader reader) => throw new CheckpointException("a key group of a stage that has none");

    /// <inheritdoc/>
    public void CompleteLoad()
    {
        // Nothing spans groups.
    }
}
