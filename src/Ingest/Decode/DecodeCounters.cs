using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Frames by outcome. One thread counts; others may read at any time and see each number as it was a moment ago.
/// </summary>
public sealed class DecodeCounters
{
    private const int Outcomes = byte.MaxValue + 1;

    private readonly long[] _frames = new long[Outcomes];

    /// <summary>Frames with this outcome.</summary>
    public long this[DecodeOutcome outcome] => Volatile.Read(ref _frames[(byte)outcome]);

    /// <summary>All frames.</summary>
    public long Frames => Sum(0, Outcomes);

    /// <summary>Frames that became an event.</summary>
    public long Events => Sum(0, (int)DecodeOutcome.NotIcmp);

    /// <summary>Counts a frame.</summary>
    public void Count(DecodeOutcome outcome) => _frames[(byte)outcome]++;

    /// <summary>Counts frames alike.</summary>
    internal void Count(DecodeOutcome outcome, int frames) => _frames[(byte)outcome] += frames;

    /// <summary>Moves a frame from one outcome to another, which more was needed to know.</summary>
    internal void Recount(DecodeOutcome from, DecodeOutcome to)
    {
        _frames[(byte)from]--;
        _frames[(byte)to]++;
    }

    private long Sum(int from, int to)
    {
        long sum = 0;
        for (int outcome = from; outcome < to; outcome++)
            sum += Volatile.Read(ref _frames[outcome]);
        return sum;
    }
}
