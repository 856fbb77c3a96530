namespace IcmpStream.Schemas;

/// <summary>
/// A reusable batch of events: blittable structs side by side, their details, and one arena for bytes of variable length. One
/// thread fills it, hands it on, and fills it again after <see cref="Clear"/>; nothing is allocated after the constructor.
/// </summary>
public sealed class EventBuffer
{
    /// <summary>
    /// Events in a batch by default: 128 KiB of events, so that a batch stays in a core's second-level cache between the decoder
    /// that writes it and the encoder that reads it.
    /// </summary>
    public const int DefaultCapacity = 1024;

    /// <summary>
    /// The most arena bytes one event can take: a whole payload (65,535) and its lists (<see cref="MaxListsBytes"/>).
    /// </summary>
    public const int MaxArenaBytesPerEvent = ushort.MaxValue + MaxListsBytes;

    /// <summary>The most bytes the four lists of one event can take: as many as an Ethernet jumbo frame could fill twice.</summary>
    public const int MaxListsBytes = 16 * 1024;

    private readonly IcmpEvent[] _events;
    private readonly IcmpEventDetail[] _details;
    private readonly byte[] _arena;
    private int _arenaUsed;

    /// <summary>
    /// Makes a buffer of <paramref name="capacity"/> events. Who reads events from a log gives the arena at least the log's largest
    /// record in <paramref name="arenaBytes"/>, so that every record fits an empty buffer.
    /// </summary>
    public EventBuffer(int capacity = DefaultCapacity, int arenaBytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(arenaBytes);
        _events = new IcmpEvent[capacity];
        _details = new IcmpEventDetail[capacity];
        _arena = new byte[Math.Max(arenaBytes, Math.Max(64 * capacity, 2 * MaxArenaBytesPerEvent))];
    }

    /// <summary>Events the buffer can hold.</summary>
    public int Capacity => _events.Length;

    /// <summary>Events in the buffer.</summary>
    public int Count { get; private set; }

    /// <summary>Details in the buffer.</summary>
    public int DetailCount { get; private set; }

    /// <summary>True when another event might not fit: hand the buffer on and clear it.</summary>
    public bool IsFull => Count == _events.Length || _arena.Length - _arenaUsed < MaxArenaBytesPerEvent;

    /// <summary>The events.</summary>
    public Span<IcmpEvent> Events => _events.AsSpan(0, Count);

    /// <summary>The details, in the order in which they were added.</summary>
    public Span<IcmpEventDetail> Details => _details.AsSpan(0, DetailCount);

    /// <summary>
    /// Adds an event, all zero but a count of 1, to be filled in place. The caller has seen <see cref="IsFull"/> false; else
    /// <see cref="InvalidOperationException"/>.
    /// </summary>
    public ref IcmpEvent Add()
    {
        if (Count == _events.Length)
            throw new InvalidOperationException("the event buffer is full");
        ref IcmpEvent added = ref _events[Count++];
        added = default;
        added.Count = 1;
        return ref added;
    }

    /// <summary>
    /// Adds <paramref name="count"/> events of which the caller writes every byte: what they hold is left from before. The caller has
    /// seen that they fit; else <see cref="ArgumentOutOfRangeException"/>.
    /// </summary>
    public Span<IcmpEvent> AddUnwritten(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_events.Length - Count), nameof(count));
        Span<IcmpEvent> added = _events.AsSpan(Count, count);
        Count += count;
        return added;
    }

    /// <summary>The room behind the events: what is written there are events once <see cref="AddUnwritten"/> has added them.</summary>
    public Span<IcmpEvent> Unwritten => _events.AsSpan(Count);

    /// <summary>
    /// Takes back the last event added, with its detail; its arena bytes stay used until <see cref="Clear"/>.
    /// </summary>
    public void RemoveLast()
    {
        Count--;
        if (_events[Count].Detail != 0)
            DetailCount--;
    }

    /// <summary>
    /// Gives the last event added a detail, all zero, to be filled in place. Calling it again for the same event gives the same
    /// detail.
    /// </summary>
    public ref IcmpEventDetail AddDetail()
    {
        ref IcmpEvent last = ref _events[Count - 1];
        if (last.Detail == 0)
        {
            _details[DetailCount] = default;
            last.Detail = ++DetailCount;
        }

        return ref _details[last.Detail - 1];
    }

    /// <summary>The detail of an event whose <see cref="IcmpEvent.Detail"/> is not 0.</summary>
    public ref IcmpEventDetail DetailOf(in IcmpEvent e) => ref _details[e.Detail - 1];

    /// <summary>
    /// Free arena bytes to write to, at least <see cref="MaxArenaBytesPerEvent"/> for a fresh event; <see cref="Commit"/> what was
    /// written.
    /// </summary>
    public Span<byte> FreeArena => _arena.AsSpan(_arenaUsed);

    /// <summary>Keeps the first <paramref name="length"/> bytes of <see cref="FreeArena"/>; returns their offset.</summary>
    public uint Commit(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)(_arena.Length - _arenaUsed), nameof(length));
        uint offset = (uint)_arenaUsed;
        _arenaUsed += length;
        return offset;
    }

    /// <summary>
    /// Keeps the first <paramref name="length"/> bytes of <see cref="FreeArena"/>, written by a <see cref="ListsWriter"/>, as the
    /// lists of a detail; 0 for none.
    /// </summary>
    public void CommitLists(ref IcmpEventDetail detail, int length)
    {
        detail.ListsOffset = Commit(length);
        detail.ListsLength = (uint)length;
    }

    /// <summary>The kept payload prefix of an event.</summary>
    public ReadOnlySpan<byte> Prefix(in IcmpEvent e) => _arena.AsSpan((int)e.PrefixOffset, e.PrefixLength);

    /// <summary>The lists of a detail, to be read item by item.</summary>
    public EventLists ListsOf(in IcmpEventDetail detail) => new(Lists(detail));

    /// <summary>The encoded lists of a detail; empty when all four are.</summary>
    public ReadOnlySpan<byte> Lists(in IcmpEventDetail detail) => _arena.AsSpan((int)detail.ListsOffset, (int)detail.ListsLength);

    /// <summary>Where the buffer stands, to go back to with <see cref="Rewind"/>.</summary>
    internal (int Count, int DetailCount, int ArenaUsed) Mark => (Count, DetailCount, _arenaUsed);

    /// <summary>Forgets what came after a mark: a record that turned out malformed halfway leaves nothing.</summary>
    internal void Rewind((int Count, int DetailCount, int ArenaUsed) mark) => (Count, DetailCount, _arenaUsed) = mark;

    /// <summary>Empties the buffer; spans and references handed out before are no longer valid.</summary>
    public void Clear()
    {
        Count = 0;
        DetailCount = 0;
        _arenaUsed = 0;
    }
}
