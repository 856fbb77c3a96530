using System.Diagnostics;

namespace IcmpStream.Fuzz.Running;

/// <summary>Says when one case takes too long. A case takes microseconds; the limit allows for a machine that does much else.</summary>
public sealed class Watchdog : IDisposable
{
    /// <summary>How long a case may take.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Timer _timer;
    private readonly Action<long> _onHang;
    private long _current = -1;
    private long _seen = -1;
    private long _seenAt = Stopwatch.GetTimestamp();

    /// <summary>Starts watching; <paramref name="onHang"/> gets the case's number, on a thread of its own.</summary>
    public Watchdog(Action<long> onHang)
    {
        _onHang = onHang;
        _timer = new Timer(_ => Look(), state: null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>Notes that a case begins.</summary>
    public void Begin(long iteration) => Volatile.Write(ref _current, iteration);

    /// <summary>Stops watching.</summary>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long current = Volatile.Read(ref _current);
        if (current != _seen)
        {
            _seen = current;
            _seenAt = Stopwatch.GetTimestamp();
        }
        else if (current >= 0 && Stopwatch.GetElapsedTime(_seenAt) > Limit)
        {
            _onHang(current);
        }
    }
}
