namespace IcmpStream.Sim;

/// <summary>How a run went.</summary>
/// <param name="Setup">What it was.</param>
/// <param name="Failure">What was wrong; null if nothing.</param>
/// <param name="Records">Records compared.</param>
/// <param name="Crashes">Processes that crashed.</param>
/// <param name="Rebuilds">Units of work taken back.</param>
/// <param name="Restored">Partitions restored from a checkpoint, in members alive at the end.</param>
/// <param name="Checkpoints">Checkpoints completed by them.</param>
/// <param name="Refused">Checkpoints that were not used, since they did not fit.</param>
internal sealed record SimResult(SimSetup Setup, string? Failure, int Records, int Crashes, long Rebuilds, long Restored, long Checkpoints, int Refused);
