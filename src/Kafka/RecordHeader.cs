namespace IcmpStream.Kafka;

/// <summary>A named value beside a record. Only dead letters carry them: there are none on the hot path.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value; owned by the header, not borrowed.</param>
public readonly record struct RecordHeader(string Name, ReadOnlyMemory<byte> Value);
