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
    private readonly FrameBatch _frames = new() { StopsAtFragments = true };
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
        if (_clock.WatermarkNs >= _fragments.DeadlineNs)
            ReportIncomplete();
        if (IsTickDue())
            HandOn();
    }

    private TimeSpan ReadFrames(ref FrameCursor cursor)
    {
        if (_pace is not null)
            return ReadInPace(ref cursor, _pace);
        ReadOnlySpan<byte> memory = cursor.Memory;
        while (_frames.Read(ref cursor, _events.Capacity - _events.Count) > 0)
        {
            if (_framesBefore != 0)
            {
                foreach (ref FrameInfo info in _frames.Sources)
                    info = Shifted(info);
            }

            for (int taken = MayTakeTogether() ? TakeTogether(memory) : 0; taken < _frames.Count; taken++)
                Take(_frames.Infos[taken], _frames.FrameIn(memory, taken));
        }

        return TimeSpan.Zero;
    }

    private TimeSpan ReadInPace(ref FrameCursor cursor, ReplayPace pace)
    {
        FrameCursor before = cursor;
        while (cursor.TryRead(out FrameInfo read, out ReadOnlySpan<byte> frame))
        {
            FrameInfo info = _framesBefore == 0 ? read : Shifted(read);
            TimeSpan pause = pace.UntilDue(info.TimeNs);
            if (pause > TimeSpan.Zero)
            {
                cursor = before;
                return pause;
            }

            before = cursor;
            Take(info, frame);
        }

        return TimeSpan.Zero;
    }

    // Together come only frames between which nothing else has to happen: no batch goes on, no datagram is given up.
    private bool MayTakeTogether()
    {
        if (_watermarkHandedOnNs == BatchEnvelope.NoWatermark)
            return false;
        long highestNs = long.MinValue;
        foreach (ref readonly FrameInfo info in _frames.Infos)
            highestNs = Math.Max(highestNs, info.TimeNs);
        long watermarkNs = _clock.HighestWatermarkNs(highestNs);
        return watermarkNs < _fragments.DeadlineNs
            && (watermarkNs <= _watermarkHandedOnNs || (ulong)(watermarkNs - _watermarkHandedOnNs) < TickNs);
    }

    // Returns how many were taken: all, unless the buffer is full or a fragment has to be followed before the next one.
    private int TakeTogether(ReadOnlySpan<byte> memory)
    {
        int events = _events.Count;
        int taken = _decoder.Decode(memory, _frames, _events);
        ReadOnlySpan<FrameInfo> infos = _frames.Infos;
        ReadOnlySpan<DecodeOutcome> outcomes = _frames.Outcomes;
        for (int index = 0; index < taken; index++)
        {
            bool late = Observe(infos[index].TimeNs);
            if (FragmentStage.Concerns(outcomes[index], _events) && index == taken - 1)
            {
                Follow(infos[index], _frames.FrameIn(memory, index), outcomes[index], late);
                break;
            }

            if (outcomes[index] < DecodeOutcome.NotIcmp)
                Mark(late, ref _events.Events[events++]);
        }

        HandOnWhereDue();
        return taken;
    }

    private void Take(in FrameInfo info, ReadOnlySpan<byte> frame)
    {
        bool late = Observe(info.TimeNs);
        if (_clock.WatermarkNs >= _fragments.DeadlineNs)
            ReportIncomplete();
        Follow(info, frame, _decoder.Decode(info, frame, _events), late);
        HandOnWhereDue();
    }

    // The frame that was decoded last.
    private void Follow(in FrameInfo info, ReadOnlySpan<byte> frame, DecodeOutcome outcome, bool late)
    {
        if (FragmentStage.Concerns(outcome, _events))
            outcome = _fragments.Take(info, frame, outcome, _events);
        if (outcome < DecodeOutcome.NotIcmp)
            Mark(late, ref _events.Events[^1]);
    }

    private bool Observe(long timeNs)
    {
        if (_batch.Seen == 0)
            _firstNs = _lastNs = timeNs;
        _lastNs = Math.Max(_lastNs, timeNs);
        Volatile.Write(ref _batch.Seen, _batch.Seen + 1);
        return _clock.Observe(timeNs);
    }

    private void Mark(bool late, ref IcmpEvent e)
    {
        if (!late)
            return;
        e.Flags |= EventFlags.Late;
        Volatile.Write(ref _lateEvents, _lateEvents + 1);
    }

    private void HandOnWhereDue()
    {
        if (_events.IsFull || (_clock.WatermarkNs != _watermarkHandedOnNs && IsTickDue()))
            HandOn();
    }

    private FrameInfo Shifted(in FrameInfo info) => new(
        Saturate((Int128)info.TimeNs + _shiftNs), info.FrameNumber + _framesBefore, info.OriginalBytes, info.CapturedBytes, info.Section, info.InterfaceId, info.LinkType);

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
