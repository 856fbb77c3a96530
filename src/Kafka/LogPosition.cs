namespace IcmpStream.Kafka;

/// <summary>Where a reader of a partition stands.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">Offset of the next record to read; <see cref="Unset"/> where there is none.</param>
/// <param name="Marker">
/// Text committed beside the offset and given back with it (Kafka's offset metadata), so that a commit can name the checkpoint
/// that it belongs to; at most <see cref="MaxMarkerChars"/>. Null for none.
/// </param>
public readonly record struct LogPosition(LogPartition Partition, long Offset, string? Marker = null)
{
    /// <summary>No offset: nothing has been committed.</summary>
    public const long Unset = -1;

    /// <summary>The longest marker; a broker's default <c>offset.metadata.max.bytes</c> is 4096, and markers are ASCII.</summary>
    public const int MaxMarkerChars = 4096;

    /// <summary>True where <see cref="Offset"/> is one.</summary>
    public bool IsSet => Offset >= 0;
}
