using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Frames that are decoded in one call: what the source knows of each, where each is, and what became of it. Reused; allocates
/// nothing after the constructor.
/// </summary>
public sealed class FrameBatch
{
    /// <summary>
    /// Frames in a batch: enough to overlap the latencies of several groups of eight, few enough to stay in the first-level cache
    /// with all that is computed of them.
    /// </summary>
    public const int Capacity = 32;

    private readonly FrameInfo[] _infos = new FrameInfo[Capacity];
    private readonly int[] _offsets = new int[Capacity];
    private readonly DecodeOutcome[] _outcomes = new DecodeOutcome[Capacity];

    /// <summary>Decoding stops behind a frame that a <see cref="FragmentStage"/> has to take before the next one.</summary>
    public bool StopsAtFragments { get; init; }

    /// <summary>Frames in the batch.</summary>
    public int Count { get; private set; }

    /// <summary>What the source knows of each frame.</summary>
    public ReadOnlySpan<FrameInfo> Infos => _infos.AsSpan(0, Count);

    /// <summary>What became of each frame; those below <see cref="DecodeOutcome.NotIcmp"/> have an event, in the same order.</summary>
    public ReadOnlySpan<DecodeOutcome> Outcomes => _outcomes.AsSpan(0, Count);

    /// <summary>What the source knows of each frame, to be set right before they are decoded.</summary>
    internal Span<FrameInfo> Sources => _infos.AsSpan(0, Count);

    internal ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, Count);

    internal Span<DecodeOutcome> Verdicts => _outcomes;

    /// <summary>
    /// Adds a frame that starts <paramref name="offset"/> bytes into the memory that the batch is decoded from, and has
    /// <see cref="FrameInfo.CapturedBytes"/>. There must be room.
    /// </summary>
    public void Add(in FrameInfo info, int offset)
    {
        _offsets[Count] = offset;
        _infos[Count++] = info;
    }

    /// <summary>Forgets all frames.</summary>
    public void Clear() => Count = 0;

    /// <summary>A frame's bytes in the memory that the batch is decoded from.</summary>
    internal ReadOnlySpan<byte> FrameIn(ReadOnlySpan<byte> memory, int index) => memory.Slice(_offsets[index], (int)_infos[index].CapturedBytes);

    /// <summary>Refills the batch with at most <paramref name="limit"/> frames of a cursor.</summary>
    internal int Read(ref FrameCursor cursor, int limit)
    {
        limit = Math.Min(limit, Capacity);
        Count = cursor.ReadMany(_infos.AsSpan(0, limit), _offsets.AsSpan(0, limit));
        return Count;
    }

    internal void Truncate(int count) => Count = count;
}
