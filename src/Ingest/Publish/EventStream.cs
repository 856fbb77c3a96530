using System.IO.Pipelines;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>
/// One reader at work: frames of a source become events, late ones are marked, and batches with the stream's watermark go to a
/// sink. The books it keeps are exact: frames read = events handed on + frames by named outcome.
/// </summary>
/// <remarks>One thread at a time calls it; the counters may be read from any.</remarks>
public sealed class EventStream
{
    /// <summary>
    /// Event time after which a batch goes on though it is not full, ns: one slot of the processor. Sooner would tell nobody more.
    /// </summary>
    public const long TickNs = 100_000_000;

    /// <summary>Time between the last frame of one reading of a capture and the first of the next, ns.</summary>
    public const long LoopGapNs = 1_000_000;

    private readonly FrameDecoder _decoder;
    private readonly FragmentStage _fragments;
    private readonly IEventSink _sink;
    private readonly StreamClock _clock;
    private readonly EventBuffer _events;
    private readonly TimeProvider _wallClock;
    private readonly ReplayPace? _pace;
    private BatchEnvelope _batch;
    private long _watermarkHandedOnNs = BatchEnvelope.NoWatermark;
    private long _eventsHandedOn;
    private long _lateEvents;
    private long _framesBefore;
    private long _dropsBefore;
    private long _shiftNs;
    private long _firstNs;
    private long _lastNs;
    private bool _finished;

    /// <summary>Makes a stream that has read nothing.</summary>
    /// <param name="options">What it is; validated here.</param>
    /// <param name="decoder">The decoder, used by this stream alone.</param>
    /// <param name="sink">Where the events go.</param>
    /// <param name="clock">The wall clock that paces a replay; null for the system's.</param>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public EventStream(StreamOptions options, FrameDecoder decoder, IEventSink sink, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _decoder = decoder;
        _fragments = new FragmentStage(decoder);
        _sink = sink;
        _clock = new StreamClock(options.AllowedLatenessNs);
        _events = new EventBuffer(options.BatchEvents);
        _wallClock = clock ?? TimeProvider.System;
        _pace = options.Speed is { } speed ? new ReplayPace(speed, _wallClock) : null;
        _batch = new BatchEnvelope
        {
            Sensor = options.Sensor,
            Domain = options.Domain ?? StreamOptions.DomainOf(options.Run),
            Run = options.Run,
            Stream = options.Stream,
            WatermarkNs = BatchEnvelope.NoWatermark,
        };
    }

    /// <summary>Outcomes of all frames read so far; they add up to <see cref="FramesRead"/>.</summary>
    public DecodeCounters Outcomes => _decoder.Counters;

    /// <summary>The books of datagrams that came in fragments.</summary>
    public DatagramCounters Datagrams => _fragments.Counters;

    /// <summary>Frames read so far.</summary>
    public long FramesRead => Volatile.Read(ref _batch.Seen);

    /// <summary>Events handed on so far.</summary>
    public long EventsHandedOn => Volatile.Read(ref _eventsHandedOn);

    /// <summary>Late ones among the events handed on.</summary>
    public long LateEvents => Volatile.Read(ref _lateEvents);

    /// <summary>The stream's observation domain.</summary>
    public uint Domain => _batch.Domain;

    /// <summary>
    /// Reads a source to its end, or until cancelled; both are proper ends, and what was read has been handed on. A live source is
    /// drained first: what its ring holds when the reading is cancelled is read. May be called
    /// again, for a replay in a loop: the frames then get numbers and times behind those already read.
    /// </summary>
    /// <param name="source">A started source; the caller disposes of it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task ReadAsync(IPacketSource source, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (_batch.Seen > 0)
            _shiftNs = Saturate((Int128)_lastNs + LoopGapNs - _firstNs);
        (_framesBefore, _dropsBefore) = (_batch.Seen, _batch.KernelDrops);

        bool more = true, isDraining = false;
        while (more)
        {
            if (cancellationToken.IsCancellationRequested && !isDraining)
            {
                isDraining = source.Drain();
                if (!isDraining)
                    break;
            }

            if (!source.Reader.TryRead(out ReadResult read))
            {
                // The source has nothing for now: what is decoded must not wait for it.
                HandOnEvents();
                try
                {
                    read = await source.Reader.ReadAsync(isDraining ? CancellationToken.None : cancellationToken);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    continue;
                }
            }

            FrameCursor cursor = source.OpenCursor(read);
            long seen = _batch.Seen;
            TimeSpan pause = ReadFrames(ref cursor);
            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
            Volatile.Write(ref _batch.KernelDrops, _dropsBefore + source.Statistics.KernelDrops);
            if (_batch.Seen == seen && source.ClockNs is { } nowNs)
                PassIdleTime(nowNs);
            if (pause > TimeSpan.Zero)
            {
                HandOnEvents();
                await WaitAsync(pause, cancellationToken);
                more = true;
            }
        }

        HandOnEvents();
    }

    /// <summary>Ends the stream in the log: nothing follows. Called once, behind the last <see cref="ReadAsync"/>.</summary>
    public void Finish()
    {
        if (_finished)
            throw new InvalidOperationException("the stream has been finished before");
        _finished = true;
        _batch.Final = true;
        HandOn();
    }

    // Nothing came, and time goes on all the same: others wait for this stream's watermark.
    private void PassIdleTime(long nowNs)
    {
        _clock.Pass(nowNs);
        if (IsTickDue())
            HandOn();
    }

    private TimeSpan ReadFrames(ref FrameCursor cursor)
    {
        FrameCursor before = cursor;
        while (cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
        {
            long timeNs = _shiftNs == 0 ? info.TimeNs : Saturate((Int128)info.TimeNs + _shiftNs);
            if (_pace is not null)
            {
                TimeSpan pause = _pace.UntilDue(timeNs);
                if (pause > TimeSpan.Zero)
                {
                    cursor = before;
                    return pause;
                }

                before = cursor;
            }

            Take(info, timeNs, frame);
            if (_events.IsFull || (_clock.WatermarkNs != _watermarkHandedOnNs && IsTickDue()))
                HandOn();
        }

        return TimeSpan.Zero;
    }

    private void Take(in FrameInfo read, long timeNs, ReadOnlySpan<byte> frame)
    {
        FrameInfo info = _framesBefore == 0 ? read : Shifted(read, timeNs);
        if (_batch.Seen == 0)
            _firstNs = _lastNs = timeNs;
        _lastNs = Math.Max(_lastNs, timeNs);
        Volatile.Write(ref _batch.Seen, _batch.Seen + 1);

        bool late = _clock.Observe(timeNs);
        if (_clock.WatermarkNs >= _fragments.DeadlineNs)
            ReportIncomplete();
        DecodeOutcome outcome = _decoder.Decode(info, frame, _events);
        if (FragmentStage.Concerns(outcome, _events))
            outcome = _fragments.Take(info, frame, outcome, _events);
        if (outcome >= DecodeOutcome.NotIcmp)
            return;

        if (late)
        {
            _events.Events[^1].Flags |= EventFlags.Late;
            Volatile.Write(ref _lateEvents, _lateEvents + 1);
        }
    }

    private FrameInfo Shifted(in FrameInfo info, long timeNs) => new(
        timeNs, info.FrameNumber + _framesBefore, info.OriginalBytes, info.CapturedBytes, info.Section, info.InterfaceId, info.LinkType);

    // At the frame that moves the watermark past a deadline: neither batches nor the wall clock have a say in when that is.
    private void ReportIncomplete()
    {
        while (_fragments.TryReport(_clock.WatermarkNs, _events))
        {
            if (_events.IsFull)
                HandOn();
        }
    }

    // NoWatermark is the least long: the first watermark is due at once, without the difference overflowing.
    private bool IsTickDue() =>
        _watermarkHandedOnNs == BatchEnvelope.NoWatermark || (ulong)(_clock.WatermarkNs - _watermarkHandedOnNs) >= TickNs;

    private void HandOnEvents()
    {
        if (_events.Count > 0)
            HandOn();
    }

    private void HandOn()
    {
        _batch.WatermarkNs = _clock.WatermarkNs;
        _sink.Accept(_batch, _events);
        _watermarkHandedOnNs = _batch.WatermarkNs;
        Volatile.Write(ref _eventsHandedOn, _eventsHandedOn + _events.Count);
        _events.Clear();
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(pause, _wallClock, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Cancelling ends the reading in the caller's loop.
        }
    }

    private static long Saturate(Int128 value) => (long)Int128.Clamp(value, long.MinValue + 1, long.MaxValue);
}
