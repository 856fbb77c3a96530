using System.Numerics;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Handles the messages of a slot that event time has passed, one key group after the other: each group's messages in a total order
/// (time, run, stream, frame) that knows nothing of batches and partitions, with tables small enough to stay in a core's cache.
/// </summary>
internal sealed class SlotCloser
{
    /// <summary>From that many messages on it pays to read a group's tables in order first.</summary>
    private const int MessagesWorthTouching = 64;

    private readonly PairOptions _options;
    private readonly PairCounters _counters;
    private readonly EchoMatcher _matcher;
    private readonly PairWatch _watch;
    private readonly MessagePool _messages;
    private readonly Comparison<int> _byOrder;
    private readonly EventBuffer _event = new(capacity: 1);
    private DomainClock? _clock;
    private int[] _places = new int[256];
    private long[] _times = new long[256];
    private ulong _touched;

    public SlotCloser(PairOptions options, PairCounters counters, EchoMatcher matcher, PairWatch watch, MessagePool messages)
    {
        _options = options;
        _counters = counters;
        _matcher = matcher;
        _watch = watch;
        _messages = messages;
        Flows = new FlowList(options.MaxFlowsPerGroup);
        _byOrder = (a, b) => Compare(_messages[a], _messages[b], _clock!);
    }

    /// <summary>The key group that is being closed.</summary>
    public int Group { get; private set; }

    /// <summary>The flows of the slot closed last.</summary>
    public FlowList Flows { get; }

    /// <summary>
    /// Matches and counts a slot. Deadlines pass by the time of the messages, but never beyond the domain's own: a message with a broken
    /// clock that waited for the end must not time out the requests of others.
    /// </summary>
    public void Close(PairDomain domain, OpenSlot slot, long limitNs, IExchangeSink sink)
    {
        Flows.Clear();
        domain.Closing = slot;
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            Group = group;
            if (slot.CountOf(group) > 0)
                CloseGroup(domain, slot, group, limitNs, sink);
            _watch.EndGroup(group);
        }

        domain.Closing = null;
    }

    /// <summary>
    /// With overlapping sensors, before a slot is closed: marks the messages that another stream saw before, and shows the rules the evidence of
    /// the others that was held back.
    /// </summary>
    public void MarkCopies(PairDomain domain, OpenSlot slot)
    {
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            if (slot.CountOf(group) == 0)
                continue;
            CopyTable copies = domain.TableOf(group, _options).Copies;
            foreach (int place in InOrder(domain, slot, group))
            {
                ref PairMessage message = ref _messages[place];
                if (copies.IsCopy(message, slot.EndsOf(message), _options.DedupWindowNs))
                {
                    message.MarkCopy();
                    _counters.Copies += message.Count;
                }
                else if (slot.Held.Count > 0 && slot.Held.TryRead(message, _event))
                {
                    _watch.Observe(domain.Id, slot.Slot, _event.Events[0], _event);
                }
            }
        }
    }

    private void CloseGroup(PairDomain domain, OpenSlot slot, int group, long limitNs, IExchangeSink sink)
    {
        int count = slot.CountOf(group);
        ExchangeTable table = domain.TableOf(group, _options);
        if (count >= MessagesWorthTouching)
            _touched += (ulong)slot.Touch(group) + table.Touch();
        Flows.BeginGroup();
        if (slot.IsInOrder(group))
        {
            for (int chunk = slot.FirstChunk(group); count > 0; chunk = _messages.Next(chunk))
            {
                ReadOnlySpan<PairMessage> messages = _messages.Chunk(chunk)[..Math.Min(MessagePool.ChunkMessages, count)];
                count -= messages.Length;
                foreach (ref readonly PairMessage message in messages)
                    Take(domain, table, message, limitNs, sink);
            }
        }
        else
        {
            foreach (int place in InOrder(domain, slot, group))
                Take(domain, table, _messages[place], limitNs, sink);
        }

        table.Pairs.EndRound();
        slot.Clear(group);
    }

    private void Take(PairDomain domain, ExchangeTable table, in PairMessage message, long limitNs, IExchangeSink sink)
    {
        if (message.IsCopy)
            return;
        Ends ends = domain.Closing!.EndsOf(message);
        if (table.QuietUntilNs < message.TimeNs)
            _matcher.Expire(domain, table, Math.Min(message.TimeNs, limitNs), sink);
        Handle(domain, table, message, ends, sink);
    }

    private void Handle(PairDomain domain, ExchangeTable table, in PairMessage message, in Ends ends, IExchangeSink sink)
    {
        bool up = ends.Source <= ends.Destination;
        Address lower = up ? ends.Source : ends.Destination;
        Address upper = up ? ends.Destination : ends.Source;
        uint keyHash = message.IsForeign ? (uint)Murmur2.HashOrdered(lower, upper) : message.KeyHash;
        int pair = table.Pairs.Meet(PairHash(keyHash), lower, upper, message.IsForeign);
        int flows = Count(table, pair, up, message, ends);
        if (_watch.IsActive && MessageKind.IsEcho(message.Family, message.Type))
            Show(flows, up, message, ends);
        if (message.Part == EchoPart.None)
            return;
        if (message.Part == EchoPart.Failure)
        {
            Quote quote = domain.QuoteOf(message);
            bool asksUp = quote.Requester <= quote.Responder;
            int quoted = table.Pairs.Find(
                PairHash(message.KeyHash), asksUp ? quote.Requester : quote.Responder, asksUp ? quote.Responder : quote.Requester, isForeign: false);
            _matcher.Accept(domain, table, quoted < 0 ? -1 : (2 * quoted) + (asksUp ? 0 : 1), message, sink);
            return;
        }

        if (pair < 0)
        {
            _counters.Unbuffered++;
            return;
        }

        bool isRequest = message.Part is EchoPart.Request or EchoPart.FoldedRequests;
        bool lowerAsks = lower == upper || up == isRequest;
        _matcher.Accept(domain, table, (2 * pair) + (lowerAsks ? 0 : 1), message, sink);
    }

    // The low bits of the key's hash are the key group, the same for all pairs of a table; an index starts from its low bits.
    private static uint PairHash(uint keyHash) => BitOperations.RotateRight(keyHash, 8);

    // The place of the pair among those of the slot; -1 where it has found none, and is counted with others under its destination.
    private int Count(ExchangeTable table, int place, bool up, in PairMessage message, in Ends ends)
    {
        uint typeKey = TypeTally.KeyOf(message.Family, message.Type, message.Code);
        if (place >= 0)
        {
            ref Pair pair = ref table.Pairs[place];
            int flows = pair.Flows - 1;
            if (flows < 0)
            {
                flows = Flows.Add(pair);
                pair.Flows = flows + 1;
            }

            if (flows >= 0 && (Flows[flows, up].Packets > 0 || Flows.TryOpen()))
            {
                Flows.Tally(flows, up, typeKey, message.Count, message.Bytes);
                return flows;
            }
        }

        int together = Flows.Overflow(ends.Destination);
        if (together < 0)
        {
            _counters.Uncounted += message.Count;
            return -1;
        }

        _counters.Overflowed += message.Count;
        Flows.Tally(together, up: true, typeKey, message.Count, message.Bytes);
        return -1;
    }

    // What is counted together with others is nobody's evidence.
    private void Show(int flows, bool up, in PairMessage message, in Ends ends)
    {
        if (flows < 0)
        {
            _watch.Drop(message.Count);
            return;
        }

        ref Flow flow = ref Flows[flows, up];
        bool isRequest = MessageKind.ClassOf(message.Family, message.Type) == MessageClass.Request;
        _watch.Take(message, ends, isRequest ? FlowPart.Request : FlowPart.Reply, ref isRequest ? ref flow.Requests : ref flow.Replies);
    }

    private ReadOnlySpan<int> InOrder(PairDomain domain, OpenSlot slot, int group)
    {
        int count = slot.CountOf(group);
        if (_places.Length < count)
        {
            _places = new int[Math.Max(count, 2 * _places.Length)];
            _times = new long[_places.Length];
        }

        Span<int> places = _places.AsSpan(0, count);
        slot.CopyPlaces(group, places);
        bool inOrder = true;
        for (int i = 1; i < count && inOrder; i++)
            inOrder = Compare(_messages[places[i - 1]], _messages[places[i]], domain.Clock) <= 0;
        if (inOrder)
            return places;

        for (int i = 0; i < count; i++)
            _times[i] = _messages[places[i]].TimeNs;
        Array.Sort(_times, _places, 0, count);
        _clock = domain.Clock;
        for (int start = 0; start < count;)
        {
            int end = start + 1;
            while (end < count && _times[end] == _times[start])
                end++;
            if (end - start > 1)
                places[start..end].Sort(_byOrder);
            start = end;
        }

        return places;
    }

    private static int Compare(in PairMessage a, in PairMessage b, DomainClock clock)
    {
        if (a.TimeNs != b.TimeNs)
            return a.TimeNs < b.TimeNs ? -1 : 1;
        if (a.Stream != b.Stream)
        {
            int run = clock.RunOf(a.Stream).High.CompareTo(clock.RunOf(b.Stream).High);
            run = run != 0 ? run : clock.RunOf(a.Stream).Low.CompareTo(clock.RunOf(b.Stream).Low);
            return run != 0 ? run : clock.NumberOf(a.Stream).CompareTo(clock.NumberOf(b.Stream));
        }

        return a.Frame.CompareTo(b.Frame);
    }
}
