namespace IcmpStream.Schemas;

/// <content>The marks of a partial: what rules need beyond the counts.</content>
public sealed partial class PartialBuffer
{
    /// <summary>The most marks in a record: two for each of the most counts would be a flood of errors from random sources.</summary>
    public const int MaxMarks = 2 * MaxCounts;

    /// <summary>The most samples of one mark.</summary>
    public const int MaxSamplesPerMark = 2;

    /// <summary>The most samples in a record: they are of loud or chosen flows alone.</summary>
    public const int MaxSamples = MaxCounts;

    private PartialMark[] _marks = [];
    private MarkSample[] _samples = [];
    private int _samplesUsed;

    /// <summary>Marks in the buffer.</summary>
    public int MarkCount { get; private set; }

    /// <summary>The marks.</summary>
    public Span<PartialMark> Marks => _marks.AsSpan(0, MarkCount);

    private bool AreMarksFull => MarkCount == MaxMarks || _samplesUsed > MaxSamples - MaxSamplesPerMark;

    /// <summary>Adds a mark, all zero, to be filled in place. Throws <see cref="InvalidOperationException"/> when full.</summary>
    public ref PartialMark AddMark()
    {
        if (MarkCount == MaxMarks)
            throw new InvalidOperationException("the partial buffer is full");
        Grow(ref _marks, MarkCount + 1, MaxMarks);
        ref PartialMark added = ref _marks[MarkCount++];
        added = default;
        return ref added;
    }

    /// <summary>Room for the peers of the last mark added, to be filled ascending; as <see cref="AddPeers"/>.</summary>
    public Span<Address> AddMarkPeers(int length)
    {
        ref PartialMark last = ref LastMark(length, MaxPeersPerCount, _peersUsed, MaxPeers);
        (last.PeersOffset, last.PeersLength) = (_peersUsed, (byte)length);
        return Take(ref _peers, ref _peersUsed, length, MaxPeers);
    }

    /// <summary>Room for the <see cref="SketchBytes"/> of the last mark added; not cleared.</summary>
    public Span<byte> AddMarkSketch()
    {
        ref PartialMark last = ref LastMark(1, 1, _sketchesUsed / SketchBytes, MaxSketches);
        (last.SketchOffset, last.HasSketch) = (_sketchesUsed, true);
        return Take(ref _sketches, ref _sketchesUsed, SketchBytes, MaxSketches * SketchBytes);
    }

    /// <summary>Room for the samples of the last mark added, ascending.</summary>
    public Span<MarkSample> AddMarkSamples(int length)
    {
        ref PartialMark last = ref LastMark(length, MaxSamplesPerMark, _samplesUsed, MaxSamples);
        (last.SamplesOffset, last.SamplesLength) = (_samplesUsed, (byte)length);
        return Take(ref _samples, ref _samplesUsed, length, MaxSamples);
    }

    /// <summary>The peers of a mark.</summary>
    public ReadOnlySpan<Address> Peers(in PartialMark mark) => _peers.AsSpan(mark.PeersOffset, mark.PeersLength);

    /// <summary>The sketch of a mark; empty where it has none.</summary>
    public ReadOnlySpan<byte> Sketch(in PartialMark mark) => _sketches.AsSpan(mark.SketchOffset, mark.HasSketch ? SketchBytes : 0);

    /// <summary>The samples of a mark.</summary>
    public ReadOnlySpan<MarkSample> Samples(in PartialMark mark) => _samples.AsSpan(mark.SamplesOffset, mark.SamplesLength);

    private int MaxEncodedMarkBytes => (MarkCount * EncodedMark.Mark) + (_samplesUsed * EncodedMark.Sample);

    private void ClearMarks() => (MarkCount, _samplesUsed) = (0, 0);

    private ref PartialMark LastMark(int length, int most, int used, int limit)
    {
        if ((uint)length > (uint)most || used + length > limit)
            throw new InvalidOperationException($"a mark takes at most {most} of these, a record {limit}");
        return ref _marks[MarkCount - 1];
    }

    private static class EncodedMark
    {
        public const int Mark = 5 + 1 + Address.Size + (4 * 10) + (2 * (10 + 1)) + 10;
        public const int Sample = 10 + (2 * Address.Size) + (3 * 5) + 10 + 1 + 10;
    }
}
