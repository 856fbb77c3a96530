namespace IcmpStream.Processor.State.Checkpoint;

/// <summary>
/// State that can be written down and taken up again: a stage. What it put out from there on is the same, record by record, as if it
/// had never stopped.
/// </summary>
/// <remarks>
/// The state is written in sections: a common one, and one for each of the 256 key groups that has any. Sections are made of
/// <see cref="ICheckpointPart"/>s. What an output can depend on is written, be it the place of an entry; indexes are made anew.
/// </remarks>
public interface ICheckpointed
{
    /// <summary>
    /// Version of what the sections hold; raised by whoever changes a byte of it. A checkpoint of another version is not read, the
    /// state is replayed instead.
    /// </summary>
    int CheckpointVersion { get; }

    /// <summary>Writes what belongs to no key group: clocks, gates, sequences, counters, what is open in a domain.</summary>
    void SaveCommon(CheckpointWriter writer);

    /// <summary>Reads it, into a stage that has seen nothing; before any group.</summary>
    /// <exception cref="CheckpointException">The bytes are not such a section.</exception>
    void LoadCommon(CheckpointReader reader);

    /// <summary>Writes what belongs to a key group; nothing at all where there is nothing.</summary>
    void SaveGroup(byte group, CheckpointWriter writer);

    /// <summary>
    /// Reads it. Called for the groups that wrote anything, for different ones from several threads at once: what groups share is
    /// locked, or made by <see cref="LoadCommon"/>.
    /// </summary>
    /// <exception cref="CheckpointException">The bytes are not such a section.</exception>
    void LoadGroup(byte group, CheckpointReader reader);

    /// <summary>Called once all groups are loaded, on one thread: builds what spans groups.</summary>
    /// <exception cref="CheckpointException">The sections do not fit together.</exception>
    void CompleteLoad();
}
