using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// The rules' part of the pair stage. What only events show goes into the evidence of their slot as they come; when the slot closes, the
/// headers of its messages join it, the evidence is added to what is known of each pair, the pair rules judge, and what the host stage needs is left as marks.
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
    private readonly List<Candidate> _candidates = [];
    private readonly List<Touched> _touched = [];
    private readonly int[] _starts = new int[KeyGroup.Count + 1];
    private readonly int[] _next = new int[KeyGroup.Count];
    private readonly IPairRule[] _pairRules;
    private readonly Comparison<Candidate> _byFlow;
    private WatchDomain? _closing;
    private SlotEvidence _evidence = new();

    /// <summary>Rows that were there when the slot began to close, by key group.</summary>
    private int[] _dealt = [];

    /// <summary>Rows below this were there before, or are kept of key groups that have been settled.</summary>
    private int _groupStart;
    private int _mismatchesBefore;
    private long _touchedSum;

    /// <summary>Of the key group that is being ended: its rows, the place of each one's pair, and its packets that nobody asked for.</summary>
    private int[] _rows = [];
    private int[] _places = [];
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
        _byFlow = (a, b) => Compare(_evidence.RowAt(a.Row), _evidence.RowAt(b.Row));
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

    /// <summary>True where an event shows the rules more than its message does.</summary>
    public bool IsEvidence(in IcmpEvent e) => _isActive && !_reader.IsPlain(e);

    /// <summary>Takes an event; returns what family its payload is of to the rules.</summary>
    public PayloadFamily Observe(uint domain, long slot, in IcmpEvent e, EventBuffer events)
    {
        if (!_isActive || _reader.IsPlain(e))
            return e.PayloadFamily;
        WatchDomain watched = _last is not null && _last.Id == domain ? _last : DomainOf(domain);
        _reader.Read(e, events, watched.SlotOf(slot, _pool));
        return EventReader.FamilyOf(e, events);
    }

    /// <summary>Takes an exchange on its way out.</summary>
    public void Observe(in EchoExchange exchange)
    {
        if (_isActive && exchange.Outcome == EchoOutcome.Mismatch)
            _mismatches.Add((exchange.Requester, exchange.Responder));
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

    private WatchDomain DomainOf(uint id)
    {
        if (!_domains.TryGetValue(id, out WatchDomain? domain))
            _domains.Add(id, domain = new WatchDomain(id));
        return _last = domain;
    }
}
