namespace IcmpStream.Kafka.Memory;

/// <summary>
/// One partition: dense offsets over records and marks, the log start, and the last stable offset. The log's gate guards it.
/// </summary>
internal sealed class MemoryPartition(MemoryLog log, LogPartition id)
{
    private readonly List<MemorySegment> _segments = [];
    private readonly List<(MemoryTransaction Transaction, long First)> _open = [];
    private long _bytes;

    public LogPartition Id { get; } = id;

    /// <summary>The first offset still there.</summary>
    public long Start { get; private set; }

    /// <summary>Behind the last offset.</summary>
    public long End { get; private set; }

    /// <summary>Before this every transaction is decided: as far as read_committed goes.</summary>
    public long StableEnd => _open.Count == 0 ? End : _open[0].First;

    public void Append(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isTombstone, IReadOnlyList<RecordHeader> headers, MemoryTransaction? transaction)
    {
        transaction?.Touch(this);
        Tail().Append(log.AppendTimeMs, key, value, isTombstone, headers, transaction);
        End++;
        _bytes += key.Length + value.Length;
        if (log.Options.RetentionBytes is { } limit) Retain(limit);
    }

    /// <summary>A transaction writes here from now on. Transactions open in offset order, so the first is the oldest.</summary>
    public void Open(MemoryTransaction transaction) => _open.Add((transaction, End));

    /// <summary>A transaction is decided: its mark follows its records.</summary>
    public void Close(MemoryTransaction transaction)
    {
        _open.RemoveAll(open => ReferenceEquals(open.Transaction, transaction));
        Tail().AppendMark(log.AppendTimeMs, transaction);
        End++;
    }

    /// <summary>
    /// Fills a batch with the readable records from an offset on. The position moves past what was filled in and past what can never be read;
    /// it is returned. An offset before the start counts as the start.
    /// </summary>
    public long Read(long from, int maxRecords, bool readUncommitted, MemoryBatch batch)
    {
        batch.Begin(Id);
        var offset = Math.Max(from, Start);
        var end = readUncommitted ? End : StableEnd;
        var at = offset < end ? SegmentOf(offset) : _segments.Count;
        while (offset < end && batch.Count < maxRecords)
        {
            var segment = _segments[at];
            var index = (int)(offset - segment.BaseOffset);
            if (index == segment.Count)
            {
                at++;
                continue;
            }

            ref readonly var entry = ref segment[index];
            if (IsReadable(in entry, readUncommitted)) batch.Add(segment, index);
            offset++;
        }

        return offset;
    }

    /// <summary>Deletes whole segments before an offset, as Kafka's DeleteRecords does; records at or after it stay.</summary>
    public void DeleteBefore(long offset)
    {
        var limit = Math.Min(offset, StableEnd);
        while (_segments.Count > 0 && _segments[0].BaseOffset + _segments[0].Count <= limit) DropFirst();
        Start = Math.Max(Start, limit);
    }

    private static bool IsReadable(in MemoryEntry entry, bool readUncommitted)
    {
        if (entry.IsMark) return false;
        return readUncommitted || entry.Transaction is null || entry.Transaction.State == TransactionState.Committed;
    }

    private void Retain(long limit)
    {
        while (_segments.Count > 1 && _bytes - _segments[0].Bytes >= limit && _segments[0].BaseOffset + _segments[0].Count <= StableEnd) DropFirst();
        if (_segments.Count > 0) Start = Math.Max(Start, _segments[0].BaseOffset);
    }

    private void DropFirst()
    {
        _bytes -= _segments[0].Bytes;
        _segments.RemoveAt(0);
    }

    private MemorySegment Tail()
    {
        if (_segments.Count == 0 || _segments[^1].IsFull) _segments.Add(new MemorySegment(End));
        return _segments[^1];
    }

    private int SegmentOf(long offset)
    {
        int low = 0, high = _segments.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_segments[middle].BaseOffset <= offset) low = middle;
            else high = middle - 1;
        }

        return low;
    }
}
