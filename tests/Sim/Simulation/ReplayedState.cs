using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Sim;

/// <summary>
/// The state of a stage that does not write itself down: the offset up to which it has read, and on the way back everything before it
/// read once more. It is no use but to show that the runtime's part is right for every stage.
/// </summary>
internal sealed class ReplayedState(MemoryLog log, OutputWriter silent, StageTask task, bool isForgetful) : ICheckpointed
{
    public int CheckpointVersion => 1;

    public void SaveCommon(CheckpointWriter writer) => writer.WriteInt64(task.Committed);

    public void LoadCommon(CheckpointReader reader)
    {
        long end = reader.ReadInt64();
        using ILogReader input = log.OpenReader(new ReaderOptions { Positions = [new LogPosition(task.Partition, 0)] });
        while (!isForgetful && input.Poll(TimeSpan.Zero, CancellationToken.None) is { } batch)
        {
            foreach (LogRecord record in batch)
            {
                if (record.Offset < end)
                    task.Accept(record, silent);
            }
        }
    }

    public void SaveGroup(byte group, CheckpointWriter writer)
    {
        // Everything is in the common section.
    }

    public void LoadGroup(byte group, CheckpointReader reader) => throw new CheckpointException("a group of a state that has none");

    public void CompleteLoad()
    {
        // Nothing spans groups.
    }

    /// <summary>A writer that writes nothing.</summary>
    public static OutputWriter Silence(MemoryLog log, ProcessorOptions options) =>
        new(log.Join(new MemberOptions { Group = "silence", Topics = options.Inputs }), options) { IsSuppressed = true };
}
