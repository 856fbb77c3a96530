using System.IO.Pipelines;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>Reads sources one after another and writes their events. One thread.</summary>
internal sealed class DecodeRun
{
    private readonly FrameDecoder _decoder = new();
    private readonly EventBuffer _events = new();
    private readonly FrameBatch _batch = new();
    private readonly DecodeLimits _limits;
    private long _left;

    public DecodeRun(EventWriter writer, DecodeLimits limits)
    {
        Writer = writer;
        _limits = limits;
        _left = limits.Count ?? long.MaxValue;
    }

    /// <summary>Where the events go.</summary>
    public EventWriter Writer { get; }

    /// <summary>True once as many messages have been written as were asked for.</summary>
    public bool IsDone => _left == 0;

    /// <summary>Frames by outcome, over all sources.</summary>
    public DecodeCounters Outcomes => _decoder.Counters;

    /// <summary>Reads a started source to its end, its damage, or the limits.</summary>
    public async Task ReadAsync(IPacketSource source, CancellationToken stop)
    {
        Writer.BeginSource(source.Name);
        // A capture's time begins with its first frame, a live source's now.
        long? endNs = _limits.DurationNs is { } durationNs && source.ClockNs is { } nowNs ? Saturate((Int128)nowNs + durationNs) : null;
        bool more = true, isDraining = false;
        while (more)
        {
            if (!isDraining && (stop.IsCancellationRequested || source.ClockNs >= endNs))
            {
                isDraining = source.Drain();
                if (!isDraining)
                    return;
            }

            if (!source.Reader.TryRead(out ReadResult read))
            {
                // Whoever reads us must not wait for rows that are ready.
                Writer.Flush();
                try
                {
                    read = await source.Reader.ReadAsync(isDraining ? CancellationToken.None : stop);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    continue;
                }
            }

            FrameCursor cursor = source.OpenCursor(read);
            more = ReadFrames(ref cursor, ref endNs) && !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }
    }

    /// <summary>False where a limit is reached.</summary>
    private bool ReadFrames(ref FrameCursor cursor, ref long? endNs)
    {
        bool isWithin = true;
        while (_limits.DurationNs is null && _left > FrameBatch.Capacity && ReadBatch(ref cursor))
        {
            // No limit can be reached within a batch.
        }

        while (isWithin && cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
        {
            if (_limits.DurationNs is { } durationNs)
            {
                endNs ??= Saturate((Int128)info.TimeNs + durationNs);
                if (info.TimeNs >= endNs)
                {
                    isWithin = false;
                    break;
                }
            }

            if (_decoder.Decode(info, frame, _events) < DecodeOutcome.NotIcmp)
                isWithin = --_left > 0;
            if (_events.IsFull)
                HandOn();
        }

        HandOn();
        return isWithin;
    }

    /// <summary>False where this read has no further whole frame.</summary>
    private bool ReadBatch(ref FrameCursor cursor)
    {
        int before = _events.Count;
        int frames = _decoder.Decode(ref cursor, _events, _batch);
        _left -= _events.Count - before;
        if (_events.IsFull)
            HandOn();
        return frames > 0;
    }

    private void HandOn()
    {
        Writer.Write(_events);
        _events.Clear();
    }

    private static long Saturate(Int128 value) => (long)Int128.Clamp(value, long.MinValue, long.MaxValue);
}
