namespace IcmpStream.Schemas;

// As in EventEnums.cs: the number is the position of the Avro symbol, the name in snake_case is the symbol, new values go at
// the end. Unknown is the Avro default: what a reader says of a symbol younger than itself.

/// <summary>What became of an echo exchange. Avro <c>icmpstream.v1.EchoOutcome</c>.</summary>
public enum EchoOutcome : byte
{
    /// <summary>Request and reply belong together; the round-trip time is known where one clock saw both.</summary>
    Matched,

    /// <summary>No reply within the timeout, by event time.</summary>
    Timeout,

    /// <summary>A reply after its request's timeout: a second record for the same request.</summary>
    Late,

    /// <summary>A further reply to a request that was already answered.</summary>
    Duplicate,

    /// <summary>A reply to a request never seen.</summary>
    Unsolicited,

    /// <summary>An unreachable or time-exceeded that quotes the request.</summary>
    Error,

    /// <summary>A reply that does not carry its request's payload.</summary>
    Mismatch,

    /// <summary>The input ended before the timeout.</summary>
    Pending,

    /// <summary>Folded, or beyond the state's limits.</summary>
    Untracked,

    /// <summary>A newer version's outcome.</summary>
    Unknown,
}

/// <summary>Which end of packets an address was. Avro <c>icmpstream.v1.Role</c>.</summary>
public enum Role : byte
{
    /// <summary>It sent them.</summary>
    Source,

    /// <summary>It received them.</summary>
    Destination,

    /// <summary>A newer version's role.</summary>
    Unknown,
}

/// <summary>The stage that a finding comes from. Avro <c>icmpstream.v1.FindingStage</c>.</summary>
public enum FindingStage : byte
{
    /// <summary>The pair stage.</summary>
    Pair,

    /// <summary>The host stage.</summary>
    Host,

    /// <summary>A newer version's stage.</summary>
    Unknown,
}

/// <summary>How bad. Avro <c>icmpstream.v1.Severity</c>.</summary>
public enum Severity : byte
{
    /// <summary>Worth knowing.</summary>
    Informational,

    /// <summary>Worth a look when there is time.</summary>
    Low,

    /// <summary>Worth a look today.</summary>
    Medium,

    /// <summary>Worth a look now.</summary>
    High,

    /// <summary>Worth waking someone.</summary>
    Critical,

    /// <summary>A newer version's severity.</summary>
    Unknown,
}

/// <summary>Where in its life an alert is. Avro <c>icmpstream.v1.AlertState</c>.</summary>
public enum AlertState : byte
{
    /// <summary>First revision.</summary>
    Open,

    /// <summary>Something changed.</summary>
    Update,

    /// <summary>Last revision.</summary>
    Close,

    /// <summary>A newer version's state.</summary>
    Unknown,
}
