namespace IcmpStream.Kafka.Memory;

/// <summary>A run of consecutive records. Bytes never move once written, so spans over them stay good while a batch holds them.</summary>
internal sealed class MemorySegment
{
    public const int MaxRecords = 1024;
    private const int BlockBytes = 64 * 1024;

    // Grown by replacement: a batch that another thread reads sees the old array or the new, and its records are in both.
    private MemoryEntry[] _entries = new MemoryEntry[16];
    private byte[] _block = [];
    private int _blockUsed;

    public MemorySegment(long baseOffset) => BaseOffset = baseOffset;

    public long BaseOffset { get; }

    public int Count { get; private set; }

    public long Bytes { get; private set; }

    public bool IsFull => Count == MaxRecords;

    public ref readonly MemoryEntry this[int index] => ref _entries[index];

    public void Append(long timestampMs, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isTombstone, IReadOnlyList<RecordHeader> headers, MemoryTransaction? transaction)
    {
        var room = Take(key.Length + value.Length, out var start);
        key.CopyTo(room.AsSpan(start));
        value.CopyTo(room.AsSpan(start + key.Length));
        Add(new MemoryEntry(room, start, key.Length, value.Length, timestampMs, isTombstone, false, headers, transaction));
        Bytes += key.Length + value.Length;
    }

    public void AppendMark(long timestampMs, MemoryTransaction transaction) =>
        Add(new MemoryEntry([], 0, 0, 0, timestampMs, false, true, [], transaction));

    private void Add(in MemoryEntry entry)
    {
        if (Count == _entries.Length) Array.Resize(ref _entries, Count * 2);
        _entries[Count++] = entry;
    }

    private byte[] Take(int bytes, out int start)
    {
        if (bytes > _block.Length - _blockUsed)
        {
            // The old block stays alive through the entries in it.
            _block = GC.AllocateUninitializedArray<byte>(Math.Max(bytes, BlockBytes));
            _blockUsed = 0;
        }

        start = _blockUsed;
        _blockUsed += bytes;
        return _block;
    }
}

/// <summary>One record, or the mark that ended a transaction.</summary>
internal readonly record struct MemoryEntry(
    byte[] Block,
    int Start,
    int KeyBytes,
    int ValueBytes,
    long TimestampMs,
    bool IsTombstone,
    bool IsMark,
    IReadOnlyList<RecordHeader> Headers,
    MemoryTransaction? Transaction);
