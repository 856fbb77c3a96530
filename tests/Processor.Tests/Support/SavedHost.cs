using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Processor.Topology;

namespace IcmpStream.Processor.Tests.Support;

/// <summary>A host stage as something that is written down, whatever its rules remember.</summary>
internal sealed class SavedHost(HostStage host) : ICheckpointed
{
    public int CheckpointVersion => host.CheckpointVersion;

    public void SaveCommon(CheckpointWriter writer) => host.SaveCommon(writer);

    public void LoadCommon(CheckpointReader reader) => host.LoadCommon(reader);

    public void SaveGroup(byte group, CheckpointWriter writer) => host.SaveGroup(group, writer);

    public void LoadGroup(byte group, CheckpointReader reader) => host.LoadGroup(group, reader);

    public void CompleteLoad() => host.CompleteLoad();
}
