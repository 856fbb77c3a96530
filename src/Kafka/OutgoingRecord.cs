namespace IcmpStream.Kafka;

/// <summary>A record to be appended, as it stands in an <see cref="OutgoingBatch"/>. The bytes are the batch's.</summary>
public readonly ref struct OutgoingRecord
{
    internal OutgoingRecord(int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isTombstone, IReadOnlyList<RecordHeader> headers)
    {
        Partition = partition;
        Key = key;
        Value = value;
        IsTombstone = isTombstone;
        Headers = headers;
    }

    /// <summary>The partition, which the producer of the record computed.</summary>
    public int Partition { get; }

    /// <summary>The key; empty for a record without one, as packed records are.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>The value; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>True where the value is null.</summary>
    public bool IsTombstone { get; }

    /// <summary>Headers; empty for nearly all records.</summary>
    public IReadOnlyList<RecordHeader> Headers { get; }
}
