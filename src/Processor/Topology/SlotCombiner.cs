using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Turns the flows of a closed slot into partials: sums by address and role, distinct peers, the loudest peers, the most frequent
/// types, for each host partition by key group, then address, then role.
/// </summary>
/// <remarks>
/// Both ends of every flow are dealt out to the key groups of their addresses and put in order of address there, so that an address's
/// flows lie side by side. The loudest peers count only what is keyed by its own pair: the whole of such a flow is in this
/// partition, so that the loudest of all partitions together are the loudest there are.
/// </remarks>
internal sealed class SlotCombiner
{
    private const int SourceTopPeers = 1;

    private readonly PairOptions _options;
    private readonly PartialBuffer[] _partials;
    private readonly OutputSequence[] _sequences;
    private readonly AddressOrder _order = new();
    private readonly TypeTally _types = new();
    private readonly PeerList _peers = new();
    private readonly TopPeer[] _top = new TopPeer[PartialBuffer.MaxTopPeersPerCount];
    private readonly TypeCount[] _typeCounts = new TypeCount[PartialBuffer.MaxTypesPerCount];
    private readonly int[] _groupEnds = new int[KeyGroup.Count + 1];
    private readonly int[] _next = new int[KeyGroup.Count];

    private FlowEnd[] _ends = new FlowEnd[128];
    private Address[] _addresses = new Address[128];

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
    public void Combine(PairDomain domain, long slot, FlowList flows, MarkTable marks, IPairSink sink)
    {
        DealOut(flows);
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            int start = _groupEnds[group], end = _groupEnds[group + 1];
            if (end > start)
                CombineGroup(domain, slot, flows, KeyGroup.Partition((byte)group, _partials.Length), _ends.AsSpan(start, end - start), sink);
        }

        AddMarks(domain, slot, marks, sink);
        for (int partition = 0; partition < _partials.Length; partition++)
        {
            if (_partials[partition].Count > 0 || _partials[partition].MarkCount > 0)
                Send(domain, partition, slot, EventTime.SlotEnd(slot), last: true, final: false, sink);
        }
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

    private void AddMarks(PairDomain domain, long slot, MarkTable marks, IPairSink sink)
    {
        foreach (int place in marks.Sort())
        {
            ref readonly Mark mark = ref marks.At(place);

            // Networks of both sizes go where the larger one does, so that one partition sees all of either.
            Address key = mark.Kind == MarkKind.PrefixSmall ? PrefixSizes.Large(mark.Address) : mark.Address;
            int partition = _partials.Length == 1 ? 0 : KeyGroup.Partition(KeyGroup.Of(key), _partials.Length);
            marks.WriteTo(PartialWithRoom(domain, slot, partition, sink), mark);
        }
    }

    // A counting sort by key group.
    private void DealOut(FlowList flows)
    {
        int[] next = _next;
        Array.Clear(next);
        foreach (ref readonly Flow flow in flows.Items)
        {
            next[flow.DestinationGroup]++;
            if (!flow.IsOverflow)
                next[flow.SourceGroup]++;
        }

        int total = 0;
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            _groupEnds[group] = total;
            total += next[group];
            next[group] = _groupEnds[group];
        }

        _groupEnds[KeyGroup.Count] = total;
        if (_ends.Length < total)
            _ends = new FlowEnd[Math.Max(total, 2 * _ends.Length)];
        FlowEnd[] ends = _ends;
        foreach (ref readonly Flow flow in flows.Items)
        {
            ends[next[flow.DestinationGroup]++].Set(flow, Role.Destination);
            if (!flow.IsOverflow)
                ends[next[flow.SourceGroup]++].Set(flow, Role.Source);
        }
    }

    private void CombineGroup(PairDomain domain, long slot, FlowList flows, int partition, ReadOnlySpan<FlowEnd> ends, IPairSink sink)
    {
        if (_addresses.Length < ends.Length)
            _addresses = new Address[Math.Max(ends.Length, 2 * _addresses.Length)];
        for (int i = 0; i < ends.Length; i++)
            _addresses[i] = ends[i].Address;

        ReadOnlySpan<int> order = _order.Sort(_addresses.AsSpan(0, ends.Length));
        for (int start = 0; start < order.Length;)
        {
            Address address = _addresses[order[start]];
            int end = start;
            (int sources, int source, int destinations, int destination) = (0, 0, 0, 0);
            for (; end < order.Length && _addresses[order[end]] == address; end++)
            {
                if (ends[order[end]].Role == Role.Source)
                    (sources, source) = (sources + 1, order[end]);
                else
                    (destinations, destination) = (destinations + 1, order[end]);
            }

            ReadOnlySpan<int> run = order[start..end];
            if (sources == 1 && ends[source].IsPlain)
                AddPlainRow(domain, slot, partition, ends[source], sink);
            else if (sources > 0)
                AddRow(domain, slot, flows, partition, Role.Source, run, ends, sources, sink);
            if (destinations == 1 && ends[destination].IsPlain)
                AddPlainRow(domain, slot, partition, ends[destination], sink);
            else if (destinations > 0)
                AddRow(domain, slot, flows, partition, Role.Destination, run, ends, destinations, sink);
            start = end;
        }
    }

    private PartialBuffer PartialWithRoom(PairDomain domain, long slot, int partition, IPairSink sink)
    {
        PartialBuffer partial = _partials[partition];
        if (partial.IsFull || partial.MaxEncodedBytes > _options.MaxPartialBytes - MaxRowBytes)
            Send(domain, partition, slot, EventTime.SlotStart(slot), last: false, final: false, sink);
        return partial;
    }

    // Most addresses have one peer and one type in a slot: what the row itself says of its only peer need not be said again.
    private void AddPlainRow(PairDomain domain, long slot, int partition, in FlowEnd end, IPairSink sink)
    {
        PartialBuffer partial = PartialWithRoom(domain, slot, partition, sink);
        ref PartialCount row = ref partial.Add();
        row.Address = end.Address;
        row.Role = end.Role;
        row.Packets = end.Packets;
        row.Bytes = end.Bytes;
        AddClass(ref row, end.TypeKey, end.Packets);
        partial.AddPeers(1)[0] = end.Peer;
        partial.AddTypes(1)[0] = new TypeCount(TypeTally.FamilyOf(end.TypeKey), TypeTally.TypeOf(end.TypeKey), (byte)end.TypeKey, end.Packets, end.Bytes);
    }

    private void AddRow(
        PairDomain domain, long slot, FlowList flows, int partition, Role role, ReadOnlySpan<int> run, ReadOnlySpan<FlowEnd> ends, int count, IPairSink sink)
    {
        PartialBuffer partial = PartialWithRoom(domain, slot, partition, sink);
        ref PartialCount row = ref partial.Add();
        row.Address = ends[run[0]].Address;
        row.Role = role;
        int top = 0;
        _peers.Clear(count);
        bool isOneType = true;
        uint typeKey = 0;
        foreach (int index in run)
        {
            ref readonly FlowEnd end = ref ends[index];
            if (end.Role != role)
                continue;
            row.Packets += end.Packets;
            row.Bytes += end.Bytes;
            isOneType &= end.More == 0 && (typeKey == 0 || typeKey == end.TypeKey);
            typeKey = end.TypeKey;
            if (end.IsOverflow)
                continue;
            _peers.Add(end.Peer, end.IsForeign);
            if (!end.IsForeign)
                top = AddTop(new TopPeer(end.Peer, end.Packets, end.Bytes), top, role == Role.Source ? SourceTopPeers : _top.Length);
        }

        // What the row itself says of its only peer need not be said again; where only errors came that quote others, nobody is the loudest.
        _peers.Write(partial);
        if (top == 0)
            _top[top++] = default;
        if (count > 1 || _top[0].Packets == 0)
            _top.AsSpan(0, top).CopyTo(partial.AddTopPeers(top));
        if (isOneType)
        {
            AddClass(ref row, typeKey, row.Packets);
            partial.AddTypes(1)[0] = new TypeCount(TypeTally.FamilyOf(typeKey), TypeTally.TypeOf(typeKey), (byte)typeKey, row.Packets, row.Bytes);
            return;
        }

        foreach (int index in run)
        {
            if (ends[index].Role == role)
                AddTypes(ref row, ends[index], flows);
        }

        int typeCount = _types.CopyTop(_typeCounts);
        _typeCounts.AsSpan(0, typeCount).CopyTo(partial.AddTypes(typeCount));
        _types.Clear();
    }

    private void AddTypes(ref PartialCount row, in FlowEnd flow, FlowList flows)
    {
        (long packets, long bytes) = (flow.Packets, flow.Bytes);
        for (int more = flow.More; more != 0; more = flows.TypeAt(more).Next)
        {
            ref readonly TypeEntry entry = ref flows.TypeAt(more);
            AddClass(ref row, entry.TypeKey, entry.Packets);
            _types.Add(entry.TypeKey, entry.Packets, entry.Bytes);
            packets -= entry.Packets;
            bytes -= entry.Bytes;
        }

        AddClass(ref row, flow.TypeKey, packets);
        _types.Add(flow.TypeKey, packets, bytes);
    }

    private static void AddClass(ref PartialCount row, uint typeKey, long packets)
    {
        switch (MessageKind.ClassOf(TypeTally.FamilyOf(typeKey), TypeTally.TypeOf(typeKey)))
        {
            case MessageClass.Request:
                row.Requests += packets;
                break;
            case MessageClass.Reply:
                row.Replies += packets;
                break;
            case MessageClass.Error:
                row.Errors += packets;
                break;
            default:
                row.Other += packets;
                break;
        }
    }

    // Keeps the loudest so far in order: by packets, then address.
    private int AddTop(in TopPeer peer, int count, int room)
    {
        if (count == room && !IsLouder(peer, _top[count - 1]))
            return count;
        int place = count == room ? count - 1 : count;
        for (; place > 0 && IsLouder(peer, _top[place - 1]); place--)
            _top[place] = _top[place - 1];
        _top[place] = peer;
        return Math.Min(room, count + 1);
    }

    private static bool IsLouder(in TopPeer a, in TopPeer b) => a.Packets != b.Packets ? a.Packets > b.Packets : a.Address < b.Address;

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

    /// <summary>One end of a flow, dealt out to the key group of its address: 64 bytes.</summary>
    private struct FlowEnd
    {
        public Address Address;
        public Address Peer;
        public long Packets;
        public long Bytes;
        public uint TypeKey;
        public int More;
        public Role Role;
        public bool IsForeign;
        public bool IsOverflow;

        /// <summary>True where nothing is to be said but packets and bytes of one type and one peer.</summary>
        public readonly bool IsPlain => More == 0 && Packets > 0 && !IsForeign && !IsOverflow;

        public void Set(in Flow flow, Role role)
        {
            Address = role == Role.Source ? flow.Source : flow.Destination;
            Peer = role == Role.Source ? flow.Destination : flow.Source;
            Packets = flow.Packets;
            Bytes = flow.Bytes;
            TypeKey = flow.TypeKey;
            More = flow.More;
            Role = role;
            IsForeign = flow.IsForeign;
            IsOverflow = flow.IsOverflow;
        }
    }

    // The most that one row can add to the bound: its peers or a sketch, its loudest and its types.
    private const int MaxRowBytes = 8 * 1024;
}
