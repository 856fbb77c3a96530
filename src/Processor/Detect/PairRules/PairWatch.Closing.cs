using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// How a slot is closed: its echoes become rows of evidence, by flow, one key group after the other, and what comes of a group is added to
/// what is known of its pairs at once.
/// </summary>
public sealed partial class PairWatch
{
    /// <summary>From that many rows on it pays to read what is known of a group's pairs in order first.</summary>
    private const int RowsWorthTouching = 64;

    /// <summary>
    /// Begins to close a slot; slots close in ascending order. Its messages follow, one key group after the other, and with
    /// <see cref="EndSlot"/> what comes of them.
    /// </summary>
    public void BeginSlot(uint domain, long slot, Func<long, double> completenessAt, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(completenessAt);
        ArgumentNullException.ThrowIfNull(findings);
        Marks = _none;
        if (!_isActive)
            return;
        PassTime(domain, slot - 1, completenessAt, findings);
        WatchDomain watched = DomainOf(domain);
        if (watched.Closed is { } before)
        {
            before.Clear();
            _pool.Push(before);
            watched.Closed = null;
        }

        _closing = watched;
        _evidence = watched.TryTake(slot) ?? (_pool.Count > 0 ? _pool.Pop() : new SlotEvidence());
        _evidence.Slot = slot;
        watched.Closed = _evidence;
        _candidates.Clear();
        Deal();
    }

    /// <summary>Takes an echo of the slot and key group that is being closed; <paramref name="row"/> is what its flow has it by.</summary>
    public void Take(in PairMessage message, in Ends ends, FlowPart part, ref int row)
    {
        if (row == 0)
            row = _evidence.RowAtClose(ends.Source, ends.Destination, part) + 1;
        _evidence.RowAt(row - 1).Echo.Add(message);
    }

    /// <summary>Notes packets that found no room.</summary>
    public void Drop(uint packets) => _evidence.Dropped += packets;

    /// <summary>Ends a key group of the slot: its rows are added to what is known of its pairs while both are in the cache.</summary>
    public void EndGroup(int group)
    {
        if (!_isActive)
            return;
        Span<int> rows = RowsOf(group);
        if (rows.IsEmpty)
            return;
        long slot = _evidence.Slot;
        WatchGroup pairs = _closing!.Group((byte)group);
        if (rows.Length >= RowsWorthTouching && 4 * rows.Length >= pairs.Count)
            _touchedSum += pairs.Touch();
        bool mayAdd = Place(pairs, rows, slot);
        Ask(pairs, (byte)group, rows, slot, mayAdd);
        Answer(pairs, rows, slot);
        Mark(rows);
        Keep(pairs, (byte)group, rows);
    }

    // Rows that no finding of the slot can be about are given up, so that the next group's take the same memory.
    private void Keep(WatchGroup pairs, byte group, ReadOnlySpan<int> rows)
    {
        bool all = _mismatches.Count > _mismatchesBefore;
        _mismatchesBefore = _mismatches.Count;
        int kept = _groupStart;
        for (int k = 0; k < rows.Length; k++)
        {
            int row = rows[k], place = _places[k];
            if (_evidence.RowAt(row).Echo.Payload != 0)
                _candidates.Add(new Candidate(row, group, place, _unsolicited[k]));
            if (row >= _groupStart && (all || place < 0 || pairs[place].Tunnel != 0 || HeaderFeatures.IsSuspicious(pairs[place].Header)))
                _evidence.RowAt(kept++) = _evidence.RowAt(row);
        }

        _evidence.Truncate(kept);
        _groupStart = kept;
    }

    /// <summary>Ends a slot. Its findings are appended, its marks are ready.</summary>
    public void EndSlot(Func<long, double> completenessAt, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(completenessAt);
        ArgumentNullException.ThrowIfNull(findings);
        if (!_isActive)
            return;
        WatchDomain watched = _closing!;
        SlotEvidence evidence = _evidence;
        long slot = evidence.Slot;
        double completeness = completenessAt(slot);
        Dropped += evidence.Dropped;
        Weigh(watched, evidence, slot);
        watched.Trace(evidence, slot, completeness, _rules.Traceroute, findings);
        TakeDue(watched, slot);
        Judge(watched, new PairView(evidence, slot, completeness), findings);
        ClaimReports.Report(evidence, slot, completeness, _rules, findings);
        _mismatches.Clear();
        Marks = evidence.Marks;
    }

    // Those made when events came, as far as their messages were counted, and those made since the group before.
    private Span<int> RowsOf(int group)
    {
        int most = _starts[group + 1] - _starts[group] + _evidence.Rows.Length - _groupStart;
        if (_rows.Length < most)
            (_rows, _places, _unsolicited) = (new int[2 * most], new int[2 * most], new uint[2 * most]);
        int count = 0;
        foreach (int row in _dealt.AsSpan(_starts[group].._starts[group + 1]))
        {
            if (_evidence.RowAt(row).Echo.Packets > 0)
                _rows[count++] = row;
        }

        for (int row = _groupStart; row < _evidence.Rows.Length; row++)
            _rows[count++] = row;
        return _rows.AsSpan(0, count);
    }

    // A counting sort by key group.
    private void Deal()
    {
        Span<FlowEvidence> rows = _evidence.Rows;
        _groupStart = rows.Length;
        _mismatchesBefore = _mismatches.Count;
        if (_dealt.Length < rows.Length)
            _dealt = new int[2 * rows.Length];
        Array.Clear(_next);
        foreach (ref readonly FlowEvidence row in rows)
            _next[GroupOf(row)]++;
        int start = 0;
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            _starts[group] = start;
            (_next[group], start) = (start, start + _next[group]);
        }

        _starts[KeyGroup.Count] = start;
        for (int i = 0; i < rows.Length; i++)
            _dealt[_next[GroupOf(rows[i])]++] = i;
    }

    private static byte GroupOf(in FlowEvidence row) =>
        row.Part == FlowPart.Stowaway ? row.Group : KeyGroup.Of(EventKey.Of(row.Source, row.Destination));

    // Finds the pair of each row: -1 where there is none, and none is made for it. False where there is no room for those that are new.
    private bool Place(WatchGroup group, ReadOnlySpan<int> rows, long slot)
    {
        int added = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            ref FlowEvidence row = ref _evidence.RowAt(rows[i]);
            _places[i] = row.Part == FlowPart.Reply ? -1 : group.Find(row.Source, row.Destination, slot);
            if (_places[i] < 0 && row.Part == FlowPart.Request)
                added++;
        }

        if (added == 0 || group.HasRoom(added, slot))
            return true;
        Untracked += added;
        group.BlindUntil = slot + PairTrack.ConversationSlots;
        return false;
    }

    private void Ask(WatchGroup group, byte key, ReadOnlySpan<int> rows, long slot, bool mayAdd)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            ref FlowEvidence row = ref _evidence.RowAt(rows[i]);
            if (row.Part != FlowPart.Request)
                continue;
            if (_places[i] < 0 && mayAdd)
                _places[i] = group.Add(row.Source, row.Destination, slot);
            if (_places[i] < 0)
                continue;
            ref PairTrack pair = ref group[_places[i]];
            if (slot - pair.LastSlot > PairTrack.ConversationSlots)
                pair.Credit = 0;
            pair.LastSlot = slot;
            pair.Requests = (uint)Math.Min(uint.MaxValue, (ulong)pair.Requests + row.Echo.Packets);
            pair.Credit = (uint)Math.Min(uint.MaxValue, (ulong)pair.Credit + row.Echo.Packets);
            pair.Header.Add(row.Echo);
            if (HeaderFeatures.IsSuspicious(pair.Header))
                _touched.Add(new Touched(key, _places[i], pair.Requester, pair.Responder));
        }
    }

    // Replies beyond what their pair has asked for are unsolicited; where nothing was asked, all are, unless the group has been blind.
    private void Answer(WatchGroup group, ReadOnlySpan<int> rows, long slot)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            ref FlowEvidence row = ref _evidence.RowAt(rows[i]);
            if (row.Part != FlowPart.Reply)
                continue;
            _places[i] = group.Find(row.Destination, row.Source, slot);
            uint packets = row.Echo.Packets, unsolicited = packets;
            if (_places[i] >= 0)
            {
                ref PairTrack pair = ref group[_places[i]];
                pair.LastSlot = slot;
                pair.Replies = (uint)Math.Min(uint.MaxValue, (ulong)pair.Replies + packets);
                uint solicited = Math.Min(packets, pair.Credit);
                pair.Credit -= solicited;
                unsolicited -= solicited;
            }
            else if (slot < group.BlindUntil)
            {
                unsolicited = 0;
            }

            _unsolicited[i] = unsolicited;
            if (unsolicited == 0)
                continue;
            long bytes = (long)row.Echo.FirstBytes * unsolicited;
            _evidence.Marks.Add(MarkKind.Unsolicited, Role.Source, row.Source, unsolicited, bytes, 0, 0, row.Destination);
            _evidence.Marks.Add(MarkKind.Unsolicited, Role.Destination, row.Destination, unsolicited, bytes, 0, 0, row.Source);
            _evidence.Marks.AddPrefixes(row.Source, row.Destination, unsolicited, bytes);
            _evidence.Marks.Of(MarkKind.Unsolicited, Role.Destination, row.Destination).AddSample(row.Echo.Sample(row.Source, row.Destination));
        }
    }

    // What has unfamiliar payloads, in an order of its own: there may be more of it than a group has room for.
    private void Weigh(WatchDomain domain, SlotEvidence evidence, long slot)
    {
        if (_candidates.Count > 1)
            _candidates.Sort(_byFlow);
        foreach (Candidate candidate in _candidates)
            Weigh(domain, evidence, candidate, slot);
        foreach ((Address requester, Address responder) in _mismatches)
        {
            byte key = KeyGroup.Of(EventKey.Of(requester, responder));
            WatchGroup group = domain.Group(key);
            int place = group.Find(requester, responder, slot);
            if (place < 0 || !TryFollow(domain, key, ref group[place], slot))
                continue;
            group.TunnelOf(group[place]).Mismatches++;
            _touched.Add(new Touched(key, place, requester, responder));
        }
    }

    private void Weigh(WatchDomain domain, SlotEvidence evidence, in Candidate candidate, long slot)
    {
        ref FlowEvidence flow = ref evidence.RowAt(candidate.Row);
        WatchGroup group = domain.Group(candidate.Group);
        int place = candidate.Place;
        if (place < 0)
        {
            // A reply or a stowaway without request: worth a pair of its own.
            (Address requester, Address responder) = flow.Part == FlowPart.Reply ? (flow.Destination, flow.Source) : (flow.Source, flow.Destination);
            place = group.Find(requester, responder, slot);
            if (place < 0)
            {
                if (slot < group.BlindUntil || !group.HasRoom(1, slot))
                    return;
                place = group.Add(requester, responder, slot);
                group[place].Replies = flow.Part == FlowPart.Reply ? flow.Echo.Packets : 0;
            }
        }

        ref PairTrack pair = ref group[place];
        _touched.Add(new Touched(candidate.Group, place, pair.Requester, pair.Responder));
        if (!TryFollow(domain, candidate.Group, ref pair, slot))
        {
            Untracked++;
            return;
        }

        pair.LastSlot = slot;
        ref TunnelTrack tunnel = ref group.TunnelOf(pair);
        ref PayloadEvidence payload = ref evidence.PayloadAt(flow.Echo.Payload);
        if (flow.Part == FlowPart.Stowaway)
        {
            tunnel.StowedPackets += payload.Packets;
            tunnel.StowedBytes += payload.Bytes;
        }
        else if (flow.Part == FlowPart.Reply)
        {
            tunnel.Unsolicited += candidate.Unsolicited;
        }

        tunnel.Add(flow, payload);
        if (flow.Part == FlowPart.Reply && tunnel.Asked == 0 && pair.Requests > 0)
            tunnel.DataForNone++;
    }

    private void Mark(ReadOnlySpan<int> rows)
    {
        // A flow is worth a sample when it is loud by itself, or, so that a flood of many quiet ones has some too, one of 256 is.
        const int LoudPackets = 20, OneOf = 256;
        MarkTable marks = _evidence.Marks;
        foreach (int i in rows)
        {
            ref FlowEvidence row = ref _evidence.RowAt(i);
            if (row.Part == FlowPart.Stowaway)
                continue;
            if (row.Part == FlowPart.Request)
                marks.AddPrefixes(row.Source, row.Destination, row.Echo.Packets, (long)row.Echo.FirstBytes * row.Echo.Packets);
            if (row.Echo.Whole == 0 || (row.Echo.Packets < LoudPackets && (Mix.Hash(1, row.Source, row.Destination) % OneOf) != 0))
                continue;
            MarkSample sample = row.Echo.Sample(row.Source, row.Destination);
            marks.Of(MarkKind.Sample, Role.Source, row.Source).AddSample(sample);
            marks.Of(MarkKind.Sample, Role.Destination, row.Destination).AddSample(sample);
        }
    }

    /// <summary>A row with payload evidence: there may be more of it than a group has room for, so it is weighed in an order of its own.</summary>
    private readonly record struct Candidate(int Row, byte Group, int Place, uint Unsolicited);

    private static int Compare(in FlowEvidence a, in FlowEvidence b)
    {
        int order = a.Source.CompareTo(b.Source);
        if (order != 0)
            return order;
        order = a.Destination.CompareTo(b.Destination);
        order = order != 0 ? order : (byte)a.Part - (byte)b.Part;
        return order != 0 ? order : a.Group - b.Group;
    }
}
