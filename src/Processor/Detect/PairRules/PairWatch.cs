using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// The rules' part of the pair stage. Events go into the evidence of their slot as they come; when the slot closes, the evidence is
/// added to what is known of each pair, the pair rules judge, and what the host stage needs is left as marks.
/// </summary>
public sealed partial class PairWatch : ICheckpointPart
{
    private readonly RuleSet _rules;
    private readonly bool _isActive;
    private readonly EventReader _reader;
    private readonly Dictionary<uint, WatchDomain> _domains = [];
    private readonly Stack<SlotEvidence> _pool = new();
    private readonly MarkTable _none = new();
    private readonly SlotEvidence _silence = new();
    private readonly List<(Address Requester, Address Responder)> _mismatches = [];
    private readonly List<int> _candidates = [];
    private readonly List<Touched> _touched = [];
    private readonly int[] _starts = new int[KeyGroup.Count + 1];
    private readonly int[] _next = new int[KeyGroup.Count];
    private readonly IPairRule[] _pairRules;
    private readonly Comparison<int> _byFlow;
    private SlotEvidence? _weighed;
    private int[] _places = [];
    private int[] _order = [];
    private byte[] _groups = [];
    private uint[] _unsolicited = [];
    private WatchDomain? _last;
    private ulong _readAhead;

    /// <summary>Makes a watch that has seen nothing.</summary>
    public PairWatch(RuleSet rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _rules = rules;
        _isActive = rules.NeedsEvents;
        _reader = new EventReader(rules.Networks);
        Marks = _none;
        _byFlow = (a, b) => Compare(_weighed!.RowAt(a), _weighed.RowAt(b));
        _pairRules = [new TunnelSignatureRule(rules.TunnelSignature), new TunnelBehaviourRule(rules.TunnelBehaviour)];
    }

    /// <summary>Marks of the slot closed last, until the next one closes.</summary>
    public MarkTable Marks { get; private set; }

    /// <summary>True where a rule needs events to be looked at.</summary>
    public bool IsActive => _isActive;

    /// <summary>Events that found no room in the evidence of their slot.</summary>
    public long Dropped { get; private set; }

    /// <summary>Pairs that were not tracked since their group was full.</summary>
    public long Untracked { get; private set; }

    /// <summary>Reads ahead what the next events will need, where that is of the slot of the event before them.</summary>
    public void Expect(ReadOnlySpan<IcmpEvent> events) => _readAhead += _last?.LastSlot?.Touch(events) ?? 0;

    /// <summary>Takes an event.</summary>
    public void Observe(uint domain, long slot, in IcmpEvent e, EventBuffer events)
    {
        if (!_isActive)
            return;
        WatchDomain watched = _last is not null && _last.Id == domain ? _last : DomainOf(domain);
        _reader.Read(e, events, watched.SlotOf(slot, _pool));
    }

    /// <summary>Takes an exchange on its way out.</summary>
    public void Observe(in EchoExchange exchange)
    {
        if (_isActive && exchange.Outcome == EchoOutcome.Mismatch)
            _mismatches.Add((exchange.Requester, exchange.Responder));
    }

    /// <summary>Ends a slot; slots end in ascending order. Its findings are appended, its marks are ready.</summary>
    public void EndSlot(uint domain, long slot, Func<long, double> completenessAt, List<RuleFinding> findings)
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

        if (watched.TryTake(slot) is not { } evidence)
        {
            _mismatches.Clear();
            PassTime(domain, slot, completenessAt, findings);
            return;
        }

        double completeness = completenessAt(slot);
        watched.Closed = evidence;
        Dropped += evidence.Dropped;
        Settle(watched, evidence, slot);
        Weigh(watched, evidence, slot);
        Mark(evidence);
        watched.Trace(evidence, slot, completeness, _rules.Traceroute, findings);
        TakeDue(watched, slot);
        Judge(watched, new PairView(evidence, slot, completeness), findings);
        ClaimReports.Report(evidence, slot, completeness, _rules, findings);
        _mismatches.Clear();
        Marks = evidence.Marks;
    }

    /// <summary>Writes down what is of no key group; between two records there are no mismatches and no marks.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteInt32(_domains.Count);
        foreach (WatchDomain domain in _domains.Values.OrderBy(domain => domain.Id))
        {
            writer.WriteUInt32(domain.Id);
            writer.WritePart(domain);
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        for (int left = reader.ReadCount(sizeof(uint) + sizeof(int)); left > 0; left--)
            reader.ReadPart(DomainOf(reader.ReadUInt32()));
    }

    /// <summary>What is known of a domain's key group; null where that is nothing.</summary>
    internal WatchGroup? Known(uint domain, byte group) => _domains.TryGetValue(domain, out WatchDomain? watched) ? watched.Known(group) : null;

    /// <summary>A domain's key group, to be read back. Different groups may be read by different threads.</summary>
    internal WatchGroup GroupOf(uint domain, byte group) =>
        _domains.TryGetValue(domain, out WatchDomain? watched) ? watched.Group(group) : throw new CheckpointException("a key group is of a domain that is not watched");

    // One key group after the other: what is known of its pairs fits a core's cache, that of all does not.
    private void Settle(WatchDomain domain, SlotEvidence evidence, long slot)
    {
        Deal(evidence);
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            ReadOnlySpan<int> rows = _order.AsSpan(_starts[group].._starts[group + 1]);
            if (rows.IsEmpty)
                continue;
            WatchGroup pairs = domain.Group((byte)group);
            bool mayAdd = Place(pairs, evidence, rows, slot);
            Ask(pairs, evidence, rows, slot, mayAdd);
            Answer(pairs, evidence, rows, slot);
        }
    }

    // A counting sort by key group; what has unfamiliar payloads is noted on the way.
    private void Deal(SlotEvidence evidence)
    {
        Span<FlowEvidence> rows = evidence.Rows;
        if (_places.Length < rows.Length)
        {
            int size = 2 * rows.Length;
            (_places, _order, _groups, _unsolicited) = (new int[size], new int[size], new byte[size], new uint[size]);
        }

        Array.Clear(_next);
        _candidates.Clear();
        for (int i = 0; i < rows.Length; i++)
        {
            ref FlowEvidence row = ref rows[i];
            if (row.Echo.Payload != 0)
                _candidates.Add(i);
            byte group = row.Part == FlowPart.Stowaway ? row.Group : KeyGroup.Of(EventKey.Of(row.Source, row.Destination));
            _groups[i] = group;
            _next[group]++;
        }

        int start = 0;
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            _starts[group] = start;
            (_next[group], start) = (start, start + _next[group]);
        }

        _starts[KeyGroup.Count] = start;
        for (int i = 0; i < rows.Length; i++)
            _order[_next[_groups[i]]++] = i;
    }

    // Finds the pair of each row: -1 where there is none, and none is made for it. False where there is no room for those that are new.
    private bool Place(WatchGroup group, SlotEvidence evidence, ReadOnlySpan<int> rows, long slot)
    {
        int added = 0;
        foreach (int i in rows)
        {
            ref FlowEvidence row = ref evidence.RowAt(i);
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

    private void Ask(WatchGroup group, SlotEvidence evidence, ReadOnlySpan<int> rows, long slot, bool mayAdd)
    {
        foreach (int i in rows)
        {
            ref FlowEvidence row = ref evidence.RowAt(i);
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
                _touched.Add(new Touched(_groups[i], _places[i], pair.Requester, pair.Responder));
        }
    }

    // Replies beyond what their pair has asked for are unsolicited; where nothing was asked, all are, unless the group has been blind.
    private void Answer(WatchGroup group, SlotEvidence evidence, ReadOnlySpan<int> rows, long slot)
    {
        foreach (int i in rows)
        {
            ref FlowEvidence row = ref evidence.RowAt(i);
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
            evidence.Marks.Add(MarkKind.Unsolicited, Role.Source, row.Source, unsolicited, bytes, 0, 0, row.Destination);
            evidence.Marks.Add(MarkKind.Unsolicited, Role.Destination, row.Destination, unsolicited, bytes, 0, 0, row.Source);
            evidence.Marks.AddPrefixes(row.Source, row.Destination, unsolicited, bytes);
            evidence.Marks.Of(MarkKind.Unsolicited, Role.Destination, row.Destination).AddSample(row.Echo.Sample(row.Source, row.Destination));
        }
    }

    // What has unfamiliar payloads, in an order of its own: there may be more of it than a group has room for.
    private void Weigh(WatchDomain domain, SlotEvidence evidence, long slot)
    {
        _weighed = evidence;
        if (_candidates.Count > 1)
            _candidates.Sort(_byFlow);
        foreach (int i in _candidates)
            Weigh(domain, evidence, i, slot);
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

    private void Weigh(WatchDomain domain, SlotEvidence evidence, int row, long slot)
    {
        ref FlowEvidence flow = ref evidence.RowAt(row);
        WatchGroup group = domain.Group(_groups[row]);
        if (_places[row] < 0)
        {
            // A reply or a stowaway without request: worth a pair of its own.
            (Address requester, Address responder) = flow.Part == FlowPart.Reply ? (flow.Destination, flow.Source) : (flow.Source, flow.Destination);
            int place = group.Find(requester, responder, slot);
            if (place < 0)
            {
                if (slot < group.BlindUntil || !group.HasRoom(1, slot))
                    return;
                place = group.Add(requester, responder, slot);
                group[place].Replies = flow.Part == FlowPart.Reply ? flow.Echo.Packets : 0;
            }

            _places[row] = place;
        }

        ref PairTrack pair = ref group[_places[row]];
        _touched.Add(new Touched(_groups[row], _places[row], pair.Requester, pair.Responder));
        if (!TryFollow(domain, _groups[row], ref pair, slot))
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
            tunnel.Unsolicited += _unsolicited[row];
        }

        tunnel.Add(flow, payload);
        if (flow.Part == FlowPart.Reply && tunnel.Asked == 0 && pair.Requests > 0)
            tunnel.DataForNone++;
    }

    private static void Mark(SlotEvidence evidence)
    {
        // A flow is worth a sample when it is loud by itself, or, so that a flood of many quiet ones has some too, one of 256 is.
        const int LoudPackets = 20, OneOf = 256;
        foreach (ref FlowEvidence row in evidence.Rows)
        {
            if (row.Part == FlowPart.Stowaway)
                continue;
            if (row.Part == FlowPart.Request)
                evidence.Marks.AddPrefixes(row.Source, row.Destination, row.Echo.Packets, (long)row.Echo.FirstBytes * row.Echo.Packets);
            if (row.Echo.Whole == 0 || (row.Echo.Packets < LoudPackets && (Mix.Hash(1, row.Source, row.Destination) % OneOf) != 0))
                continue;
            MarkSample sample = row.Echo.Sample(row.Source, row.Destination);
            evidence.Marks.Of(MarkKind.Sample, Role.Source, row.Source).AddSample(sample);
            evidence.Marks.Of(MarkKind.Sample, Role.Destination, row.Destination).AddSample(sample);
        }
    }

    private static int Compare(in FlowEvidence a, in FlowEvidence b)
    {
        int order = a.Source.CompareTo(b.Source);
        if (order != 0)
            return order;
        order = a.Destination.CompareTo(b.Destination);
        order = order != 0 ? order : (byte)a.Part - (byte)b.Part;
        return order != 0 ? order : a.Group - b.Group;
    }

    private WatchDomain DomainOf(uint id)
    {
        if (!_domains.TryGetValue(id, out WatchDomain? domain))
            _domains.Add(id, domain = new WatchDomain(id));
        return _last = domain;
    }
}
