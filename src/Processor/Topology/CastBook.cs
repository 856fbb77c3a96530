using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// The candidates of one domain: those that wait until they are due, by slot, and the requests of each key group. They wait for other
/// partitions as partials do, and are handled slot by slot when all have been heard of.
/// </summary>
/// <remarks>
/// What waits is what the pair stages forward in the time between: of each slot 16,384 requests, their ends, and 8,192 replies at most, 112
/// bytes each, of all their partitions together.
/// </remarks>
internal sealed class CastBook(uint domain, EchoOptions options, CastMatcher matcher) : ICheckpointPart
{
    /// <summary>Lists kept for slots to come: as many as the 10.5 s to the end of a request have.</summary>
    private const int MaxPooled = 105;

    private readonly SortedList<long, List<PartialCandidate>> _waiting = [];
    private readonly Stack<List<PartialCandidate>> _pool = new();
    private readonly Comparison<PartialCandidate> _order = CandidateOrder.By(options);
    private readonly CastTable?[] _tables = new CastTable?[KeyGroup.Count];
    private bool _hasTables;

    /// <summary>Slots below this have been handled.</summary>
    private long _openFrom = long.MinValue;

    /// <summary>The requests of a key group; null where nothing of them matters.</summary>
    public CastTable? Known(byte group) => _tables[group] is { IsEmpty: false } table ? table : null;

    /// <summary>The requests of a key group, to be read back. Different groups may be read by different threads.</summary>
    public CastTable TableOf(byte group) => _tables[group] ??= new CastTable();

    /// <summary>To be called once all groups have been read back.</summary>
    public void CompleteLoad() => _hasTables = _tables.Any(table => table is not null);

    /// <summary>Takes candidates as they come.</summary>
    public void Take(ReadOnlySpan<PartialCandidate> candidates)
    {
        foreach (ref readonly PartialCandidate candidate in candidates)
        {
            // A kind of a newer version.
            if (candidate.Kind > CandidateKind.Untracked)
                continue;
            long slot = Math.Max(_openFrom, EventTime.SlotOf(options.DueNs(candidate)));
            if (!_waiting.TryGetValue(slot, out List<PartialCandidate>? due))
                _waiting.Add(slot, due = _pool.Count > 0 ? _pool.Pop() : []);
            due.Add(candidate);
        }
    }

    /// <summary>All candidates due before a time have come: handles those of the slots that it has passed.</summary>
    public void Advance(long untilNs, IExchangeSink sink)
    {
        if (untilNs == BatchEnvelope.NoWatermark)
            return;
        long openFrom = EventTime.SlotOf(untilNs);
        if (openFrom <= _openFrom)
            return;
        _openFrom = openFrom;
        while (_waiting.Count > 0 && _waiting.GetKeyAtIndex(0) < openFrom)
            HandleFirst(sink);
        if (_hasTables)
            Expire(EventTime.SlotStart(openFrom));
    }

    /// <summary>The domain has ended: handles all.</summary>
    public void Finish(IExchangeSink sink)
    {
        while (_waiting.Count > 0)
            HandleFirst(sink);
    }

    private void HandleFirst(IExchangeSink sink)
    {
        List<PartialCandidate> due = _waiting.GetValueAtIndex(0);
        _waiting.RemoveAt(0);
        due.Sort(_order);
        foreach (PartialCandidate candidate in due)
        {
            byte group = KeyGroup.Of(candidate.Requester);
            if (_tables[group] is not { } table)
            {
                _tables[group] = table = new CastTable();
                _hasTables = true;
            }

            matcher.Accept(domain, table, candidate, sink);
        }

        due.Clear();
        if (_pool.Count < MaxPooled)
            _pool.Push(due);
    }

    private void Expire(long timeNs)
    {
        foreach (CastTable? table in _tables)
        {
            if (table is not null)
                matcher.Expire(table, timeNs);
        }
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        writer.WriteInt64(_openFrom);
        var batch = new PartialBuffer();
        foreach (List<PartialCandidate> due in _waiting.Values)
        {
            foreach (PartialCandidate candidate in due)
            {
                if (batch.IsFull)
                    Save(writer, batch);
                batch.AddCandidate() = candidate;
            }
        }

        Save(writer, batch);
        writer.WriteBoolean(false);
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        _openFrom = reader.ReadInt64();
        while (reader.ReadBoolean())
            Take(StageRecord.LoadPartial(reader).Candidates);
    }

    private static void Save(CheckpointWriter writer, PartialBuffer batch)
    {
        writer.WriteBoolean(true);
        StageRecord.Save(writer, batch);
        batch.Clear();
    }
}
