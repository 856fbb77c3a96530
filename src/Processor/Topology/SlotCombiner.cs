using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Turns the flows of a closed slot into partials: sums by address and role, distinct peers, the loudest peers, the most frequent
/// types, for each host partition by role, then address.
/// </summary>
/// <remarks>
/// Flows are chained to their source and their destination, so each is read once for either end, and no set of peers outlives the
/// address it belongs to. The loudest peers count only what is keyed by its own pair: the whole of such a flow is in this
/// partition, so that the loudest of all partitions together are the loudest there are.
/// </remarks>
internal sealed class SlotCombiner
{
    private const int SourceTopPeers = 1;

    private readonly PairOptions _options;
    private readonly PartialBuffer[] _partials;
    private readonly OutputSequence[] _sequences;
    private readonly HashIndex _index = new();
    private readonly AddressOrder _order = new();
    private readonly PeerPool _peerPool = new();
    private readonly TypeTally _types = new();
    private readonly TopPeer[] _top = new TopPeer[PartialBuffer.MaxTopPeersPerCount];
    private Address[] _addresses = new Address[64];
    private (int Source, int Destination)[] _heads = new (int, int)[64];
    private (int Source, int Destination)[] _links = new (int, int)[64];
    private int _count;

    public SlotCombiner(PairOptions options)
    {
        _options = options;
        _sequences = new OutputSequence[options.HostPartitions];
        _partials = new PartialBuffer[options.HostPartitions];
        for (int i = 0; i < _partials.Length; i++)
            _partials[i] = new PartialBuffer();
    }

    /// <summary>What is put out next is caused by the record at a position of the log.</summary>
    public void MoveTo(long position)
    {
        foreach (ref OutputSequence sequence in _sequences.AsSpan())
            sequence.MoveTo(position);
    }

    /// <summary>Puts out the partials of a slot.</summary>
    public void Combine(PairDomain domain, long slot, FlowTable flows, IPairSink sink)
    {
        Chain(flows.Flows);
        ReadOnlySpan<int> order = _order.Sort(_addresses.AsSpan(0, _count));
        foreach (int place in order)
        {
            if (_heads[place].Source != 0)
                AddRow(domain, slot, flows, place, Role.Source, sink);
        }

        foreach (int place in order)
        {
            if (_heads[place].Destination != 0)
                AddRow(domain, slot, flows, place, Role.Destination, sink);
        }

        for (int partition = 0; partition < _partials.Length; partition++)
        {
            if (_partials[partition].Count > 0)
                Send(domain, partition, slot, EventTime.SlotEnd(slot), last: true, final: false, sink);
        }

        _index.Clear();
        _count = 0;
    }

    /// <summary>Tells the host partitions that have not heard of it how far time has come, or that the domain has ended.</summary>
    public void Tick(PairDomain domain, long slot, long watermarkNs, bool final, IPairSink sink)
    {
        for (int partition = 0; partition < _partials.Length; partition++)
        {
            if (final || domain.SentWatermarkNs[partition] < watermarkNs)
                Send(domain, partition, slot, watermarkNs, last: true, final, sink);
        }
    }

    private void Chain(ReadOnlySpan<Flow> flows)
    {
        if (_links.Length < flows.Length)
            _links = new (int, int)[Math.Max(flows.Length, 2 * _links.Length)];
        for (int i = 0; i < flows.Length; i++)
        {
            ref readonly Flow flow = ref flows[i];
            if (!flow.IsOverflow)
            {
                int sourcePlace = PlaceOf(flow.Source);
                ref (int Source, int Destination) source = ref _heads[sourcePlace];
                _links[i].Source = source.Source;
                source.Source = i + 1;
            }

            int destinationPlace = PlaceOf(flow.Destination);
            ref (int Source, int Destination) destination = ref _heads[destinationPlace];
            _links[i].Destination = destination.Destination;
            destination.Destination = i + 1;
        }
    }

    private int PlaceOf(Address address)
    {
        uint hash = Mix.Hash(0, address);
        HashProbe probe = _index.Probe(hash);
        while (probe.Next(out int place))
        {
            if (_addresses[place] == address)
                return place;
        }

        if (_count == _addresses.Length)
        {
            Array.Resize(ref _addresses, 2 * _count);
            Array.Resize(ref _heads, 2 * _count);
        }

        _addresses[_count] = address;
        _heads[_count] = default;
        _index.Add(hash, _count);
        return _count++;
    }

    private void AddRow(PairDomain domain, long slot, FlowTable flows, int place, Role role, IPairSink sink)
    {
        Address address = _addresses[place];
        int partition = _partials.Length == 1 ? 0 : KeyGroup.Partition(KeyGroup.Of(address), _partials.Length);
        PartialBuffer partial = _partials[partition];
        if (partial.IsFull || partial.MaxEncodedBytes > _options.MaxPartialBytes - MaxRowBytes)
            Send(domain, partition, slot, EventTime.SlotStart(slot), last: false, final: false, sink);

        ref PartialCount row = ref partial.Add();
        row.Address = address;
        row.Role = role;
        bool ofSource = role == Role.Source;
        var peers = default(PeerSet);
        int top = 0;
        for (int link = ofSource ? _heads[place].Source : _heads[place].Destination; link != 0;)
        {
            ref readonly Flow flow = ref flows.Flows[link - 1];
            (long packets, long bytes) = AddTypes(ref row, flow, flows);
            if (!flow.IsOverflow)
            {
                Address peer = ofSource ? flow.Destination : flow.Source;
                _peerPool.Add(ref peers, peer);
                if (packets > flow.ForeignPackets)
                    top = AddTop(new TopPeer(peer, packets - flow.ForeignPackets, bytes - flow.ForeignBytes), top, ofSource);
            }

            link = ofSource ? _links[link - 1].Source : _links[link - 1].Destination;
        }

        AddLists(partial, ref peers, top, ofSource);
    }

    private (long Packets, long Bytes) AddTypes(ref PartialCount row, in Flow flow, FlowTable flows)
    {
        AddType(ref row, flow.First);
        (long packets, long bytes) = (flow.First.Packets, flow.First.Bytes);
        for (int more = flow.More; more != 0; more = flows.TypeAt(more).Next)
        {
            ref readonly TypeEntry entry = ref flows.TypeAt(more);
            AddType(ref row, entry);
            packets += entry.Packets;
            bytes += entry.Bytes;
        }

        return (packets, bytes);
    }

    private void AddType(ref PartialCount row, in TypeEntry entry)
    {
        row.Packets += entry.Packets;
        row.Bytes += entry.Bytes;
        switch (MessageKind.ClassOf(TypeTally.FamilyOf(entry.TypeKey), TypeTally.TypeOf(entry.TypeKey)))
        {
            case MessageClass.Request:
                row.Requests += entry.Packets;
                break;
            case MessageClass.Reply:
                row.Replies += entry.Packets;
                break;
            case MessageClass.Error:
                row.Errors += entry.Packets;
                break;
            default:
                row.Other += entry.Packets;
                break;
        }

        _types.Add(entry.TypeKey, entry.Packets, entry.Bytes);
    }

    // Keeps the loudest so far in order: by packets, then address.
    private int AddTop(in TopPeer peer, int count, bool ofSource)
    {
        int room = ofSource ? SourceTopPeers : _top.Length;
        if (count == room && !IsLouder(peer, _top[count - 1]))
            return count;
        int place = count == room ? count - 1 : count;
        for (; place > 0 && IsLouder(peer, _top[place - 1]); place--)
            _top[place] = _top[place - 1];
        _top[place] = peer;
        return Math.Min(room, count + 1);
    }

    private static bool IsLouder(in TopPeer a, in TopPeer b) => a.Packets != b.Packets ? a.Packets > b.Packets : a.Address < b.Address;

    private void AddLists(PartialBuffer partial, ref PeerSet peers, int top, bool ofSource)
    {
        if (_peerPool.SketchOf(peers).IsEmpty)
        {
            Span<Address> exact = stackalloc Address[PeerPool.ExactLimit];
            int count = _peerPool.CopyExact(peers, exact);
            exact = exact[..count];
            if (count > 1)
                exact.Sort();
            exact.CopyTo(partial.AddPeers(count));
        }
        else
        {
            _peerPool.SketchOf(peers).CopyTo(partial.AddSketch());
        }

        // A source's only peer is its loudest.
        if (!ofSource || _peerPool.CountOf(peers) > 1)
            _top.AsSpan(0, top).CopyTo(partial.AddTopPeers(top));
        Span<TypeCount> types = stackalloc TypeCount[PartialBuffer.MaxTypesPerCount];
        int typeCount = _types.CopyTop(types);
        types[..typeCount].CopyTo(partial.AddTypes(typeCount));
        _types.Clear();
        _peerPool.Clear(ref peers);
    }

    private void Send(PairDomain domain, int partition, long slot, long watermarkNs, bool last, bool final, IPairSink sink)
    {
        PartialBuffer partial = _partials[partition];
        partial.Domain = domain.Id;
        partial.PairPartition = _options.Partition;
        partial.HostPartition = partition;
        partial.Sequence = _sequences[partition].Take();
        partial.SlotStartNs = EventTime.SlotStart(slot);
        partial.SlotNs = EventTime.SlotNs;
        partial.WatermarkNs = watermarkNs;
        partial.Final = final;
        if (last)
        {
            partial.Seen = domain.Clock.Seen - domain.SentCounts[partition].Seen;
            partial.Lost = domain.Clock.Lost - domain.SentCounts[partition].Lost;
            domain.SentCounts[partition] = (domain.Clock.Seen, domain.Clock.Lost);
        }

        domain.SentWatermarkNs[partition] = Math.Max(domain.SentWatermarkNs[partition], watermarkNs);
        sink.Accept(partial);
        partial.Clear();
    }

    // The most that one row can add to the bound: its peers or a sketch, its loudest and its types.
    private const int MaxRowBytes = 8 * 1024;
}
