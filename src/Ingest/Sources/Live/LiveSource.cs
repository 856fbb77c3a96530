using System.Diagnostics;
using System.IO.Pipelines;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>
/// Live rings as a source: one reader, on one thread. Its end is asked for with <see cref="Drain"/>: nothing new comes in then, and what
/// the rings hold is still read.
/// </summary>
public sealed class LiveSource : IPacketSource
{
    /// <summary>How often the kernel's counters are read: as often as an idle read returns.</summary>
    private static readonly long CounterTicks = LiveReader.IdleMs * Stopwatch.Frequency / 1000;

    /// <summary>
    /// How long a drain waits for frames that the kernel has counted and not handed over: many times the longest block timeout.
    /// </summary>
    private static readonly long DrainTicks = 5 * Stopwatch.Frequency;

    /// <summary>How long rings must be silent to be taken for empty, where the kernel does not count what it received.</summary>
    private static readonly long SilenceTicks = LiveReader.IdleMs * Stopwatch.Frequency / 1000;

    private readonly LiveRing[] _rings;
    private readonly LiveReader _reader;
    private readonly BpfFilter? _filter;
    private readonly int? _cpu;
    private CaptureProgress _progress = CaptureProgress.Start(isPcapng: false);
    private LiveCounters _counters;
    private long _countersDue;
    private long _clockOffsetNs;
    private long _drainEnd;
    private long _lastFrame;
    private bool _isPinned;
    private bool _isDisposed;

    internal LiveSource(string name, LiveRing[] rings, BpfFilter? filter, int? cpu)
    {
        (Name, _rings, _filter, _cpu) = (name, rings, filter, cpu);
        _reader = new LiveReader(rings);
        _clockOffsetNs = Polling.MonotonicOffsetNs();
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public PipeReader Reader => _reader;

    /// <inheritdoc/>
    public SourceStatistics Statistics { get; } = new();

    /// <summary>What the kernel has counted, as of at most a moment ago. Any thread may ask.</summary>
    public LiveCounters Counters
    {
        get
        {
            lock (Statistics)
                return _counters;
        }
    }

    /// <inheritdoc/>
    public long? LengthBytes => null;

    /// <inheritdoc/>
    public long PositionBytes => _reader.PositionBytes;

    /// <inheritdoc/>
    public long? ClockNs => Polling.RealtimeNs();

    /// <summary>What ended the reading before it was asked to; null where nothing did.</summary>
    public string? Failure => _rings.Select(ring => ring.Failure).FirstOrDefault(failure => failure is not null);

    /// <inheritdoc/>
    public void Start()
    {
        foreach (LiveRing ring in _rings)
            ring.Begin();
    }

    /// <inheritdoc/>
    public FrameCursor OpenCursor(in ReadResult read)
    {
        if (!_isPinned)
            Pin();
        RingView view = new()
        {
            Layout = _reader.Ring.Layout,
            Room = _reader.Ring.RoomOf(_reader.Window).Span,
            LinkType = _reader.Ring.LinkType,
            ClockOffsetNs = _clockOffsetNs,
            NowNs = Polling.RealtimeNs(),
            Filter = _filter,
        };
        return new FrameCursor(read, view, _progress, _reader.PositionBytes);
    }

    /// <inheritdoc/>
    public void AdvanceTo(scoped in FrameCursor cursor)
    {
        long before = _progress.Frames + _progress.Filtered;
        _reader.AdvanceTo(cursor.Consumed, cursor.Examined);
        _progress = cursor.Progress;
        long now = Stopwatch.GetTimestamp();
        if (_progress.Frames + _progress.Filtered > before)
            _lastFrame = now;
        if (now >= _countersDue || _drainEnd != 0)
            ReadCounters(now);
        Statistics.Publish(_progress);
        if (_drainEnd != 0 && _reader.Window.IsEmpty)
            _reader.IsAtEnd = IsDrained(now);
        if (Failure is not null)
            _reader.IsAtEnd = true;
    }

    /// <inheritdoc/>
    public bool Drain()
    {
        if (_drainEnd != 0)
            return true;
        foreach (LiveRing ring in _rings)
            ring.StopReceiving();
        _lastFrame = Stopwatch.GetTimestamp();
        _drainEnd = _lastFrame + DrainTicks;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _reader.Complete();
        foreach (LiveRing ring in _rings)
            ring.Dispose();
    }

    // Once all that the kernel says it has put in has come out; or, where it does not say, after a silence.
    private bool IsDrained(long now)
    {
        long expected = _counters.Received - _counters.Drops;
        return Array.TrueForAll(_rings, ring => ring.CountsReceived)
            ? _progress.Frames + _progress.Filtered >= expected || now >= _drainEnd
            : now - _lastFrame >= SilenceTicks;
    }

    private void ReadCounters(long now)
    {
        LiveCounters sum = default;
        foreach (LiveRing ring in _rings)
            sum += ring.ReadCounters();
        lock (Statistics)
            _counters = sum;
        _progress.KernelReceived = sum.Received;
        _progress.KernelDrops = sum.Drops;
        _clockOffsetNs = Polling.MonotonicOffsetNs();
        _countersDue = now + CounterTicks;
    }

    // At the first read, since only then is it known which thread reads.
    private void Pin()
    {
        _isPinned = true;
        if (_cpu is { } cpu)
            Affinity.Pin(cpu);
    }
}
