namespace IcmpStream.Processor.State.Checkpoint;

/// <summary>
/// A piece of a stage's state that stands by itself in its checkpoint: a table, a clock, a rule's memory. What it writes has its length in
/// front, so that a part which reads more or less than it wrote is noticed there and not somewhere behind it.
/// </summary>
public interface ICheckpointPart
{
    /// <summary>Writes it down; nothing at all where it is as it was made.</summary>
    void Save(CheckpointWriter writer);

    /// <summary>Reads what <see cref="Save"/> wrote, into a part as it was made.</summary>
    /// <exception cref="CheckpointException">The bytes are no such part.</exception>
    void Load(CheckpointReader reader);
}
