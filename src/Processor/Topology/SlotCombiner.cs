using System.Runtime.CompilerServices;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Turns the flows of a closed slot into partials: sums by address and role, distinct peers, the loudest peers, the most frequent
/// types, for each host partition by key group, then address, then role.
/// </summary>
/// <remarks>
/// Both ends of every pair are dealt out to the key groups of their addresses and put in order of address there, so that an address's
/// pairs lie side by side. The loudest peers count only what is keyed by its own pair: the whole of such a flow is in this
/// partition, so that the loudest of all partitions together are the loudest there are.
/// </remarks>
internal sealed class SlotCombiner
{
    private const int SourceTopPeers = 1;

    private readonly PairOptions _options;
    private readonly CandidateOutbox _outbox;
    private readonly PartialBuffer[] _partials;
    private readonly OutputSequence[] _sequences;
    private readonly AddressOrder _order = new();
    private readonly TypeTally _types = new();
    private readonly PeerList _peers = new();
    private readonly TopPeer[] _top = new TopPeer[PartialBuffer.MaxTopPeersPerCount];
    private readonly TypeCount[] _typeCounts = new TypeCount[PartialBuffer.MaxTypesPerCount];
    private readonly int[] _groupEnds = new int[KeyGroup.Count + 1];
    private readonly int[] _next = new int[KeyGroup.Count];

    private int[] _ends = new int[128];
    private Address[] _addresses = new Address[128];
    private long _touched;

    public SlotCombiner(PairOptions options, CandidateOutbox outbox)
    {
        _options = options;
        _outbox = outbox;
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
        AddCandidates(domain, slot, sink);
        for (int partition = 0; partition < _partials.Length; partition++)
        {
            PartialBuffer partial = _partials[partition];
            if (partial.Count > 0 || partial.MarkCount > 0 || partial.CandidateCount > 0)
                Send(domain, partition, slot, EventTime.SlotEnd(slot), last: true, final: false, sink);
        }
    }

    /// <summary>
    /// Tells the host partitions that have not heard of it how far time has come, or that the domain has ended. Deadlines have passed up to
    /// that time: what they left to the host stages goes along.
    /// </summary>
    public void Tick(PairDomain domain, long slot, long watermarkNs, bool final, IPairSink sink)
    {
        AddCandidates(domain, slot, sink);
        domain.CandidatesUntilNs = Math.Max(domain.CandidatesUntilNs, watermarkNs);
        for (int partition = 0; partition < _partials.Length; partition++)
        {
            if (final || domain.SentWatermarkNs[partition] < watermarkNs || _partials[partition].CandidateCount > 0)
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

    private void AddCandidates(PairDomain domain, long slot, IPairSink sink)
    {
        foreach (ref readonly PartialCandidate candidate in _outbox.Waiting)
        {
            int partition = _partials.Length == 1 ? 0 : KeyGroup.Partition(KeyGroup.Of(candidate.Requester), _partials.Length);
            PartialWithRoom(domain, slot, partition, sink).AddCandidate() = candidate;
        }

        _outbox.Clear();
    }

    // A counting sort by key group, of numbers: pairs stay where they are until their group's turn.
    private void DealOut(FlowList flows)
    {
        int[] next = _next;
        Array.Clear(next);
        ReadOnlySpan<EndGroups> groups = flows.Groups;
        foreach (EndGroups pair in groups)
        {
            next[pair.Upper]++;
            if (pair.Lower >= 0)
                next[pair.Lower]++;
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
            _ends = new int[Math.Max(total, 2 * _ends.Length)];
        int[] ends = _ends;
        for (int i = 0; i < groups.Length; i++)
        {
            ends[next[groups[i].Upper]++] = (2 * i) + 1;
            if (groups[i].Lower >= 0)
                ends[next[groups[i].Lower]++] = 2 * i;
        }
    }

    private void CombineGroup(PairDomain domain, long slot, FlowList flows, int partition, ReadOnlySpan<int> ends, IPairSink sink)
    {
        if (_addresses.Length < ends.Length)
            _addresses = new Address[Math.Max(ends.Length, 2 * _addresses.Length)];
        ReadOnlySpan<PairFlows> pairs = flows.Items;
        for (int i = 0; i < ends.Length; i++)
        {
            // All of a pair is fetched here, many side by side, not only its addresses: what follows jumps about and would wait for each.
            ref readonly PairFlows pair = ref pairs[ends[i] >> 1];
            _touched += pair.Sent[0].Packets + pair.Sent[1].Packets;
            _addresses[i] = AddressOf(pair, ends[i]);
        }

        ReadOnlySpan<int> order = _order.Sort(_addresses.AsSpan(0, ends.Length));
        for (int start = 0; start < order.Length;)
        {
            Address address = _addresses[order[start]];
            int end = start + 1;
            while (end < order.Length && _addresses[order[end]] == address)
                end++;
            var run = new Run(flows, ends, order[start..end]);
            AddRow(domain, slot, partition, Role.Source, address, run, sink);
            AddRow(domain, slot, partition, Role.Destination, address, run, sink);
            start = end;
        }
    }

    // What an address received the other one sent. By number, not by a jump: an end is as likely the lower as the upper one of its pair.
    private static ref readonly Flow FlowOf(in PairFlows pair, int side, Role role) => ref pair.Sent[(side & 1) ^ (int)role];

    private static Address AddressOf(in PairFlows pair, int side) => pair.Ends[side & 1];

    private static Address PeerOf(in PairFlows pair, int side) => pair.Ends[(side & 1) ^ 1];

    private PartialBuffer PartialWithRoom(PairDomain domain, long slot, int partition, IPairSink sink)
    {
        PartialBuffer partial = _partials[partition];
        if (partial.IsFull || partial.MaxEncodedBytes > _options.MaxPartialBytes - MaxRowBytes)
            Send(domain, partition, slot, EventTime.SlotStart(slot), last: false, final: false, sink);
        return partial;
    }

    // Most addresses have one peer and one type in a slot: what the row itself says of its only peer need not be said again.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddRow(PairDomain domain, long slot, int partition, Role role, Address address, in Run run, IPairSink sink)
    {
        int count = run.CountOf(role, out int only);
        if (count == 0)
            return;
        PartialBuffer partial = PartialWithRoom(domain, slot, partition, sink);
        ref readonly PairFlows pair = ref run.Flows.Items[only >> 1];
        ref readonly Flow flow = ref FlowOf(pair, only, role);
        if (count > 1 || flow.More != 0 || pair.IsForeign)
        {
            ref PartialCount filled = ref partial.Add();
            filled.Address = address;
            filled.Role = role;
            FillRow(partial, ref filled, run, count);
            return;
        }

        ref PartialCount row = ref partial.Add(PeerOf(pair, only), TypeOf(flow.TypeKey, flow.Packets, flow.Bytes));
        row.Address = address;
        row.Role = role;
        row.Packets = flow.Packets;
        row.Bytes = flow.Bytes;
        AddClass(ref row, flow.TypeKey, flow.Packets);
    }

    private void FillRow(PartialBuffer partial, ref PartialCount row, in Run run, int count)
    {
        int top = 0;
        _peers.Clear(count);
        bool isOneType = true;
        uint typeKey = 0;
        foreach (int index in run.Order)
        {
            int side = run.Ends[index];
            ref readonly PairFlows pair = ref run.Flows.Items[side >> 1];
            ref readonly Flow flow = ref FlowOf(pair, side, row.Role);
            if (flow.Packets == 0)
                continue;
            row.Packets += flow.Packets;
            row.Bytes += flow.Bytes;
            isOneType &= flow.More == 0 && (typeKey == 0 || typeKey == flow.TypeKey);
            typeKey = flow.TypeKey;
            if (pair.IsOverflow)
                continue;
            _peers.Add(PeerOf(pair, side), pair.IsForeign);
            if (!pair.IsForeign)
                top = AddTop(new TopPeer(PeerOf(pair, side), flow.Packets, flow.Bytes), top, row.Role == Role.Source ? SourceTopPeers : _top.Length);
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
            partial.AddTypes(1)[0] = TypeOf(typeKey, row.Packets, row.Bytes);
            return;
        }

        foreach (int index in run.Order)
        {
            int side = run.Ends[index];
            ref readonly Flow flow = ref FlowOf(run.Flows.Items[side >> 1], side, row.Role);
            if (flow.Packets > 0)
                AddTypes(ref row, flow, run.Flows);
        }

        int typeCount = _types.CopyTop(_typeCounts);
        _typeCounts.AsSpan(0, typeCount).CopyTo(partial.AddTypes(typeCount));
        _types.Clear();
    }

    private static TypeCount TypeOf(uint typeKey, long packets, long bytes) =>
        new(TypeTally.FamilyOf(typeKey), TypeTally.TypeOf(typeKey), (byte)typeKey, packets, bytes);

    private void AddTypes(ref PartialCount row, in Flow flow, FlowList flows)
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
        MessageClass kind = MessageKind.ClassOf(TypeTally.FamilyOf(typeKey), TypeTally.TypeOf(typeKey));
        row.Requests += kind == MessageClass.Request ? packets : 0;
        row.Replies += kind == MessageClass.Reply ? packets : 0;
        row.Errors += kind == MessageClass.Error ? packets : 0;
        row.Other += kind == MessageClass.Other ? packets : 0;
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
        partial.CandidatesUntilNs = domain.CandidatesUntilNs;
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

    /// <summary>The ends of one address: places in <paramref name="ends"/>, each the place of a pair twice, and 1 for its upper address.</summary>
    private readonly ref struct Run(FlowList flows, ReadOnlySpan<int> ends, ReadOnlySpan<int> order)
    {
        public readonly FlowList Flows = flows;
        public readonly ReadOnlySpan<int> Ends = ends;
        public readonly ReadOnlySpan<int> Order = order;

        /// <summary>Ends whose address has sent, or received, anything, and one of them.</summary>
        public readonly int CountOf(Role role, out int last)
        {
            ReadOnlySpan<PairFlows> pairs = Flows.Items;
            (int count, last) = (0, 0);
            foreach (int index in Order)
            {
                int side = Ends[index];
                if (FlowOf(pairs[side >> 1], side, role).Packets > 0)
                    (count, last) = (count + 1, side);
            }

            return count;
        }
    }

    // The most that one row can add to the bound: its peers or a sketch, its loudest and its types.
    private const int MaxRowBytes = 8 * 1024;
}
