using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// First stage: the events of one partition of <c>icmp.event.v1</c> become exchanges, and partial counts for the host stage. A pure
/// function of the records in their order; time comes from them alone.
/// </summary>
/// <remarks>
/// <code>
///   event --+--> flows of its slot ------------ slot closes --> partials, by host partition
///           +--> reorder buffer of its slot --- slot closes --> in order of time --> matcher --> exchanges
/// </code>
/// A slot closes when the domain's event time has passed its end. One thread calls it; in steady state nothing is allocated.
/// </remarks>
public sealed class PairStage
{
    private readonly PairOptions _options;
    private readonly Dictionary<uint, PairDomain> _domains = [];
    private readonly SlotPool _slots;
    private readonly SlotCombiner _combiner;
    private readonly EchoMatcher _matcher;
    private readonly Finding _tick = new() { Stage = FindingStage.Pair };
    private OutputSequence _findingSequence;
    private int _buffered;

    /// <summary>Makes a stage that has seen nothing.</summary>
    public PairStage(PairOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _slots = new SlotPool(options.MaxFlowsPerSlot);
        _combiner = new SlotCombiner(options);
        _matcher = new EchoMatcher(options.Echo, Counters, _domains);
    }

    /// <summary>The books.</summary>
    public PairCounters Counters { get; } = new();

    /// <summary>Requests, and replies without one, that are kept.</summary>
    public int OpenExchanges => _matcher.Kept;

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

    /// <summary>Names the streams that have not ended, with their domain.</summary>
    public IEnumerable<string> OpenStreams()
    {
        foreach (PairDomain domain in _domains.Values)
        {
            foreach (string stream in domain.Clock.OpenStreams())
                yield return $"{stream} (domain {domain.Id})";
        }
    }

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
        for (int i = known; i < events.Count; i++)
            Accept(domain, envelope, events, i, stream, sink);

        bool wasOver = domain.IsOver;
        domain.Clock.Complete(envelope, stream);
        if (wasOver)
            return;
        if (domain.Clock.IsEnded)
            Finish(domain, sink);
        else
            Advance(domain, sink);
    }

    private void Accept(PairDomain domain, in BatchEnvelope envelope, EventBuffer events, int index, int stream, IPairSink sink)
    {
        ref IcmpEvent e = ref events.Events[index];
        long slot = EventTime.SlotOf(e.FirstNs);
        if ((e.Flags & EventFlags.Late) != EventFlags.None || slot < domain.OpenFrom)
        {
            Counters.Late++;
            sink.Late(envelope, events, index);
            return;
        }

        Counters.Processed++;
        OpenSlot? open = domain.Slots.At(slot);
        if (open is null)
        {
            Counters.Uncounted += e.Count;
            return;
        }

        bool foreign = e.Detail != 0 && EventKey.Of(e, events) != EventKey.Of(e.Source, e.Destination);
        open.Flows.Add(e.Source, e.Destination, TypeTally.KeyOf(e.IpVersion, e.Type, e.Code), e.Count, e.Bytes, foreign);
        if (!EchoReader.IsMatchable(e, events))
            return;
        if (_buffered >= _options.MaxBufferedMessages)
        {
            Counters.Unbuffered++;
            return;
        }

        _buffered++;
        EchoReader.Read(e, events, stream, ref open.Messages.Add());
        open.Messages.Filled(domain.Clock);
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
        long watermarkNs = EventTime.SlotStart(openFrom);
        _matcher.Expire(domain, watermarkNs, sink);
        _combiner.Tick(domain, openFrom - 1, watermarkNs, final: false, sink);
        SendTick(domain, watermarkNs, final: false, sink);
    }

    private void Finish(PairDomain domain, IPairSink sink)
    {
        long endNs = domain.Clock.HighestNs;
        long lastSlot = endNs == BatchEnvelope.NoWatermark ? 0 : EventTime.SlotOf(endNs);
        NoteLosses(domain, lastSlot);
        CloseSlots(domain, long.MaxValue, endNs, sink);
        _matcher.Expire(domain, endNs, sink);
        _matcher.Finish(domain, sink);
        _combiner.Tick(domain, lastSlot, endNs, final: true, sink);
        SendTick(domain, endNs, final: true, sink);
        domain.Restart();
    }

    // Deadlines pass by the time of the messages, but never beyond the domain's own: a message with a broken clock that waited for
    // the end must not time out the requests of others.
    private void CloseSlots(PairDomain domain, long below, long limitNs, IPairSink sink)
    {
        while (domain.Slots.Count > 0 && domain.Slots.First.Slot < below)
        {
            OpenSlot slot = domain.Slots.First;
            slot.Messages.Sort(domain.Clock);
            for (int i = 0; i < slot.Messages.Count; i++)
            {
                ref readonly EchoMessage message = ref slot.Messages.At(i);
                _matcher.Expire(domain, Math.Min(message.TimeNs, limitNs), sink);
                _matcher.Accept(domain, message, sink);
            }

            _buffered -= slot.Messages.Count;
            Counters.Overflowed += slot.Flows.Overflowed;
            Counters.Uncounted += slot.Flows.Evicted;
            _combiner.Combine(domain, slot.Slot, slot.Flows, sink);
            domain.Slots.RemoveFirst();
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
    }

    private PairDomain DomainOf(uint id)
    {
        if (!_domains.TryGetValue(id, out PairDomain? domain))
            _domains.Add(id, domain = new PairDomain(id, _slots, _options));
        return domain;
    }
}
