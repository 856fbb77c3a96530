namespace IcmpStream.Kafka;

/// <summary>How a unit of work ended.</summary>
public enum CommitOutcome : byte
{
    /// <summary>Outputs and offsets are in the log.</summary>
    Committed,

    /// <summary>
    /// The offsets are not, since the group has moved on or a broker refused; of a transaction the outputs are not either. Go back to what was
    /// committed last (<see cref="ILogMember.Committed"/>, <see cref="ILogMember.Seek"/>), then poll.
    /// </summary>
    Aborted,

    /// <summary>Another has taken this member's identity and has aborted the work. Dispose it.</summary>
    Fenced,
}
