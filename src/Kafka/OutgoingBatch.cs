using System.Runtime.CompilerServices;

namespace IcmpStream.Kafka;

/// <summary>
/// Records for one topic, gathered to be appended together: the unit of every write to the log. It is a growing buffer that an
/// owner fills, hands to an appender, clears and fills again; once it has its size it allocates nothing.
/// </summary>
/// <remarks>
/// Bytes are copied in (or written in place through <see cref="Reserve"/>), and an appender copies them out before it returns, so a
/// batch is its owner's again at once. The memory is pinned: the native producer passes addresses. One thread at a time.
/// </remarks>
public sealed class OutgoingBatch
{
    /// <summary>The largest batch, bytes: spans and the entries' offsets are 32-bit, and no queue is meant to hold so much.</summary>
    public const int MaxBytes = 1 << 30;

    private const int InitialBytes = 16 * 1024;
    private const int InitialRecords = 64;

    private byte[] _bytes;
    private Entry[] _entries;
    private int _used;
    private int _reserved;
    private Dictionary<int, IReadOnlyList<RecordHeader>>? _headers;

    /// <summary>Makes an empty batch for a topic.</summary>
    public OutgoingBatch(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        Topic = topic;
        _bytes = GC.AllocateUninitializedArray<byte>(InitialBytes, pinned: true);
        _entries = new Entry[InitialRecords];
    }

    /// <summary>The topic that all records go to.</summary>
    public string Topic { get; }

    /// <summary>How many records there are.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of keys and values.</summary>
    public int Bytes => _used;

    /// <summary>A record by its place.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0..<see cref="Count"/>-1.</exception>
    public OutgoingRecord this[int index]
    {
        get
        {
            ref readonly var entry = ref EntryAt(index);
            IReadOnlyList<RecordHeader> headers = [];
            if (entry.HasHeaders && _headers is not null) headers = _headers[index];
            return new OutgoingRecord(
                entry.Partition,
                _bytes.AsSpan(entry.Start, entry.KeyBytes),
                _bytes.AsSpan(entry.Start + entry.KeyBytes, entry.ValueBytes),
                entry.IsTombstone,
                headers);
        }
    }

    /// <summary>The memory that <see cref="Locate"/> speaks of; pinned, so that its addresses hold.</summary>
    internal Span<byte> Pinned => _bytes.AsSpan(0, _used);

    /// <summary>Bytes of one record's key and value: what it counts for against a queue's limit.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0..<see cref="Count"/>-1.</exception>
    public int BytesOf(int index)
    {
        ref readonly var entry = ref EntryAt(index);
        return entry.KeyBytes + entry.ValueBytes;
    }

    /// <summary>Copies a record in. An empty key means none.</summary>
    public void Add(int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var room = Reserve(checked(key.Length + value.Length));
        key.CopyTo(room);
        value.CopyTo(room[key.Length..]);
        Commit(partition, key.Length, value.Length);
    }

    /// <summary>Copies a record with headers in; the headers themselves are kept by reference.</summary>
    public void Add(int partition, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, IReadOnlyList<RecordHeader> headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        Add(partition, key, value);
        if (headers.Count == 0) return;
        (_headers ??= [])[Count - 1] = headers;
        _entries[Count - 1].HasHeaders = true;
    }

    /// <summary>Adds a record that deletes its key from a compacted topic.</summary>
    public void AddTombstone(int partition, ReadOnlySpan<byte> key)
    {
        Add(partition, key, []);
        _entries[Count - 1].IsTombstone = true;
    }

    /// <summary>Copies a record of another batch in, with all that it has.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The other batch has no such record.</exception>
    public void AddFrom(OutgoingBatch other, int index)
    {
        ArgumentNullException.ThrowIfNull(other);
        var record = other[index];
        Add(record.Partition, record.Key, record.Value, record.Headers);
        _entries[Count - 1].IsTombstone = record.IsTombstone;
    }

    /// <summary>
    /// Room to write a record in place, the key first and the value right behind it. It ends with the next call on the batch, which
    /// is <see cref="Commit"/> if the record is to stay.
    /// </summary>
    /// <param name="maxBytes">The most bytes that key and value together can take.</param>
    /// <exception cref="InvalidOperationException">The batch would be larger than <see cref="MaxBytes"/>.</exception>
    public Span<byte> Reserve(int maxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxBytes);
        if (maxBytes > _bytes.Length - _used) Grow(maxBytes);
        _reserved = maxBytes;
        return _bytes.AsSpan(_used, maxBytes);
    }

    /// <summary>Keeps the record written into the room last reserved.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Key and value are longer than what was reserved, or the partition is negative.</exception>
    public void Commit(int partition, int keyBytes, int valueBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        ArgumentOutOfRangeException.ThrowIfNegative(keyBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(valueBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(valueBytes, _reserved - keyBytes);
        if (Count == _entries.Length) Array.Resize(ref _entries, Count * 2);
        _entries[Count++] = new Entry { Partition = partition, Start = _used, KeyBytes = keyBytes, ValueBytes = valueBytes };
        _used += keyBytes + valueBytes;
        _reserved = 0;
    }

    /// <summary>Forgets all records and keeps the memory.</summary>
    public void Clear()
    {
        Count = 0;
        _used = 0;
        _reserved = 0;
        _headers?.Clear();
    }

    /// <summary>Where a record's bytes are.</summary>
    internal ref readonly Entry Locate(int index) => ref EntryAt(index);

    private ref readonly Entry EntryAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return ref _entries[index];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int more)
    {
        var needed = (long)_used + more;
        if (needed > MaxBytes) throw new InvalidOperationException($"a batch of {needed} bytes is over the limit of {MaxBytes}");
        var larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(MaxBytes, Math.Max(needed, _bytes.Length * 2L)), pinned: true);
        _bytes.AsSpan(0, _used).CopyTo(larger);
        _bytes = larger;
    }

    /// <summary>A record: its key at <see cref="Start"/>, its value right behind.</summary>
    internal struct Entry
    {
        public int Partition;
        public int Start;
        public int KeyBytes;
        public int ValueBytes;
        public bool IsTombstone;
        public bool HasHeaders;
    }
}
