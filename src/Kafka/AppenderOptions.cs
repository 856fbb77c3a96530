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

    /// <summary>What a record is reckoned to take beside its bytes, and on average with them: librdkafka's own message of about 200 and 300 of an event.</summary>
    private const int ReckonedRecordBytes = 512;

    /// <summary>The queue's share of the memory that a process may use: an eighth leaves room for rings, batches in flight and the collector.</summary>
    private const int MemoryShare = 8;

    /// <summary>The least that keeps a sender busy: 16 MiB are 0.1 s of a replay at full speed.</summary>
    private const long LeastQueueBytes = 16L << 20;

    /// <summary>The most: 1 GiB is what a live source at 100,000 packets/s writes in half a minute; more would only make the log older.</summary>
    private const long MostQueueBytes = 1L << 30;

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

    /// <summary>
    /// Both limits from the memory that the process may use, shared by several appenders: an eighth of it, from 16 MiB to 1 GiB for all of them, and as many records as fill
    /// that with their bookkeeping.
    /// </summary>
    /// <param name="availableBytes">What the process may use, as <see cref="GCMemoryInfo.TotalAvailableMemoryBytes"/>: of a container its limit.</param>
    /// <param name="appenders">How many share it, 1 or more.</param>
    public AppenderOptions SizedFor(long availableBytes, int appenders = 1) =>
        WithQueue(Math.Clamp(availableBytes / MemoryShare, LeastQueueBytes, MostQueueBytes), appenders);

    /// <summary>Both limits from the bytes that several appenders may hold together.</summary>
    public AppenderOptions WithQueue(long bytes, int appenders = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(appenders, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        var each = Math.Max(1, bytes / appenders);
        return this with { QueueBytes = each, QueueRecords = (int)Math.Clamp(each / ReckonedRecordBytes, 1, int.MaxValue) };
    }

    /// <summary>Throws where a limit makes no sense.</summary>
    /// <exception cref="LogException">A limit is not positive.</exception>
    public void Validate()
    {
        if (QueueRecords <= 0) throw new LogException(LogError.Configuration, $"the queue must hold at least one record, not {QueueRecords}");
        if (QueueBytes <= 0) throw new LogException(LogError.Configuration, $"the queue must hold at least one byte, not {QueueBytes}");
        if (DeliveryTimeout is { } timeout && timeout <= TimeSpan.Zero) throw new LogException(LogError.Configuration, "the delivery timeout must be above zero");
    }
}
