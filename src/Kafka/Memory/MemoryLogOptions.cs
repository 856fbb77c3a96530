namespace IcmpStream.Kafka.Memory;

/// <summary>How the in-memory log behaves.</summary>
public sealed record MemoryLogOptions
{
    /// <summary>Kafka's <c>message.max.bytes</c>: 1 MiB and 12 bytes of framing.</summary>
    public const int DefaultMaxRecordBytes = 1_048_588;

    /// <summary>Bytes of key and value of the largest record; a larger one fails as too large.</summary>
    public int MaxRecordBytes { get; init; } = DefaultMaxRecordBytes;

    /// <summary>
    /// Bytes that a partition keeps at least; null for all. As retention does, it deletes the oldest records, read or not, by whole segments: what is
    /// kept is up to a segment more.
    /// </summary>
    public long? RetentionBytes { get; init; }
}
