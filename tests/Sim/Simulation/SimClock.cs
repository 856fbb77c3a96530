namespace IcmpStream.Sim;

/// <summary>A clock that stands still unless it is moved.</summary>
internal sealed class SimClock : TimeProvider
{
    private long _ticks = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan by) => _ticks += by.Ticks;
}
