namespace IcmpStream.Processor.State;

/// <summary>
/// Messages in chunks of 16, chained: what waits for event time, by slot and key group. 256 groups times the few slots that are open
/// are appended to in turn, so each has one chunk that is half full on average and no array that doubles.
/// </summary>
/// <remarks>
/// A place is a number that finds a message: chunk * 16 + offset. Chunks are given back whole and used again; pages of 1 MiB are
/// never given back, so the pool keeps the size of the worst that it held, which <see cref="OpenSlots"/> bounds.
/// </remarks>
public sealed class MessagePool
{
    /// <summary>Messages in a chunk.</summary>
    public const int ChunkMessages = 1 << ChunkBits;

    private const int ChunkBits = 4;
    private const int PageBits = 14;

    private readonly List<PairMessage[]> _list = [];
    private PairMessage[][] _pages = [];
    private int[] _next = [];
    private int _free;
    private int _used;

    /// <summary>A message by its place.</summary>
    public ref PairMessage this[int place] => ref _pages[place >> PageBits][place & ((1 << PageBits) - 1)];

    /// <summary>The messages of a chunk.</summary>
    public Span<PairMessage> Chunk(int chunk) =>
        _pages[chunk >> (PageBits - ChunkBits)].AsSpan((chunk << ChunkBits) & ((1 << PageBits) - 1), ChunkMessages);

    /// <summary>The page that a chunk is in, and the place of its first message there.</summary>
    public PairMessage[] PageOf(int chunk, out int first)
    {
        first = (chunk << ChunkBits) & ((1 << PageBits) - 1);
        return _pages[chunk >> (PageBits - ChunkBits)];
    }

    /// <summary>Bytes of its memory.</summary>
    public long Bytes => (long)_pages.Length << PageBits;

    /// <summary>
    /// Reads from each message of a chunk that is going to be filled: the lines are then fetched side by side, where stores, which leave a
    /// core in order, would wait for one after the other. The sum means nothing.
    /// </summary>
    public long Touch(int chunk)
    {
        ReadOnlySpan<PairMessage> messages = Chunk(chunk);
        long sum = messages[^1].Bytes;
        foreach (ref readonly PairMessage message in messages)
            sum += message.TimeNs;
        return sum;
    }

    /// <summary>Takes a chunk; its number is above 0.</summary>
    public int Take()
    {
        if (_free != 0)
        {
            int taken = _free;
            _free = _next[taken];
            _next[taken] = 0;
            return taken;
        }

        // Chunk 0 is never given out, so that 0 can say that there is none.
        _used++;
        if (_used >= _next.Length)
            Grow();
        return _used;
    }

    /// <summary>The chunk behind another; 0 at the end.</summary>
    public int Next(int chunk) => _next[chunk];

    /// <summary>Chains a chunk behind another.</summary>
    public void Chain(int chunk, int next) => _next[chunk] = next;

    /// <summary>Gives a chain back.</summary>
    public void Free(int first, int last)
    {
        _next[last] = _free;
        _free = first;
    }

    private void Grow()
    {
        _list.Add(new PairMessage[1 << PageBits]);
        _pages = [.. _list];
        Array.Resize(ref _next, _pages.Length << (PageBits - ChunkBits));
    }
}
