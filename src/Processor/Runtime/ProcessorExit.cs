namespace IcmpStream.Processor.Runtime;

/// <summary>Why a processor stopped.</summary>
public enum ExitReason : byte
{
    /// <summary>It was asked to, and has committed what it had done.</summary>
    Stopped,

    /// <summary>Everything up to the end has been handled and every stream has ended.</summary>
    Ended,

    /// <summary>Nothing came for too long while streams were open: <see cref="ProcessorExit.OpenStreams"/>.</summary>
    Idle,

    /// <summary>Another process has taken this one's identity.</summary>
    Fenced,
}

/// <summary>How a processor stopped.</summary>
/// <param name="Reason">Why.</param>
/// <param name="OpenStreams">Streams that had not ended, in words; of this process's partitions.</param>
/// <param name="Behind">With <c>UntilEnd</c>: partitions of the group not committed up to their end, in words.</param>
/// <param name="Undrained">Partitions of this process in which a domain has not ended, in words.</param>
/// <param name="Books">What it did.</param>
public sealed record ProcessorExit(
    ExitReason Reason, IReadOnlyList<string> OpenStreams, IReadOnlyList<string> Behind, IReadOnlyList<string> Undrained, ProcessorBooks Books);
