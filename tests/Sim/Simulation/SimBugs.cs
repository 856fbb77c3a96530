using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Sim;

/// <summary>Puts a state with the fault of a setup in the place of a stage's own.</summary>
internal static class SimBugs
{
    public static ICheckpointed? StateOf(StageTask task, SimBug bug) => task.State is not { } state ? null : bug switch
    {
        SimBug.ForgottenTables => new Forgetful(state, common: false),
        SimBug.ForgottenClocks => new Forgetful(state, common: true),
        _ => state,
    };

    private sealed class Forgetful(ICheckpointed state, bool common) : ICheckpointed
    {
        public int CheckpointVersion => state.CheckpointVersion;

        public void SaveCommon(CheckpointWriter writer)
        {
            if (common)
                writer.WriteByte(0);
            else
                state.SaveCommon(writer);
        }

        public void LoadCommon(CheckpointReader reader)
        {
            if (common)
                reader.ReadByte();
            else
                state.LoadCommon(reader);
        }

        public void SaveGroup(byte group, CheckpointWriter writer)
        {
            // Nothing: this is the bug.
        }

        public void LoadGroup(byte group, CheckpointReader reader) => state.LoadGroup(group, reader);

        public void CompleteLoad() => state.CompleteLoad();
    }
}
