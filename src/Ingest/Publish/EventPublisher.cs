using IcmpStream.Kafka;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>
/// Writes one stream's events to the log: a key and a partition for each, the envelope in front, sequences per partition, and the
/// watermark to every partition, events or not. Allocates nothing per event.
/// </summary>
/// <remarks>
/// <code>
///   batch k-1 ...│ batch k: e1  e2  e3  e4          │ batch k+1
///   watermark    w(k-1)                            w(k)
///   partition 0  ...  [e1 | w(k-1)] [e3 | w(k)]         the last record of a batch in a partition speaks for the end of the batch,
///   partition 1  ...  [e2 | w(k-1)] [e4 | w(k)]         the ones before it for its beginning: w(k) need not hold for them
///   partition 2  ...  [tick | w(k)]                     without events: a tick, when time has moved by a slot
/// </code>
/// </remarks>
public sealed class EventPublisher : IEventSink
{
    /// <summary>The most events a packed record may have.</summary>
    public const int MaxPack = IcmpEventBatchCodec.MaxEvents;

    /// <summary>
    /// Bytes that a packed record may grow to before it is cut: under Kafka's default limit of 1,048,588 (message.max.bytes), which counts the record
    /// batch around it too. A single event is never cut: 65,535 bytes of payload and its lists stay below.
    /// </summary>
    public const int MaxPackedBytes = 1_000_000;

    /// <summary>Between two looks at whether the log has room for what waits on disk.</summary>
    private static readonly TimeSpan RoomPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Stands for the partition of an event that does not travel itself.</summary>
    private const int Folded = -1;

    private readonly ILogAppender _appender;
    private readonly CancellationToken _cancellationToken;
    private readonly long _takenBefore;
    private readonly byte[] _header;
    private readonly OutgoingBatch _outgoing;
    private readonly int _pack;
    private readonly long[] _sequences;
    private readonly long[] _watermarksNs;
    private readonly int[] _counts;
    private readonly int[] _starts;
    private readonly List<int> _weights = [];
    private readonly EventBuffer _fold = new(capacity: 1);
    private readonly EventFolder? _folder;
    private readonly EventBacklog? _backlog;
    private long _highestNs = long.MinValue;
    private int[] _partitions = [];
    private int[] _grouped = [];
    private EncodedEnvelope? _before;
    private EncodedEnvelope? _behind;
    private long _events;
    private long _records;
    private long _ticks;
    private long _foldedEvents;
    private long _shed;
    private long _resumed;
    private bool _hasGivenUp;

    /// <summary>Makes a publisher for one stream.</summary>
    /// <param name="appender">The writer; used by this thread alone, and the caller's to flush and dispose of.</param>
    /// <param name="topic">The topic, its prefix included.</param>
    /// <param name="header">
    /// What stands in front of each Avro record: Confluent framing with the schema's id, or single-object encoding's marker and
    /// fingerprint, as <see cref="RecordFrame"/> makes them.
    /// </param>
    /// <param name="pack">Events in a record at most; 1 gives keyed single records.</param>
    /// <param name="cancellationToken">Ends the waiting for a queue that is full; what it has not taken by then, and what follows, is shed.</param>
    /// <exception cref="LogException">The topic is missing, or its partitions are not a power of two up to 256.</exception>
    public EventPublisher(ILogAppender appender, string topic, ReadOnlySpan<byte> header, int pack, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(appender);
        ArgumentOutOfRangeException.ThrowIfLessThan(pack, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pack, MaxPack);
        int partitions = appender.PartitionCount(topic);
        if (!KeyGroup.IsPartitionCount(partitions))
        {
            throw new LogException(
                LogError.Configuration, $"topic {topic} has {partitions} partitions, but keyed topics need a power of two up to {KeyGroup.Count}");
        }

        _appender = appender;
        _takenBefore = appender.Books.Taken;
        _cancellationToken = cancellationToken;
        _header = header.ToArray();
        _outgoing = new OutgoingBatch(topic);
        _pack = pack;
        _sequences = new long[partitions];
        _watermarksNs = new long[partitions];
        _watermarksNs.AsSpan().Fill(BatchEnvelope.NoWatermark);
        _counts = new int[partitions];
        _starts = new int[partitions];
    }

    /// <summary>
    /// The sequence of the first event to write in each partition; those below are in the log already, from an earlier attempt at the same run. Empty for
    /// a new run.
    /// </summary>
    public IReadOnlyList<long> ResumeAt { get; init; } = [];

    /// <summary>True to fold the events of loud pairs; see <see cref="EventFolder"/>. Not for a run that is resumed, since it is no promise of a replay.</summary>
    public bool FoldsHotKeys
    {
        get => _folder is not null;
        init => _folder = value ? new EventFolder(WriteFold) : null;
    }

    /// <summary>What becomes of events while the log's queue is full.</summary>
    public FullQueue WhenFull
    {
        get => _backlog?.Policy ?? FullQueue.Wait;
        init => _backlog = value == FullQueue.Wait ? null : new EventBacklog(value);
    }

    /// <summary>Where events wait on disk while the log's queue is full, in place of <see cref="WhenFull"/>; null for nowhere. The caller's to dispose of.</summary>
    public EventSpill? Spill { get; init; }

    /// <summary>Bytes that wait above the log's queue at most before the oldest are shed, with <see cref="FullQueue.ShedOldest"/>: 64 MiB.</summary>
    public long MaxBacklogBytes { get; init; } = 64L << 20;

    /// <summary>Packets in folded events written so far.</summary>
    public long FoldedEvents => Volatile.Read(ref _foldedEvents);

    /// <summary>Packets dropped because the log's queue was full; they are among <see cref="Events"/> and <see cref="FoldedEvents"/>.</summary>
    public long ShedEvents => Volatile.Read(ref _shed);

    /// <summary>Events that were in the log already.</summary>
    public long ResumedEvents => Volatile.Read(ref _resumed);

    /// <summary>Whole events written so far. May be read from any thread.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <summary>Records given to the log so far, ticks among them.</summary>
    public long Records => Volatile.Read(ref _records);

    /// <summary>Records without events, which carry the watermark alone.</summary>
    public long Ticks => Volatile.Read(ref _ticks);

    /// <inheritdoc/>
    public void Accept(in BatchEnvelope batch, EventBuffer events)
    {
        ArgumentNullException.ThrowIfNull(events);
        TurnEnvelopes(batch);
        _outgoing.Clear();
        _weights.Clear();
        Partition(events, batch.Final);
        if (_pack == 1)
            WriteSingle(events);
        else
            WritePacked(events);
        WriteTicks(batch, events);
        Send(batch.Final);
    }

    private void Send(bool isFinal)
    {
        int taken = _outgoing.Count;
        if (Spill is not null)
            Volatile.Write(ref _shed, _shed + SendOrSpill(Spill, isFinal, out taken));
        else if (_backlog is not null)
            Volatile.Write(ref _shed, _shed + (isFinal ? SendLast(_backlog, out taken) : _backlog.Send(_outgoing, _weights, _appender, MaxBacklogBytes, out taken)));
        else if (_outgoing.Count > 0)
            Volatile.Write(ref _shed, _shed + SendWaiting(out taken));

        Volatile.Write(ref _records, _records + taken);
        foreach (int weight in _weights)
        {
            if (weight >= 0)
                Volatile.Write(ref _events, _events + weight);
            else
                Volatile.Write(ref _foldedEvents, _foldedEvents - weight);
        }
    }

    /// <summary>
    /// Waits for room as long as its caller does. What the log has not taken by then is shed, and all that comes after it too: what follows a gap must not
    /// be written, since a run that is given again begins behind what the log has.
    /// </summary>
    private long SendWaiting(out int taken)
    {
        taken = 0;
        if (!_hasGivenUp)
        {
            try
            {
                _appender.Append(_outgoing, _cancellationToken);
                taken = _outgoing.Count;
                return 0;
            }
            catch (OperationCanceledException) when (_cancellationToken.IsCancellationRequested)
            {
                _hasGivenUp = true;
                taken = (int)(_appender.Books.Taken - _takenBefore - _records);
            }
        }

        long shed = 0;
        for (int index = taken; index < _weights.Count; index++)
            shed += Math.Abs((long)_weights[index]);
        return shed;
    }

    private long SendOrSpill(EventSpill spill, bool isFinal, out int taken)
    {
        long shed = spill.Send(_outgoing, _weights, _appender, out taken);

        // The end waits for room as long as its caller does; what is on disk still is the next process's.
        while (isFinal && !spill.IsEmpty && !_cancellationToken.IsCancellationRequested)
        {
            Thread.Sleep(RoomPause);
            taken += spill.TakeBack(_appender);
        }

        return shed;
    }

    /// <summary>
    /// The end of a stream should arrive, since without it nobody knows that nothing follows: it waits for room as long as its caller does. What the log has not taken by then is shed.
    /// </summary>
    private long SendLast(EventBacklog backlog, out int taken)
    {
        int[] due = [.. backlog.Weights, .. _weights];
        long before = _appender.Books.Taken;
        try
        {
            backlog.Drain(_appender, _cancellationToken);
            if (_outgoing.Count > 0)
                _appender.Append(_outgoing, _cancellationToken);
        }
        catch (OperationCanceledException) when (_cancellationToken.IsCancellationRequested)
        {
            // The books below tell what was taken: the oldest.
        }

        taken = (int)(_appender.Books.Taken - before);
        return due.Skip(taken).Sum(weight => Math.Abs((long)weight));
    }

    private void TurnEnvelopes(in BatchEnvelope batch)
    {
        BatchEnvelope start = batch with { WatermarkNs = BatchEnvelope.NoWatermark, Seen = 0, KernelDrops = 0, Shed = 0, Final = false };
        EncodedEnvelope turned = _before ?? new EncodedEnvelope(start, _header);
        _before = _behind ?? new EncodedEnvelope(start, _header);
        _behind = turned;
        _behind.SetProgress(batch.WatermarkNs, batch.Seen, batch.KernelDrops, batch.Shed + _shed, batch.Final);
    }

    private void Partition(EventBuffer events, bool isFinal)
    {
        if (_partitions.Length < events.Count)
        {
            _partitions = new int[events.Capacity];
            _grouped = new int[events.Capacity];
        }

        _counts.AsSpan().Clear();
        Span<IcmpEvent> all = events.Events;
        for (int index = 0; index < all.Length; index++)
        {
            EventKey key = EventKey.Of(all[index], events);
            if (_folder is not null && IsFolded(all[index], events, key))
            {
                _partitions[index] = Folded;
                continue;
            }

            int partition = PartitionOf(key);
            _partitions[index] = partition;
            _counts[partition]++;
        }

        _folder?.HandOn(_highestNs, isFinal);
    }

    private int PartitionOf(EventKey key) => KeyGroup.Partition(KeyGroup.Of(key), _counts.Length);

    private bool IsFolded(in IcmpEvent e, EventBuffer events, EventKey key)
    {
        if ((e.Flags & EventFlags.Late) == EventFlags.None)
            _highestNs = Math.Max(_highestNs, e.FirstNs);
        return _folder!.TryFold(e, events, key);
    }

    /// <summary>Writes a folded event in front of the batch's own, which is where the watermark before the batch holds for it.</summary>
    private void WriteFold(in IcmpEvent folded, in IcmpEventDetail quoted)
    {
        _fold.Clear();
        _fold.Add() = folded;
        if (quoted.Groups != DetailGroups.None)
            _fold.AddDetail() = quoted;
        EventKey key = EventKey.Of(_fold.Events[0], _fold);
        if (_pack == 1)
            WriteKeyed(PartitionOf(key), _before!, _fold, 0, key);
        else
            WriteRecord(PartitionOf(key), _before!, _fold, [0], IcmpEventBatchCodec.MaxBytes(_fold, 0));
        _weights[^1] = -(int)folded.Count;
    }

    private void WriteKeyed(int partition, EncodedEnvelope envelope, EventBuffer events, int index, EventKey key)
    {
        Span<byte> room = _outgoing.Reserve(EventKey.Size + IcmpEventBatchCodec.MaxBytes(events, index));
        key.Write(room);
        IcmpEventBatchCodec.TryWrite(envelope, _sequences[partition]++, events, index, room[EventKey.Size..], out int written);
        _outgoing.Commit(partition, EventKey.Size, written);
        _weights.Add(1);
    }

    // A tick written while events are still passed over stands behind what the log has.
    private long NextSequence(int partition) => ResumeAt.Count == 0 ? _sequences[partition] : Math.Max(_sequences[partition], ResumeAt[partition]);

    /// <summary>True, and counted, for the next event of a partition where an earlier attempt has written it.</summary>
    private bool IsInLog(int partition)
    {
        if (ResumeAt.Count == 0 || _sequences[partition] >= ResumeAt[partition])
            return false;
        _sequences[partition]++;
        Volatile.Write(ref _resumed, _resumed + 1);
        return true;
    }

    private void WriteSingle(EventBuffer events)
    {
        _counts.CopyTo(_starts, 0);
        Span<IcmpEvent> all = events.Events;
        for (int index = 0; index < all.Length; index++)
        {
            int partition = _partitions[index];
            if (partition == Folded)
                continue;
            bool isLast = --_starts[partition] == 0;
            if (!IsInLog(partition))
                WriteKeyed(partition, isLast ? _behind! : _before!, events, index, EventKey.Of(all[index], events));
        }
    }

    private void WritePacked(EventBuffer events)
    {
        int start = 0;
        for (int partition = 0; partition < _counts.Length; partition++)
        {
            _starts[partition] = start;
            start += _counts[partition];
        }

        for (int index = 0; index < events.Count; index++)
        {
            if (_partitions[index] != Folded)
                _grouped[_starts[_partitions[index]]++] = index;
        }

        for (int partition = 0; partition < _counts.Length; partition++)
        {
            Span<int> left = _grouped.AsSpan(_starts[partition] - _counts[partition], _counts[partition]);
            while (!left.IsEmpty)
            {
                if (IsInLog(partition))
                {
                    left = left[1..];
                    continue;
                }

                int count = Fitting(events, left, out int maxBytes);
                Span<int> packed = left[..count];
                left = left[count..];
                WriteRecord(partition, left.IsEmpty ? _behind! : _before!, events, packed, maxBytes);
            }
        }
    }

    /// <summary>How many events from the first on make a record: as many as are asked for, unless they are long ones.</summary>
    private int Fitting(EventBuffer events, ReadOnlySpan<int> left, out int maxBytes)
    {
        int count = Math.Min(_pack, left.Length);
        maxBytes = IcmpEventBatchCodec.MaxBytes(events, left[..count]);
        while (maxBytes > MaxPackedBytes && count > 1)
        {
            count = (count + 1) / 2;
            maxBytes = IcmpEventBatchCodec.MaxBytes(events, left[..count]);
        }

        return count;
    }

    private void WriteTicks(in BatchEnvelope batch, EventBuffer events)
    {
        for (int partition = 0; partition < _counts.Length; partition++)
        {
            bool hasEvents = _counts[partition] > 0;
            if (!hasEvents)
            {
                if (!batch.Final && !IsTickDue(_watermarksNs[partition], batch.WatermarkNs))
                    continue;
                WriteRecord(partition, _behind!, events, [], IcmpEventBatchCodec.MaxBytes(events, []));
                Volatile.Write(ref _ticks, _ticks + 1);
            }

            _watermarksNs[partition] = batch.WatermarkNs;
        }
    }

    // NoWatermark is the least long: the first watermark is due at once, without the difference overflowing.
    private static bool IsTickDue(long toldNs, long watermarkNs) =>
        watermarkNs != toldNs && (toldNs == BatchEnvelope.NoWatermark || (ulong)(watermarkNs - toldNs) >= EventStream.TickNs);

    private void WriteRecord(int partition, EncodedEnvelope envelope, EventBuffer events, ReadOnlySpan<int> indices, int maxBytes)
    {
        Span<byte> room = _outgoing.Reserve(maxBytes);
        IcmpEventBatchCodec.TryWrite(envelope, NextSequence(partition), events, indices, room, out int written);
        _sequences[partition] += indices.Length;
        _outgoing.Commit(partition, 0, written);
        _weights.Add(indices.Length);
    }
}
