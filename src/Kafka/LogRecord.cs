namespace IcmpStream.Kafka;

/// <summary>
/// A record as a consumer sees it. The bytes are borrowed from the batch that it comes from and end with it, which being a
/// <c>ref struct</c> keeps a careless caller from forgetting.
/// </summary>
public readonly ref struct LogRecord
{
    /// <summary>Makes a record over bytes that the batch owns.</summary>
    public LogRecord(long offset, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isTombstone)
    {
        Offset = offset;
        Key = key;
        Value = value;
        IsTombstone = isTombstone;
    }

    /// <summary>Offset within the partition. Offsets rise, with gaps where transactions left their marks.</summary>
    public long Offset { get; }

    /// <summary>The key; empty where the record has none.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>The value; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>True where the value is null, which deletes its key from a compacted topic.</summary>
    public bool IsTombstone { get; }
}
