namespace IcmpStream.Processor.State.Checkpoint;

/// <summary>The bytes of a checkpoint are not what was written, or of another version. The state is then replayed from the log.</summary>
public sealed class CheckpointException(string message) : Exception(message);
