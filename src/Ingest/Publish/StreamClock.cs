using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>
/// Event time of one stream. It follows the highest frame time, judges once and for all which events are late, and gives the
/// watermark that travels with them. Nothing but frame times moves it, and, where a live source is idle, the clock that stamps its frames.
/// </summary>
/// <remarks>
/// One frame with a broken clock must not make every later event late. So a time more than an hour ahead counts only when
/// <see cref="AgreeingFrames"/> more frames in a row are with it, and time starts only when two frames in a row are within an
/// hour of each other. A clock that steps back by more than the allowed lateness does make its events late until it has caught
/// up: they go to <c>icmp.late.v1</c>, counted.
/// </remarks>
public sealed class StreamClock
{
    /// <summary>
    /// Allowed lateness, ns: 500 ms. Frames of one reader are out of order by interrupt coalescing and by merging of queues, both
    /// far below it; a larger value only delays every result.
    /// </summary>
    public const long DefaultAllowedLatenessNs = 500_000_000;

    /// <summary>A frame further ahead than this, ns, is doubted: one hour, more than any daylight or leap adjustment.</summary>
    public const long DoubtNs = 3_600_000_000_000;

    /// <summary>How many further frames must agree with a doubted one before time follows them.</summary>
    public const int AgreeingFrames = 64;

    private readonly long _allowedLatenessNs;
    private bool _started;
    private long _highestNs;
    private long _doubtedNs;
    private int _agreeing;
    private bool _doubting;

    /// <summary>Makes a clock that has seen nothing.</summary>
    /// <param name="allowedLatenessNs">How far below the highest time an event may be, ns, 0 or more.</param>
    public StreamClock(long allowedLatenessNs = DefaultAllowedLatenessNs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(allowedLatenessNs);
        _allowedLatenessNs = allowedLatenessNs;
    }

    /// <summary>
    /// Every later event that is not late has a time at or above this, ns since the epoch;
    /// <see cref="BatchEnvelope.NoWatermark"/> before time has started.
    /// </summary>
    public long WatermarkNs => _started ? LowestAllowed() : BatchEnvelope.NoWatermark;

    /// <summary>Takes notice of a frame's time, ns since the epoch; true when the frame is late.</summary>
    public bool Observe(long timeNs)
    {
        if (_started && Distance(timeNs, _highestNs) <= DoubtNs)
        {
            _doubting = false;
            if (timeNs >= _highestNs)
            {
                _highestNs = timeNs;
                return false;
            }

            return timeNs < LowestAllowed();
        }

        return ObserveDoubtful(timeNs);
    }

    private bool ObserveDoubtful(long timeNs)
    {
        if (_started && timeNs < _highestNs)
        {
            _doubting = false;
            return true;
        }

        if (_doubting && Distance(timeNs, _doubtedNs) <= DoubtNs)
        {
            _doubtedNs = Math.Max(_doubtedNs, timeNs);
            _agreeing++;
            if (!_started || _agreeing >= AgreeingFrames)
            {
                _started = true;
                _highestNs = _doubtedNs;
                _doubting = false;
            }
        }
        else
        {
            _doubting = true;
            _doubtedNs = timeNs;
            _agreeing = 0;
        }

        // Not below the watermark, whether or not time has followed it; but it may be the lower one of the two that started time.
        return _started && timeNs < LowestAllowed();
    }

    /// <summary>
    /// Takes notice that a live source's own clock, the one that stamps its frames, has come this far and nothing older is still to
    /// come but what the allowed lateness covers: so an idle stream does not hold others back.
    /// </summary>
    public void Pass(long nowNs)
    {
        if (_started && nowNs <= _highestNs)
            return;
        _started = true;
        _highestNs = nowNs;
        _doubting = false;
    }

    /// <summary>The highest watermark there can be once frames of times up to <paramref name="timeNs"/> have been observed.</summary>
    public long HighestWatermarkNs(long timeNs)
    {
        long highestNs = _doubting ? Math.Max(timeNs, _doubtedNs) : timeNs;
        return LowestAllowed(_started ? Math.Max(highestNs, _highestNs) : highestNs);
    }

    private long LowestAllowed() => LowestAllowed(_highestNs);

    // Saturating: a capture may hold any 64-bit time.
    private long LowestAllowed(long highestNs) => highestNs < long.MinValue + 1 + _allowedLatenessNs ? long.MinValue + 1 : highestNs - _allowedLatenessNs;

    private static ulong Distance(long a, long b) => a >= b ? (ulong)a - (ulong)b : (ulong)b - (ulong)a;
}
