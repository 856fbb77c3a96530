namespace IcmpStream.Kafka.Memory;

/// <summary>Records that point into the log's own segments.</summary>
internal sealed class MemoryBatch : RecordBatch
{
    private (MemorySegment Segment, int Index)[] _records = new (MemorySegment, int)[64];

    public override LogRecord this[int index]
    {
        get
        {
            ref readonly var entry = ref EntryAt(index, out var offset);
            return new LogRecord(
                offset,
                entry.Block.AsSpan(entry.Start, entry.KeyBytes),
                entry.Block.AsSpan(entry.Start + entry.KeyBytes, entry.ValueBytes),
                entry.IsTombstone);
        }
    }

    public override long TimestampMsOf(int index) => EntryAt(index, out _).TimestampMs;

    public override IReadOnlyList<RecordHeader> HeadersOf(int index) => EntryAt(index, out _).Headers;

    public void Begin(LogPartition partition)
    {
        Partition = partition;
        // Cleared so that a batch that is not polled again does not keep deleted segments alive.
        _records.AsSpan(0, Count).Clear();
        Count = 0;
    }

    public void Add(MemorySegment segment, int index)
    {
        if (Count == _records.Length) Array.Resize(ref _records, Count * 2);
        _records[Count++] = (segment, index);
    }

    private ref readonly MemoryEntry EntryAt(int index, out long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var (segment, at) = _records[index];
        offset = segment.BaseOffset + at;
        return ref segment[at];
    }
}
