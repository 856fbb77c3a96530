using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Sim;

/// <summary>A stage's state with one part left out of its checkpoints: a bug that a simulation must find, or it is worth nothing.</summary>
internal sealed class ForgetfulState(ICheckpointed state, Type forgotten) : ICheckpointed
{
    /// <summary>All parts there are: what is new is among them by itself.</summary>
    public static IReadOnlyList<Type> Parts { get; } =
        [.. typeof(ICheckpointPart).Assembly.GetTypes().Where(type => type is { IsAbstract: false } && type.IsAssignableTo(typeof(ICheckpointPart))).OrderBy(type => type.Name, StringComparer.Ordinal)];

    public int CheckpointVersion => state.CheckpointVersion;

    public void SaveCommon(CheckpointWriter writer) => Forgetting(writer, () => state.SaveCommon(writer));

    public void LoadCommon(CheckpointReader reader) => state.LoadCommon(reader);

    public void SaveGroup(byte group, CheckpointWriter writer) => Forgetting(writer, () => state.SaveGroup(group, writer));

    public void LoadGroup(byte group, CheckpointReader reader) => state.LoadGroup(group, reader);

    public void CompleteLoad() => state.CompleteLoad();

    private void Forgetting(CheckpointWriter writer, Action save)
    {
        writer.Forgotten = forgotten;
        save();
        writer.Forgotten = null;
    }
}
