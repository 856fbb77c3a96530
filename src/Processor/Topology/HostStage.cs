using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Second stage: the partials of one host partition, from all pair partitions, become rates by address and window, and findings of
/// the rules. A pure function of the records in their order; time comes from them alone.
/// </summary>
/// <remarks>
/// A slot closes when the partials of all pair partitions have passed it; its addresses are then handled by key group, in ascending order,
/// so that what the limits do is the same whatever the order in which the partials came. One thread calls it.
/// </remarks>
public sealed partial class HostStage
{
    /// <summary>Findings in one record at most: 1,000 of up to 500 bytes are half of what a topic takes by default.</summary>
    private const int MaxFindingsPerRecord = 1000;

    /// <summary>How far packets are ahead of the watermark that ends their domain, ns: the allowed lateness of a stream.</summary>
    private const long MaxAheadNs = 500_000_000;

    private readonly HostOptions _options;
    private readonly SequenceGate _gate;
    private readonly Dictionary<uint, HostDomain> _domains = [];
    private readonly Stack<PartialBuffer> _copies = new();
    private readonly Stack<WaitingSlot> _waitingPool = new();
    private readonly List<PartialBuffer> _slotPartials = [];
    private readonly SlotRows _rows = new();
    private readonly AddressPool _slotPeers = new();
    private readonly LoudestPeers _loudest = new();
    private readonly List<(PartialBuffer Partial, int Index)> _newPeers = [];
    private readonly WindowCloser _closer;
    private readonly CastMatcher _casts;
    private OutputSequence _sequence;

    /// <summary>Makes a stage that has seen nothing.</summary>
    public HostStage(HostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _gate = new SequenceGate(options.PairPartitions);
        _closer = new WindowCloser(options, Counters);
        _casts = new CastMatcher(options.Echo, Counters);
    }

    /// <summary>The books.</summary>
    public HostCounters Counters { get; } = new();

    /// <summary>Addresses kept.</summary>
    public int Hosts
    {
        get
        {
            int hosts = 0;
            foreach (HostDomain domain in _domains.Values)
                hosts += domain.Hosts.Count;
            return hosts;
        }
    }

    /// <summary>Windows of rates that are open, and slots that wait for other pair partitions, of all domains.</summary>
    public int OpenWindows => _domains.Values.Sum(domain => domain.Waiting.Count + (domain.HasWindow ? 1 : 0));

    /// <summary>True when every domain seen has ended.</summary>
    public bool IsDrained => _domains.Count == 0;

    /// <summary>Adds what is known of an address, in each domain that knows it.</summary>
    public void Describe(Address address, List<HostSummary> found) => HostQuery.Describe(_domains.Values, address, found);

    /// <summary>Adds the loudest addresses of the current windows, in no order.</summary>
    public void CollectLoudest(HostRank rank, int count, List<HostSummary> found) => HostQuery.CollectLoudest(_domains.Values, rank, count, found);

    /// <summary>Takes one record of an input that is not a log: positions are counted here.</summary>
    public void Accept(PartialBuffer partial, IHostSink sink) => Accept(Counters.Records, partial, sink);

    /// <summary>
    /// Takes the record at a position of the log; positions rise. What follows from it goes to the sink before this returns.
    /// </summary>
    public void Accept(long position, PartialBuffer partial, IHostSink sink)
    {
        ArgumentNullException.ThrowIfNull(partial);
        _sequence.MoveTo(position);
        Counters.Records++;
        if (!_gate.TryPass(partial.PairPartition, partial.Sequence))
        {
            Counters.Duplicate++;
            return;
        }

        HostDomain domain = DomainOf(partial.Domain);
        long slot = EventTime.SlotOf(partial.SlotStartNs);
        domain.Clock.Observe(partial.PairPartition, partial.WatermarkNs, partial.Final);
        domain.CandidateClock.Observe(partial.PairPartition, partial.CandidatesUntilNs, partial.Final);
        domain.Casts.Take(partial.Candidates);
        long openFrom = domain.Clock.IsEnded ? long.MaxValue : SlotOfWatermark(domain.Clock.EventTimeNs);
        bool isDirect = Wait(domain, slot, partial, openFrom);
        CloseSlots(domain, openFrom, slot, isDirect ? partial : null, sink);
        if (domain.Clock.IsEnded)
        {
            Finish(domain, sink);
            return;
        }

        domain.Casts.Advance(domain.CandidateClock.EventTimeNs, sink);
        Advance(domain, openFrom, sink);
    }

    // True when the partial's slot closes at once, so that it need not be copied: with one pair partition none is.
    private bool Wait(HostDomain domain, long slot, PartialBuffer partial, long openFrom)
    {
        if (slot < domain.OpenFrom)
        {
            foreach (ref PartialCount count in partial.Counts)
                Counters.LatePackets += count.Role == Role.Source ? count.Packets : 0;
            return false;
        }

        if (!domain.Waiting.TryGetValue(slot, out WaitingSlot? waiting))
            domain.Waiting.Add(slot, waiting = _waitingPool.Count > 0 ? _waitingPool.Pop() : new WaitingSlot());
        waiting.Seen += partial.Seen;
        waiting.Lost += partial.Lost;
        if (slot < openFrom)
            return true;
        if (partial.Count > 0 || partial.MarkCount > 0)
        {
            PartialBuffer copy = _copies.Count > 0 ? _copies.Pop() : new PartialBuffer();
            copy.CopyCountsFrom(partial);
            copy.PairPartition = partial.PairPartition;
            waiting.Partials.Add(copy);
        }

        return false;
    }

    private void CloseSlots(HostDomain domain, long openFrom, long directSlot, PartialBuffer? direct, IHostSink sink)
    {
        while (domain.Waiting.Count > 0 && domain.Waiting.GetKeyAtIndex(0) < openFrom)
        {
            long slot = domain.Waiting.GetKeyAtIndex(0);
            WaitingSlot waiting = domain.Waiting.GetValueAtIndex(0);
            domain.Waiting.RemoveAt(0);
            _slotPartials.Clear();
            _slotPartials.AddRange(waiting.Partials);
            if (direct is not null && slot == directSlot)
                _slotPartials.Add(direct);
            PassEmptySlots(domain, slot, sink);
            CloseSlot(domain, slot, waiting, sink);
            Reuse(waiting);
        }
    }

    private void CloseSlot(HostDomain domain, long slot, WaitingSlot waiting, IHostSink sink)
    {
        long windowStartNs = EventTime.WindowStart(EventTime.SlotStart(slot), _options.WindowNs);
        if (domain.HasWindow && domain.WindowStartNs != windowStartNs)
            _closer.Close(domain, sink);
        domain.HasWindow = true;
        domain.WindowStartNs = windowStartNs;
        domain.WindowSeen += waiting.Seen;
        domain.WindowLost += waiting.Lost;

        _rows.Start(_slotPartials);
        while (_rows.MoveNext())
            CloseAddress(domain, slot);
        ObserveMarks(domain, slot);
        EndSlot(domain, slot);
        domain.Marks.Clear();
        domain.LastSlot = slot;
    }

    private void ObserveMarks(HostDomain domain, long slot)
    {
        foreach (PartialBuffer partial in _slotPartials)
            domain.Marks.Add(partial);
        foreach (int place in domain.Marks.Sort())
        {
            ref readonly Mark mark = ref domain.Marks.At(place);
            foreach (IHostRule rule in domain.Rules)
                rule.Observe(slot, domain.Marks, mark);
        }
    }

    private void CloseAddress(HostDomain domain, long slot)
    {
        var view = new HostSlot { Slot = slot, Address = _rows.Address, Place = domain.Hosts.Find(_rows.Address, _rows.Group), Pool = _slotPeers };
        HostGroup? group = view.Place < 0 ? null : domain.Hosts.GroupOf(view.Place);
        _loudest.Clear();
        _newPeers.Clear();
        while (_rows.TryNextRow(out PartialBuffer partial, out int index))
        {
            ref PartialCount row = ref partial.Counts[index];
            bool isSource = row.Role == Role.Source;
            Add(ref isSource ? ref view.Source : ref view.Destination, row);
            _loudest.Add(partial, row, isSource);
            if (isSource)
                AddAsked(ref view.Asked, partial, row);
            if (group is null)
                _newPeers.Add((partial, index));
            else
                AddPeers(group, view.Place, partial, row);
        }

        view.Source.Loudest = _loudest.Source;
        view.Destination.Loudest = _loudest.Destination;
        if (group is null)
        {
            view.Place = PlaceOf(domain, slot, view.Source.Packets + view.Destination.Packets);
            if (view.Place < 0)
            {
                WindowCloser.AddToRest(domain, Role.Source, view.Source);
                WindowCloser.AddToRest(domain, Role.Destination, view.Destination);
                _slotPeers.Clear(ref view.Asked);
                return;
            }

            group = domain.Hosts.GroupOf(view.Place);
            foreach ((PartialBuffer partial, int index) in _newPeers)
                AddPeers(group, view.Place, partial, partial.Counts[index]);
        }

        ref Host host = ref domain.Hosts[view.Place];
        Solicitation.Settle(ref host, slot, ref view.Source, ref view.Destination);
        host.LastSlot = (uint)slot;
        if (host.Source != 0)
            WindowCloser.Add(ref group.Window(host.Source), view.Source);
        if (host.Destination != 0)
            WindowCloser.Add(ref group.Window(host.Destination), view.Destination);
        view.HasSeveralPeers = host.Source != 0 && group.Peers.HasSeveral(group.Window(host.Source).Peers);
        foreach (IAddressRule rule in domain.AddressRules)
            rule.Observe(view);
        _slotPeers.Clear(ref view.Asked);
    }

    private void AddAsked(ref AddressSet asked, PartialBuffer partial, in PartialCount row)
    {
        foreach (Address peer in partial.Peers(row))
            _slotPeers.Add(ref asked, peer);
        if (row.HasSketch)
            _slotPeers.AddSketch(ref asked, partial.Sketch(row));
    }

    private static void Add(ref RoleSlot sum, in PartialCount row)
    {
        sum.Packets += row.Packets;
        sum.Bytes += row.Bytes;
        sum.Requests += row.Requests;
        sum.Replies += row.Replies;
        sum.Errors += row.Errors;
        sum.Other += row.Other;
    }

    private static void AddPeers(HostGroup group, int place, PartialBuffer partial, in PartialCount row)
    {
        ref RoleWindow window = ref group.WindowOf(place >> 8, row.Role);
        foreach (Address peer in partial.Peers(row))
            group.Peers.Add(ref window.Peers, peer);
        if (row.HasSketch)
            group.Peers.AddSketch(ref window.Peers, partial.Sketch(row));
    }

    private int PlaceOf(HostDomain domain, long slot, long packets)
    {
        byte group = _rows.Group;
        if (!domain.Hosts.HasRoom(group))
        {
            Counters.Evicted++;
            int surplus = domain.Hosts.Surplus(group, packets, domain.Held);
            if (surplus < 0)
                return -1;
            WindowCloser.GiveUp(domain, surplus);
        }

        int place = domain.Hosts.Add(_rows.Address, group);
        domain.Hosts[place].LastSlot = (uint)slot;
        return place;
    }

    // Rules that are not idle see the slots without packets too, until they are or time has come to the next slot with packets.
    // A window ends before the first slot behind it: else what rules say there would depend on how far time went at once.
    private void PassEmptySlots(HostDomain domain, long until, IHostSink sink)
    {
        if (domain.LastSlot == long.MinValue)
            return;
        for (long slot = domain.LastSlot + 1; slot < until && !domain.IsIdle; slot++)
        {
            EndWindowBefore(domain, slot, sink);
            EndSlot(domain, slot);
            domain.LastSlot = slot;
        }
    }

    private void EndWindowBefore(HostDomain domain, long slot, IHostSink sink)
    {
        if (domain.HasWindow && EventTime.Add(domain.WindowStartNs, _options.WindowNs) <= EventTime.SlotStart(slot))
            _closer.Close(domain, sink);
    }

    private static void EndSlot(HostDomain domain, long slot)
    {
        foreach (IHostRule rule in domain.Rules)
            rule.EndSlot(slot, domain, domain.Pending.Findings);
    }

    private void Advance(HostDomain domain, long openFrom, IHostSink sink)
    {
        if (openFrom <= domain.OpenFrom)
            return;
        domain.OpenFrom = openFrom;
        PassEmptySlots(domain, openFrom, sink);
        EndWindowBefore(domain, openFrom, sink);
        Send(domain, EventTime.SlotStart(openFrom), final: false, sink);
    }

    private void Finish(HostDomain domain, IHostSink sink)
    {
        // Every partition of the domain comes to the same slot, whatever its own last packets: what rules say last does not depend on the others'.
        if (domain.LastSlot != long.MinValue)
        {
            long endSlot = Math.Max(domain.LastSlot, SlotOfWatermark(EventTime.Add(domain.Clock.HighestNs, MaxAheadNs)));
            PassEmptySlots(domain, endSlot + 1, sink);
            foreach (IHostRule rule in domain.Rules)
                rule.Finish(endSlot, domain, domain.Pending.Findings);
        }

        if (domain.HasWindow)
            _closer.Close(domain, sink);
        domain.Casts.Finish(sink);
        Send(domain, domain.Clock.HighestNs, final: true, sink);
        _domains.Remove(domain.Id);
    }

    // Findings of many are cut into several records, so that none is larger than the log allows.
    private void Send(HostDomain domain, long watermarkNs, bool final, IHostSink sink)
    {
        Finding pending = domain.Pending;
        Counters.Findings += pending.Findings.Count;
        while (pending.Findings.Count > MaxFindingsPerRecord)
        {
            var part = new Finding { Stage = FindingStage.Host };
            part.Findings.AddRange(pending.Findings[..MaxFindingsPerRecord]);
            pending.Findings.RemoveRange(0, MaxFindingsPerRecord);
            Send(domain, part, domain.SentWatermarkNs, final: false, sink);
        }

        Send(domain, pending, watermarkNs, final, sink);
        domain.SentWatermarkNs = watermarkNs;
        pending.Findings.Clear();
        pending.Rest.Clear();
    }

    private void Send(HostDomain domain, Finding record, long watermarkNs, bool final, IHostSink sink)
    {
        record.Domain = domain.Id;
        record.Partition = _options.Partition;
        record.Sequence = _sequence.Take();
        record.WatermarkNs = watermarkNs;
        record.Final = final;
        sink.Accept(record);
    }

    private void Reuse(WaitingSlot waiting)
    {
        const int MaxKept = 64;
        foreach (PartialBuffer partial in waiting.Partials)
        {
            partial.Clear();
            if (_copies.Count < MaxKept)
                _copies.Push(partial);
        }

        waiting.Clear();
        if (_waitingPool.Count < MaxKept)
            _waitingPool.Push(waiting);
    }

    private static long SlotOfWatermark(long watermarkNs) =>
        watermarkNs == BatchEnvelope.NoWatermark ? long.MinValue : EventTime.SlotOf(watermarkNs);

    private HostDomain DomainOf(uint id)
    {
        if (!_domains.TryGetValue(id, out HostDomain? domain))
            _domains.Add(id, domain = new HostDomain(id, _options, _casts));
        return domain;
    }
}
