namespace IcmpStream.Ingest.Publish;

/// <summary>
/// Makes a replay as fast as the capture was, or a multiple of it: says how long to wait before a frame of a given time. The
/// wall clock decides when a frame is sent, never what it says.
/// </summary>
/// <param name="speed">1 for the capture's own speed, 2 for twice as fast.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class ReplayPace(double speed, TimeProvider clock)
{
    /// <summary>
    /// A longer pause in the capture is shortened to this: a broken clock in a capture must not stop its replay for years.
    /// </summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private bool _started;
    private long _firstNs;
    private long _startedAt;

    /// <summary>How long to wait before a frame of this time; zero when it is due.</summary>
    public TimeSpan UntilDue(long timeNs)
    {
        if (!_started)
        {
            _started = true;
            _firstNs = timeNs;
            _startedAt = clock.GetTimestamp();
            return TimeSpan.Zero;
        }

        double dueTicks = ((double)timeNs - _firstNs) / speed / TimeSpan.NanosecondsPerTick;
        double waitTicks = dueTicks - clock.GetElapsedTime(_startedAt).Ticks;
        if (waitTicks <= 0)
            return TimeSpan.Zero;
        if (waitTicks <= LongestPause.Ticks)
            return new TimeSpan((long)waitTicks);

        // The pause counts from here, so that what follows keeps its distance.
        _firstNs = timeNs;
        _startedAt = clock.GetTimestamp() + (long)(LongestPause.TotalSeconds * clock.TimestampFrequency);
        return LongestPause;
    }
}
