namespace IcmpStream.Kafka;

/// <summary>How an appender trades latency for batching.</summary>
public enum AppendProfile : byte
{
    /// <summary>A capture: throughput counts, and a record waits for its batch to fill.</summary>
    Replay,

    /// <summary>A live source: an alert's delay begins here.</summary>
    Live,
}

/// <summary>How an appender behaves. The defaults are right for a replay.</summary>
public sealed record AppenderOptions
{
    /// <summary>
    /// Records in the queue at most. 500,000 records of 300 bytes fill <see cref="DefaultQueueBytes"/> about half; librdkafka's own
    /// default is 100,000, which is 70 ms of a replay at full speed.
    /// </summary>
    public const int DefaultQueueRecords = 500_000;

    /// <summary>Bytes of keys and values in the queue at most: 256 MiB, an eighth of a small machine of 2 GiB.</summary>
    public const long DefaultQueueBytes = 256L << 20;

    /// <summary>Latency or throughput.</summary>
    public AppendProfile Profile { get; init; } = AppendProfile.Replay;

    /// <summary>
    /// True where records hold hundreds of events each: another compression suits them, see <see cref="Cluster.ClientSettings"/>.
    /// </summary>
    public bool IsPacked { get; init; }

    /// <summary>Records in the queue at most, acknowledged ones excluded.</summary>
    public int QueueRecords { get; init; } = DefaultQueueRecords;

    /// <summary>Bytes of keys and values in the queue at most. A record that alone is larger passes when the queue is empty.</summary>
    public long QueueBytes { get; init; } = DefaultQueueBytes;

    /// <summary>
    /// After how long an unacknowledged record is given up; null for never, which is the default: a broker outage holds a replay back, and
    /// a live source sheds at the ring, where it is counted.
    /// </summary>
    public TimeSpan? DeliveryTimeout { get; init; }

    /// <summary>Throws where a limit makes no sense.</summary>
    /// <exception cref="LogException">A limit is not positive.</exception>
    public void Validate()
    {
        if (QueueRecords <= 0) throw new LogException(LogError.Configuration, $"the queue must hold at least one record, not {QueueRecords}");
        if (QueueBytes <= 0) throw new LogException(LogError.Configuration, $"the queue must hold at least one byte, not {QueueBytes}");
        if (DeliveryTimeout is { } timeout && timeout <= TimeSpan.Zero) throw new LogException(LogError.Configuration, "the delivery timeout must be above zero");
    }
}
