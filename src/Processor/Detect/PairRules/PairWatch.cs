using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// The rules' part of the pair stage. Events go into the evidence of their slot as they come; when the slot closes, the evidence is
/// added to what is known of each pair, the pair rules judge, and what the host stage needs is left as marks.
/// </summary>
public sealed partial class PairWatch
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
    private readonly int[] _newPairs = new int[KeyGroup.Count];
    private readonly IPairRule[] _pairRules;
    private readonly Comparison<int> _byFlow;
    private SlotEvidence? _weighed;
    private int[] _places = [];
    private byte[] _groups = [];
    private uint[] _unsolicited = [];
    private WatchDomain? _last;

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
        Place(watched, evidence, slot);
        Ask(watched, evidence, slot);
        Answer(watched, evidence, slot);
        Weigh(watched, evidence, slot);
        Mark(evidence);
        watched.Trace(evidence, slot, completeness, _rules.Traceroute, findings);
        TakeDue(watched, slot);
        Judge(watched, new PairView(evidence, slot, completeness), findings);
        ClaimReports.Report(evidence, slot, completeness, _rules, findings);
        _mismatches.Clear();
        Marks = evidence.Marks;
    }

    // Finds the pair of each row: -1 where there is none, and none is made for it.
    private void Place(WatchDomain domain, SlotEvidence evidence, long slot)
    {
        Span<FlowEvidence> rows = evidence.Rows;
        if (_places.Length < rows.Length)
            (_places, _groups, _unsolicited) = (new int[2 * rows.Length], new byte[2 * rows.Length], new uint[2 * rows.Length]);
        Array.Clear(_newPairs);
        for (int i = 0; i < rows.Length; i++)
        {
            ref FlowEvidence row = ref rows[i];
            byte group = KeyGroup.Of(EventKey.Of(row.Source, row.Destination));
            _groups[i] = group;
            _places[i] = row.Part == FlowPart.Reply ? -1 : domain.Group(group).Find(row.Source, row.Destination, slot);
            if (_places[i] < 0 && row.Part == FlowPart.Request)
                _newPairs[group]++;
        }

        for (int group = 0; group < KeyGroup.Count; group++)
        {
            int added = _newPairs[group];
            if (added == 0 || domain.Group((byte)group).HasRoom(added, slot))
                continue;
            Untracked += added;
            _newPairs[group] = -1;
            domain.Group((byte)group).BlindUntil = slot + PairTrack.ConversationSlots;
        }
    }

    private void Ask(WatchDomain domain, SlotEvidence evidence, long slot)
    {
        Span<FlowEvidence> rows = evidence.Rows;
        for (int i = 0; i < rows.Length; i++)
        {
            ref FlowEvidence row = ref rows[i];
            if (row.Part != FlowPart.Request)
                continue;
            WatchGroup group = domain.Group(_groups[i]);
            if (_places[i] < 0 && _newPairs[_groups[i]] >= 0)
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
    private void Answer(WatchDomain domain, SlotEvidence evidence, long slot)
    {
        Span<FlowEvidence> rows = evidence.Rows;
        for (int i = 0; i < rows.Length; i++)
        {
            ref FlowEvidence row = ref rows[i];
            if (row.Part != FlowPart.Reply)
                continue;
            WatchGroup group = domain.Group(_groups[i]);
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
            evidence.Marks.Of(MarkKind.Unsolicited, Role.Destination, row.Destination).AddSample(row.Echo.Sample(row.Source, row.Destination));
        }
    }

    // What has unfamiliar payloads, in an order of its own: there may be more of it than a group has room for.
    private void Weigh(WatchDomain domain, SlotEvidence evidence, long slot)
    {
        _weighed = evidence;
        _candidates.Clear();
        for (int i = 0; i < evidence.Rows.Length; i++)
        {
            if (evidence.Rows[i].Echo.Payload != 0)
                _candidates.Add(i);
        }

        if (_candidates.Count > 1)
            _candidates.Sort(_byFlow);
        foreach (int i in _candidates)
            Weigh(domain, evidence, i, slot);
        foreach ((Address requester, Address responder) in _mismatches)
        {
            byte key = KeyGroup.Of(EventKey.Of(requester, responder));
            WatchGroup group = domain.Group(key);
            int place = group.Find(requester, responder, slot);
            if (place < 0 || !TryFollow(domain, group, ref group[place], slot))
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
        if (!TryFollow(domain, group, ref pair, slot))
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
            AddPrefixes(evidence.Marks, row);
            if (row.Echo.Whole == 0 || (row.Echo.Packets < LoudPackets && (Mix.Hash(1, row.Source, row.Destination) % OneOf) != 0))
                continue;
            MarkSample sample = row.Echo.Sample(row.Source, row.Destination);
            evidence.Marks.Of(MarkKind.Sample, Role.Source, row.Source).AddSample(sample);
            evidence.Marks.Of(MarkKind.Sample, Role.Destination, row.Destination).AddSample(sample);
        }
    }

    // Requests, which nobody asked for; replies only as far as they are unsolicited, which their marks say.
    private static void AddPrefixes(MarkTable marks, in FlowEvidence row)
    {
        if (row.Part != FlowPart.Request)
            return;
        long bytes = (long)row.Echo.FirstBytes * row.Echo.Packets;
        marks.Add(MarkKind.PrefixSmall, Role.Destination, PrefixSizes.Small(row.Destination), row.Echo.Packets, bytes, 0, 0, row.Source);
        marks.Add(MarkKind.PrefixLarge, Role.Destination, PrefixSizes.Large(row.Destination), row.Echo.Packets, bytes, 0, 0, row.Source);
    }

    private static int Compare(in FlowEvidence a, in FlowEvidence b)
    {
        int order = a.Source.CompareTo(b.Source);
        if (order != 0)
            return order;
        order = a.Destination.CompareTo(b.Destination);
        return order != 0 ? order : a.Part.CompareTo(b.Part);
    }

    private WatchDomain DomainOf(uint id)
    {
        if (!_domains.TryGetValue(id, out WatchDomain? domain))
            _domains.Add(id, domain = new WatchDomain(id));
        return _last = domain;
    }
}
