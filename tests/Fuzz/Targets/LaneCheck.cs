using IcmpStream.Fuzz.Frames;
using IcmpStream.Fuzz.Native;
using IcmpStream.Fuzz.Running;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>
/// The accelerated decoder against the scalar one. It decodes frames side by side, so a frame is put among others, sound ones of
/// several kinds and itself, in places that depend on its bytes; every one of them must come out as the scalar decoder has it.
/// <code>
///   memory   |others, one behind the other| ... |the frame| no access |
///   batch    other, frame, other, other, frame, ...    up to as many as a batch holds
/// </code>
/// </summary>
public sealed class LaneCheck : IDisposable
{
    private readonly FrameDecoder[] _fast = [.. ScalarDecoder.Settings.Select(options => new FrameDecoder(options with { Accelerated = true }))];
    private readonly EventBuffer[] _expected;
    private readonly FrameInfo[] _infos;
    private readonly int[] _offsets;
    private readonly DecodeOutcome[][] _outcomes;
    private readonly int[][] _events;
    private readonly FrameBatch _batch = new();
    private readonly int[] _lanes = new int[FrameBatch.Capacity];
    private readonly EventBuffer _decoded = new(FrameBatch.Capacity, (FrameBatch.Capacity + 2) * EventBuffer.MaxArenaBytesPerEvent);
    private readonly GuardedPages _pages;

    /// <summary>Takes the sound frames from what is generated and made for each message type.</summary>
    public LaneCheck()
    {
        SeedFrame[] others = Others();
        _pages = new GuardedPages(others.Sum(frame => frame.Bytes.Length) + FuzzCase.MaxBytes);
        _infos = new FrameInfo[others.Length];
        _offsets = new int[others.Length];
        int offset = 0;
        for (int i = 0; i < others.Length; i++)
        {
            uint captured = (uint)others[i].Bytes.Length;
            _infos[i] = new FrameInfo(1_600_000_000_000_000_000 + i, 1000 + i, captured, captured, section: 1, interfaceId: (ushort)i, others[i].LinkType);
            _offsets[i] = offset;
            others[i].Bytes.CopyTo(_pages.All[offset..]);
            offset += others[i].Bytes.Length;
        }

        _expected = new EventBuffer[ScalarDecoder.Settings.Count];
        _outcomes = new DecodeOutcome[_expected.Length][];
        _events = new int[_expected.Length][];
        for (int variant = 0; variant < _expected.Length; variant++)
            Expect(others, variant);
    }

    /// <summary>Frames that the accelerated decoder has decoded, the sound ones among them.</summary>
    public long Frames { get; private set; }

    /// <summary>Checks a frame of which the scalar decoder has said <paramref name="outcome"/>, with the event in <paramref name="expected"/>.</summary>
    public string? Check(FuzzCase made, in FrameInfo info, DecodeOutcome outcome, EventBuffer expected)
    {
        _pages.PlaceLast(made.Bytes);
        Fill(XxHash64.Hash(made.Bytes), info);
        FrameDecoder decoder = _fast[made.Variant % _fast.Length];
        long allocated = 0;
        int decoded = 0;
        for (int attempt = 0; attempt < 2; attempt++)
        {
            _decoded.Clear();
            long before = GC.GetAllocatedBytesForCurrentThread();
            decoded = decoder.Decode(_pages.All, _batch, _decoded);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated == 0)
                break;
        }

        Frames += decoded;
        if (allocated != 0)
            return $"accelerated allocates {allocated} bytes";
        if (decoded != _batch.Count)
            return $"accelerated decodes {decoded} frames of {_batch.Count}";
        return Compare(made.Variant % _fast.Length, outcome, expected);
    }

    /// <summary>Gives the guarded memory back.</summary>
    public void Dispose() => _pages.Dispose();

    // What is common in captures, and some that the lanes have to leave to others.
    private static SeedFrame[] Others()
    {
        SeedFrame[] messages = MessageFrames.All();
        return [.. SeedFrames.Generated().Where(frame => frame.Bytes.Length < 300), .. messages.Where((_, index) => index % 9 == 0)];
    }

    private void Expect(SeedFrame[] others, int variant)
    {
        FrameDecoder scalar = new(ScalarDecoder.Settings[variant]);
        EventBuffer events = new(others.Length, (others.Length + 2) * EventBuffer.MaxArenaBytesPerEvent);
        _expected[variant] = events;
        _outcomes[variant] = new DecodeOutcome[others.Length];
        _events[variant] = new int[others.Length];
        for (int i = 0; i < others.Length; i++)
        {
            _events[variant][i] = events.Count;
            _outcomes[variant][i] = scalar.Decode(_infos[i], others[i].Bytes, events);
        }
    }

    // At least one lane is the frame, and often all of a group of eight are.
    private void Fill(ulong chance, in FrameInfo info)
    {
        _batch.Clear();
        uint bits = (uint)(chance >> 32);
        int most = (bits & 7) switch { 0 => FrameBatch.Capacity, 1 => 16, _ => 8 };
        int count = (bits & 24) == 0 ? 1 + (int)(chance % (uint)most) : most;
        uint places = (bits >> 5 & 3) == 0 ? uint.MaxValue : (uint)chance;
        for (int lane = 0; lane < count; lane++)
        {
            int other = (int)(((bits >> 8) + (uint)lane) % (uint)_infos.Length);
            bool isFrame = (places >> lane & 1) != 0 || lane == count - 1;
            _lanes[lane] = isFrame ? -1 : other;
            if (isFrame)
                _batch.Add(info, _pages.CapacityBytes - (int)info.CapturedBytes);
            else
                _batch.Add(_infos[other], _offsets[other]);
        }
    }

    private string? Compare(int variant, DecodeOutcome outcome, EventBuffer expected)
    {
        int found = 0;
        for (int lane = 0; lane < _batch.Count; lane++)
        {
            int other = _lanes[lane];
            DecodeOutcome wanted = other < 0 ? outcome : _outcomes[variant][other];
            DecodeOutcome actual = _batch.Outcomes[lane];
            if (actual != wanted)
                return $"accelerated says {actual} of {Which(other)}, not {wanted}";
            if (wanted >= DecodeOutcome.NotIcmp)
                continue;
            string? difference = other < 0
                ? EventComparison.Difference(expected, 0, _decoded, found)
                : EventComparison.Difference(_expected[variant], _events[variant][other], _decoded, found);
            if (difference is not null)
                return $"accelerated differs in {Which(other)}: {difference}";
            found++;
        }

        return found == _decoded.Count ? null : $"accelerated adds {_decoded.Count} events for {found}";
    }

    private static string Which(int other) => other < 0 ? "the frame" : $"a frame beside it ({other})";
}
