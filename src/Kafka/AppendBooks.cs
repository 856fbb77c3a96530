namespace IcmpStream.Kafka;

/// <summary>Why a record was not delivered; the names are metric labels.</summary>
public enum AppendFailure : byte
{
    /// <summary>Not acknowledged within the delivery timeout.</summary>
    TimedOut,

    /// <summary>Larger than the client, the broker or the topic allows.</summary>
    TooLarge,

    /// <summary>The topic or the partition does not exist.</summary>
    NoSuchPartition,

    /// <summary>The credentials have no right to write there.</summary>
    NotAuthorized,

    /// <summary>Still queued when the appender was disposed or its transaction aborted.</summary>
    Purged,

    /// <summary>Another producer has taken this one's identity.</summary>
    Fenced,

    /// <summary>Refused for another reason, which is in the log output.</summary>
    Refused,
}

/// <summary>What has become of the records given to an appender. Taken = delivered + failed + in flight, always.</summary>
/// <param name="Taken">Records queued.</param>
/// <param name="Delivered">Records acknowledged by all in-sync replicas.</param>
/// <param name="DeliveredBytes">Bytes of their keys and values.</param>
/// <param name="Failures">Records given up, by <see cref="AppendFailure"/>.</param>
public sealed record AppendBooks(long Taken, long Delivered, long DeliveredBytes, IReadOnlyList<long> Failures)
{
    /// <summary>How many reasons there are: the length of <see cref="Failures"/>.</summary>
    public const int Reasons = (int)AppendFailure.Refused + 1;

    /// <summary>
    /// Records that the client has sent again, at least: more were sent than were taken, as its latest statistics say (every
    /// <c>statistics.interval.ms</c>). That repeats none in the log: producers are idempotent.
    /// </summary>
    public long Retried { get; init; }

    /// <summary>Records given up for any reason.</summary>
    public long Failed
    {
        get
        {
            long sum = 0;
            for (var i = 0; i < Failures.Count; i++) sum += Failures[i];
            return sum;
        }
    }

    /// <summary>Records queued whose outcome is not known yet.</summary>
    public long InFlight => Taken - Delivered - Failed;

    /// <summary>Records given up for one reason.</summary>
    public long FailedBy(AppendFailure reason) => Failures[(int)reason];
}
