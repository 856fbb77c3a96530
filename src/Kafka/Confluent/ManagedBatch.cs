using Confluent.Kafka;

namespace IcmpStream.Kafka.Confluent;

/// <summary>Records that Confluent.Kafka has copied into arrays.</summary>
internal sealed class ManagedBatch : RecordBatch
{
    private readonly List<ConsumeResult<byte[]?, byte[]?>> _records = [];

    public override LogRecord this[int index]
    {
        get
        {
            var result = _records[index];
            return new LogRecord(result.Offset.Value, result.Message.Key, result.Message.Value, result.Message.Value is null);
        }
    }

    public override long TimestampMsOf(int index) => _records[index].Message.Timestamp.UnixTimestampMs;

    public override IReadOnlyList<RecordHeader> HeadersOf(int index) =>
        _records[index].Message.Headers is { Count: > 0 } headers ? [.. headers.Select(header => new RecordHeader(header.Key, header.GetValueBytes()))] : [];

    public void Clear()
    {
        _records.Clear();
        Count = 0;
    }

    /// <summary>Adds a record; false if it belongs to another partition than those before it.</summary>
    public bool TryAdd(ConsumeResult<byte[]?, byte[]?> result)
    {
        if (Count == 0) Partition = new LogPartition(result.Topic, result.Partition.Value);
        else if (Partition.Partition != result.Partition.Value || Partition.Topic != result.Topic) return false;
        _records.Add(result);
        Count = _records.Count;
        return true;
    }
}
