using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// Event time of one domain in one partition of <c>icmp.event.v1</c>: the minimum of the watermarks of its live streams. It also
/// remembers how far each stream has been read, so that a record that comes twice is known, and adds up what was seen and lost.
/// </summary>
public sealed class DomainClock : ICheckpointPart
{
    /// <summary>
    /// Ended streams remembered: a resumed replay may send their records again. 256 of 80 bytes are 20 KiB a domain; a sensor that
    /// restarts every hour is remembered for ten days.
    /// </summary>
    public const int MaxEndedStreams = 256;

    private StreamState[] _streams = new StreamState[4];
    private int _count;
    private int _live;
    private int _last;

    /// <summary>
    /// Every later event that is not late is at or above this, ns; <see cref="BatchEnvelope.NoWatermark"/> as long as a stream has
    /// none. It never goes back.
    /// </summary>
    public long EventTimeNs { get; private set; } = BatchEnvelope.NoWatermark;

    /// <summary>
    /// The highest watermark that any stream came to, ns. When all have ended it is the domain's end, the same in every partition.
    /// </summary>
    public long HighestNs { get; private set; } = BatchEnvelope.NoWatermark;

    /// <summary>True when there were streams and all have ended.</summary>
    public bool IsEnded => _count > 0 && _live == 0;

    /// <summary>Streams that have not ended.</summary>
    public int LiveStreams => _live;

    /// <summary>Frames that the streams read and did not shed, so far.</summary>
    public long Seen { get; private set; }

    /// <summary>Packets that the kernel dropped and events that the streams shed, so far.</summary>
    public long Lost { get; private set; }

    /// <summary>Sequence numbers that never came: records lost before this partition.</summary>
    public long Missing { get; private set; }

    /// <summary>
    /// Takes notice of a record before its events are handled: how many of its first events were seen before, and the number of its
    /// stream, which is good for equality within this partition until the domain ends.
    /// </summary>
    public int Begin(in BatchEnvelope envelope, int events, out int stream)
    {
        stream = FindOrAdd(envelope);
        ref StreamState state = ref _streams[stream];
        long known = Math.Clamp(EventTime.Between(envelope.FirstSequence, state.NextSequence), 0, events);
        if (envelope.FirstSequence > state.NextSequence)
        {
            Missing += envelope.FirstSequence - state.NextSequence;
            state.NextSequence = envelope.FirstSequence;
        }

        if (state.Ended && known < events)
        {
            // It was declared dead and speaks again.
            state.Ended = false;
            _live++;
        }

        state.NextSequence = Math.Max(state.NextSequence, EventTime.Add(envelope.FirstSequence, events));
        return (int)known;
    }

    /// <summary>Takes the watermark, the counters and the end of a record whose events have been handled.</summary>
    public void Complete(in BatchEnvelope envelope, int stream)
    {
        ref StreamState state = ref _streams[stream];
        Seen += Rise(ref state.Kept, envelope.Seen - envelope.Shed);
        Lost += Rise(ref state.Lost, EventTime.Add(envelope.KernelDrops, envelope.Shed));
        state.WatermarkNs = Math.Max(state.WatermarkNs, envelope.WatermarkNs);
        HighestNs = Math.Max(HighestNs, state.WatermarkNs);
        if (envelope.Final && !state.Ended)
        {
            state.Ended = true;
            _live--;
        }

        Advance();
    }

    /// <summary>The run of a stream, for ties in time.</summary>
    public RunId RunOf(int stream) => _streams[stream].Run;

    /// <summary>The number of a stream within its run.</summary>
    public uint NumberOf(int stream) => _streams[stream].Stream;

    /// <summary>True when one clock stamped the packets of both streams: the streams of one run are rings of one machine.</summary>
    public bool SharesClock(int a, int b) => a == b || _streams[a].Run == _streams[b].Run;

    /// <summary>Starts a new life after the end: time begins anew, and what was read stays known.</summary>
    public void Restart()
    {
        EventTimeNs = BatchEnvelope.NoWatermark;
        HighestNs = BatchEnvelope.NoWatermark;
        (Seen, Lost) = (0, 0);
        if (_count <= MaxEndedStreams)
            return;
        int surplus = _count - MaxEndedStreams;
        _streams.AsSpan(surplus, MaxEndedStreams).CopyTo(_streams);
        _count = MaxEndedStreams;
        _last = 0;
    }

    /// <summary>Names the streams that have not ended.</summary>
    public IEnumerable<string> OpenStreams()
    {
        for (int i = 0; i < _count; i++)
        {
            if (!_streams[i].Ended)
                yield return $"stream {_streams[i].Stream} of run {_streams[i].Run}";
        }
    }

    /// <summary>Streams remembered, ended ones included.</summary>
    public int Streams => _count;

    /// <summary>Writes the clock down.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (long value in (ReadOnlySpan<long>)[EventTimeNs, HighestNs, Seen, Lost, Missing])
            writer.WriteInt64(value);
        writer.WriteInt32(_count);
        for (int i = 0; i < _count; i++)
        {
            ref StreamState state = ref _streams[i];
            writer.WriteRunId(state.Run);
            foreach (long value in (ReadOnlySpan<long>)[state.NextSequence, state.WatermarkNs, state.Kept, state.Lost])
                writer.WriteInt64(value);
            writer.WriteUInt32(state.Stream);
            writer.WriteBoolean(state.Ended);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote into a clock that has seen nothing.</summary>
    /// <exception cref="CheckpointException">The bytes are no such clock.</exception>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        (EventTimeNs, HighestNs, Seen) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        (Lost, Missing) = (reader.ReadInt64(), reader.ReadInt64());
        const int streamBytes = RunId.Size + (4 * sizeof(long)) + sizeof(uint) + 1;
        _count = reader.ReadCount(streamBytes);
        _streams = new StreamState[Math.Max(4, _count)];
        for (int i = 0; i < _count; i++)
        {
            _streams[i] = new StreamState
            {
                Run = reader.ReadRunId(),
                NextSequence = reader.ReadInt64(),
                WatermarkNs = reader.ReadInt64(),
                Kept = reader.ReadInt64(),
                Lost = reader.ReadInt64(),
                Stream = reader.ReadUInt32(),
                Ended = reader.ReadBoolean(),
            };
            _live += _streams[i].Ended ? 0 : 1;
        }
    }

    private void Advance()
    {
        if (_live == 0)
            return;
        long lowest = long.MaxValue;
        for (int i = 0; i < _count; i++)
        {
            if (!_streams[i].Ended)
                lowest = Math.Min(lowest, _streams[i].WatermarkNs);
        }

        EventTimeNs = Math.Max(EventTimeNs, lowest);
    }

    private int FindOrAdd(in BatchEnvelope envelope)
    {
        if (_last < _count && IsStream(_streams[_last], envelope))
            return _last;
        for (int i = 0; i < _count; i++)
        {
            if (IsStream(_streams[i], envelope))
                return _last = i;
        }

        if (_count == _streams.Length)
            Array.Resize(ref _streams, 2 * _count);

        // A stream met for the first time in its middle is one whose beginning the log has no more: nothing is missing.
        _streams[_count] = new StreamState
        {
            Run = envelope.Run,
            Stream = envelope.Stream,
            NextSequence = envelope.FirstSequence,
            WatermarkNs = BatchEnvelope.NoWatermark,
        };
        _live++;
        return _last = _count++;
    }

    private static bool IsStream(in StreamState state, in BatchEnvelope envelope) => state.Stream == envelope.Stream && state.Run == envelope.Run;

    private static long Rise(ref long known, long now)
    {
        long rise = Math.Max(0, now - known);
        known += rise;
        return rise;
    }

    private struct StreamState
    {
        public RunId Run;
        public long NextSequence;
        public long WatermarkNs;
        public long Kept;
        public long Lost;
        public uint Stream;
        public bool Ended;
    }
}
