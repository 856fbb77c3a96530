using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// First stage: the events of one partition of <c>icmp.event.v1</c> become exchanges, and partial counts for the host stage. A pure
/// function of the records in their order; time comes from them alone.
/// </summary>
/// <remarks>
/// <code>
///   event --> reorder buffer, by slot and key group --- slot closes --> in order of time --+--> matcher --> exchanges
///                                                                                          +--> flows --> partials, by host partition
/// </code>
/// A slot closes when the domain's event time has passed its end; its key groups are then handled one after the other, each with tables
/// of its own. One thread calls it; in steady state nothing is allocated.
/// </remarks>
public sealed partial class PairStage
{
    private readonly PairOptions _options;
    private readonly Dictionary<uint, PairDomain> _domains = [];
    private readonly SlotPool _slots;
    private readonly SlotCombiner _combiner;
    private readonly SlotCloser _closer;
    private readonly EchoMatcher _matcher;
    private readonly PairWatch _watch;
    private readonly RttWindows _rtts;
    private readonly ExchangeTap _exchanges;
    private readonly Finding _tick = new() { Stage = FindingStage.Pair };
    private OutputSequence _findingSequence;
    private int _buffered;

    /// <summary>Makes a stage that has seen nothing.</summary>
    public PairStage(PairOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _slots = new SlotPool();
        var outbox = new CandidateOutbox(options.Rules.Networks, Counters);
        _combiner = new SlotCombiner(options, outbox);
        _matcher = new EchoMatcher(options.Echo, Counters, outbox);
        _watch = new PairWatch(options.Rules);
        _closer = new SlotCloser(options, Counters, _matcher, _watch, _slots.Messages);
        _rtts = new RttWindows(Counters);
        _exchanges = new ExchangeTap(_watch, _rtts, _closer);
    }

    /// <summary>The books.</summary>
    public PairCounters Counters { get; } = new();

    /// <summary>Requests, and replies without one, that are kept.</summary>
    public int OpenExchanges => _domains.Values.Sum(domain => domain.Kept);

    /// <summary>Messages in the reorder buffer.</summary>
    public int BufferedMessages => _buffered;

    /// <summary>True when every domain seen has ended.</summary>
    public bool IsDrained
    {
        get
        {
            foreach (PairDomain domain in _domains.Values)
            {
                if (!domain.IsOver)
                    return false;
            }

            return true;
        }
    }

    /// <summary>Slots that event time has not closed, of all domains.</summary>
    public int OpenWindows => _domains.Values.Sum(domain => domain.Slots.Count);

    /// <summary>Names the streams that have not ended, with their domain.</summary>
    public IEnumerable<string> OpenStreams()
    {
        foreach (PairDomain domain in _domains.Values)
        {
            foreach (string stream in domain.Clock.OpenStreams())
                yield return $"{stream} (domain {domain.Id})";
        }
    }

    /// <summary>Adds the open exchanges of two addresses, whoever asked, at most <paramref name="limit"/>.</summary>
    public void CollectOpen(Address a, Address b, int limit, List<OpenExchange> found) => PairQuery.CollectOpen(_domains.Values, a, b, limit, found);

    /// <summary>Takes one record of an input that is not a log: positions are counted here.</summary>
    public void Accept(in BatchEnvelope envelope, EventBuffer events, IPairSink sink) => Accept(Counters.Records, envelope, events, sink);

    /// <summary>
    /// Takes the record at a position of the log; positions rise. What follows from it goes to the sink before this returns.
    /// </summary>
    public void Accept(long position, in BatchEnvelope envelope, EventBuffer events, IPairSink sink)
    {
        ArgumentNullException.ThrowIfNull(events);
        _findingSequence.MoveTo(position);
        _combiner.MoveTo(position);
        PairDomain domain = DomainOf(envelope.Domain);
        long missing = domain.Clock.Missing;
        int known = domain.Clock.Begin(envelope, events.Count, out int stream);
        Counters.Records++;
        Counters.Events += events.Count;
        Counters.Duplicate += known;
        Counters.Missing += domain.Clock.Missing - missing;
        if (domain.IsOver && domain.Clock.LiveStreams > 0)
            domain.IsOver = false;
        Accept(domain, envelope, events, known, stream, sink);

        bool wasOver = domain.IsOver;
        domain.Clock.Complete(envelope, stream);
        if (wasOver)
            return;
        if (domain.Clock.IsEnded)
            Finish(domain, sink);
        else
            Advance(domain, sink);
    }

    private void Accept(PairDomain domain, in BatchEnvelope envelope, EventBuffer events, int known, int stream, IPairSink sink)
    {
        Span<IcmpEvent> all = events.Events;
        OpenSlot? open = null;
        long slot = 0;
        int late = 0;
        for (int i = known; i < all.Length; i++)
        {
            ref IcmpEvent e = ref all[i];
            bool isLate = (e.Flags & EventFlags.Late) != EventFlags.None;
            if (isLate || open is null || !open.Holds(e.FirstNs))
            {
                slot = EventTime.SlotOf(e.FirstNs);
                if (isLate || slot < domain.OpenFrom)
                {
                    late++;
                    sink.Late(envelope, events, i);
                    continue;
                }

                open = domain.Slots.At(slot);
            }

            if (open is null)
            {
                // Evidence of a slot that is never closed would never be taken either.
                Counters.Uncounted += e.Count;
                continue;
            }

            bool isHeld = _options.DedupWindowNs > 0 && _watch.IsEvidence(e) && TryHold(open, events, i, stream);
            PayloadFamily family = isHeld ? EventReader.FamilyOf(e, events) : _watch.Observe(domain.Id, slot, e, events);
            Buffer(open, events, e, family, stream);
        }

        Counters.Late += late;
        Counters.Processed += Math.Max(0, all.Length - known) - late;
    }

    // Only what gets a message of its own is found again; evidence of what is counted together is taken at once.
    private bool TryHold(OpenSlot open, EventBuffer events, int index, int stream)
    {
        uint keyHash = MessageReader.KeyHashOf(events.Events[index], events, out _);
        return HasRoom(open, keyHash) && open.Held.TryAdd(stream, events, index);
    }

    private bool HasRoom(OpenSlot open, uint keyHash) =>
        open.HasRoom((byte)keyHash, _options.MaxMessagesPerGroup) && _buffered < _options.MaxBufferedMessages;

    private void Buffer(OpenSlot open, EventBuffer events, in IcmpEvent e, PayloadFamily family, int stream)
    {
        uint keyHash = MessageReader.KeyHashOf(e, events, out bool isForeign);
        if (!HasRoom(open, keyHash))
        {
            CountTogether(open, keyHash, isForeign, e);
            return;
        }

        _buffered++;
        MessageReader.Read(e, events, family, keyHash, isForeign, stream, open, ref open.Add((byte)keyHash, e.FirstNs));
    }

    private void CountTogether(OpenSlot open, uint keyHash, bool isForeign, in IcmpEvent e)
    {
        int before = open.Count;
        if (open.TryCoalesce(keyHash, isForeign, e))
            Counters.Unbuffered++;
        else
            Counters.Uncounted += e.Count;
        _buffered += open.Count - before;
    }

    private void Advance(PairDomain domain, IPairSink sink)
    {
        long eventTimeNs = domain.Clock.EventTimeNs;
        if (eventTimeNs == BatchEnvelope.NoWatermark)
            return;
        long openFrom = EventTime.SlotOf(eventTimeNs);
        if (openFrom <= domain.OpenFrom)
            return;
        NoteLosses(domain, openFrom - 1);
        domain.OpenFrom = openFrom;
        CloseSlots(domain, openFrom, eventTimeNs, sink);
        _rtts.PassTo(domain, RttBook.WindowOf(openFrom), sink);
        _watch.PassTime(domain.Id, openFrom - 1, domain.CompletenessAt, _tick.Findings);
        long watermarkNs = EventTime.SlotStart(openFrom);
        Expire(domain, watermarkNs, sink);
        _combiner.Tick(domain, openFrom - 1, watermarkNs, final: false, sink);
        SendTick(domain, watermarkNs, final: false, sink);
    }

    private void Finish(PairDomain domain, IPairSink sink)
    {
        long endNs = domain.Clock.HighestNs;
        long lastSlot = endNs == BatchEnvelope.NoWatermark ? 0 : EventTime.SlotOf(endNs);
        NoteLosses(domain, lastSlot);
        CloseSlots(domain, long.MaxValue, endNs, sink);
        _rtts.PassTo(domain, long.MaxValue, sink);
        foreach (ExchangeTable? table in domain.Tables)
        {
            if (table is null)
                continue;
            _matcher.Expire(domain, table, endNs, sink);
            _matcher.Finish(domain, table, sink);
        }

        _watch.Finish(domain.Id, lastSlot, domain.CompletenessAt, _tick.Findings);
        _combiner.Tick(domain, lastSlot, endNs, final: true, sink);
        SendTick(domain, endNs, final: true, sink);
        domain.Restart();
    }

    private void CloseSlots(PairDomain domain, long below, long limitNs, IPairSink sink)
    {
        while (domain.Slots.Count > 0 && domain.Slots.First.Slot < below)
        {
            OpenSlot slot = domain.Slots.First;
            _buffered -= slot.Count;
            if (_options.DedupWindowNs > 0)
                _closer.MarkCopies(domain, slot);
            _rtts.PassTo(domain, RttBook.WindowOf(slot.Slot), sink);
            _watch.BeginSlot(domain.Id, slot.Slot, domain.CompletenessAt, _tick.Findings);
            _closer.Close(domain, slot, limitNs, _exchanges.To(domain, sink));
            _watch.EndSlot(domain.CompletenessAt, _tick.Findings);
            _combiner.Combine(domain, slot.Slot, _closer.Flows, _watch.Marks, sink);
            domain.Slots.RemoveFirst();
        }
    }

    private void Expire(PairDomain domain, long timeNs, IPairSink sink)
    {
        foreach (ExchangeTable? table in domain.Tables)
        {
            if (table is not null && table.QuietUntilNs < timeNs)
                _matcher.Expire(domain, table, timeNs, sink);
        }
    }

    private static void NoteLosses(PairDomain domain, long lastSlot)
    {
        domain.Losses.Add(lastSlot, domain.Clock.Seen - domain.Noted.Seen, domain.Clock.Lost - domain.Noted.Lost);
        domain.Noted = (domain.Clock.Seen, domain.Clock.Lost);
    }

    private void SendTick(PairDomain domain, long watermarkNs, bool final, IPairSink sink)
    {
        _tick.Domain = domain.Id;
        _tick.Partition = _options.Partition;
        _tick.Sequence = _findingSequence.Take();
        _tick.WatermarkNs = watermarkNs;
        _tick.Final = final;
        sink.Accept(_tick);
        _tick.Findings.Clear();
    }

    private PairDomain DomainOf(uint id)
    {
        if (!_domains.TryGetValue(id, out PairDomain? domain))
            _domains.Add(id, domain = new PairDomain(id, _slots, _options));
        return domain;
    }
}
