namespace IcmpStream.Kafka;

/// <summary>Where a reader of a partition stands.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">Offset of the next record to read; <see cref="Unset"/> where there is none.</param>
public readonly record struct LogPosition(LogPartition Partition, long Offset)
{
    /// <summary>No offset: nothing has been committed.</summary>
    public const long Unset = -1;

    /// <summary>True where <see cref="Offset"/> is one.</summary>
    public bool IsSet => Offset >= 0;
}
