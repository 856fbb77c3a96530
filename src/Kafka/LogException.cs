namespace IcmpStream.Kafka;

/// <summary>What kind of thing went wrong with the log, for a caller that acts on it.</summary>
public enum LogError : byte
{
    /// <summary>No broker answered in time.</summary>
    Unreachable,

    /// <summary>A broker answered and refused the credentials, or TLS failed.</summary>
    Authentication,

    /// <summary>The credentials are good and the right is missing.</summary>
    Authorization,

    /// <summary>A topic does not exist, or has not the partition asked for.</summary>
    TopicMissing,

    /// <summary>A topic exists and is not as it must be.</summary>
    TopicMismatch,

    /// <summary>A schema is not compatible with those before it.</summary>
    Incompatible,

    /// <summary>A client setting is unknown or has a value that it cannot have.</summary>
    Configuration,

    /// <summary>An answer did not come within the time given.</summary>
    Timeout,

    /// <summary>Another client has taken this one's identity: it must stop.</summary>
    Fenced,

    /// <summary>The client is in a state that it cannot recover from; a restart is needed.</summary>
    Fatal,
}

/// <summary>
/// The log cannot be used, and the message says in one line what a user can do about it. It carries no secret.
/// </summary>
public sealed class LogException : Exception
{
    /// <summary>Makes an exception with a one-line message.</summary>
    public LogException(LogError error, string message, Exception? inner = null) : base(message, inner) => Error = error;

    /// <summary>What kind of failure it is.</summary>
    public LogError Error { get; }
}
