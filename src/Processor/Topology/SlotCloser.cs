using System.Numerics;
using System.Runtime.CompilerServices;
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

    /// <summary>In place of a conversation: the message is a copy. Other negative numbers say that no pair could be added.</summary>
    private const int Copied = int.MinValue;

    /// <summary>A bit for each part that a reply has.</summary>
    private const int ReplyParts = (1 << (int)EchoPart.Reply) | (1 << (int)EchoPart.FoldedReplies);

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
    private int[] _conversations = new int[256];
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

    // In two loops: the first counts, and finds the pairs of all messages, which do not depend on each other and are waited for side by
    // side; the second matches, one message after the other.
    private void CloseGroup(PairDomain domain, OpenSlot slot, int group, long limitNs, IExchangeSink sink)
    {
        ExchangeTable table = domain.TableOf(group, _options);
        if (slot.CountOf(group) >= MessagesWorthTouching)
            _touched += (ulong)slot.Touch(group) + table.Touch();
        ReadOnlySpan<int> places = InOrder(domain, slot, group);
        if (_conversations.Length < places.Length)
            _conversations = new int[Math.Max(places.Length, 2 * _conversations.Length)];
        Span<int> conversations = _conversations.AsSpan(0, places.Length);
        Flows.BeginGroup(table.Pairs, places.Length);
        CountAll(slot, table.Pairs, places, conversations);
        Flows.EndGroup(table.Pairs);
        MatchAll(domain, table, places, conversations, limitNs, sink);
        table.Pairs.EndRound();
        slot.Clear(group);
    }

    // A method of its own, as the next one is: in a larger one the compiler would keep none of the loop's values in registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CountAll(OpenSlot slot, PairTable pairs, ReadOnlySpan<int> places, Span<int> conversations)
    {
        FlowList flows = Flows;
        MessagePool messages = _messages;
        bool isWatched = _watch.IsActive;
        for (int i = 0; i < places.Length; i++)
        {
            ref readonly PairMessage message = ref messages[places[i]];
            if (message.IsCopy)
            {
                conversations[i] = Copied;
                continue;
            }

            int direction = slot.OrderEndsOf(message, out Address lower, out Address upper);
            uint keyHash = message.IsForeign ? (uint)Murmur2.HashOrdered(lower, upper) : message.KeyHash;
            int pair = pairs.Meet(PairHash(keyHash), lower, upper, message.IsForeign);
            int flow = (2 * pair) + direction;
            if (pair < 0 || !flows.TryTally(flow, TypeTally.KeyOf(message.Family, message.FirstWord), message.Count, message.Bytes))
                CountTogether(message, direction == 0 ? upper : lower);
            else if (isWatched && MessageKind.IsEcho(message.Family, message.Type))
                Show(flow, message, slot.EndsOf(message));

            // Whoever receives a reply has asked; one who talks to itself has one conversation.
            if (lower == upper)
                conversations[i] = 2 * pair;
            else
                conversations[i] = flow ^ ((ReplyParts >> (int)message.Part) & 1);
        }
    }

    private void CountTogether(in PairMessage message, Address destination)
    {
        uint typeKey = TypeTally.KeyOf(message.Family, message.FirstWord);
        if (Flows.TryTallyOverflow(destination, typeKey, message.Count, message.Bytes))
            _counters.Overflowed += message.Count;
        else
            _counters.Uncounted += message.Count;

        // What is counted together with others is nobody's evidence.
        if (_watch.IsActive && MessageKind.IsEcho(message.Family, message.Type))
            _watch.Drop(message.Count);
    }

    private void Show(int flow, in PairMessage message, in Ends ends)
    {
        ref OpenFlow open = ref Flows[flow];
        bool isRequest = MessageKind.ClassOf(message.Family, message.Type) == MessageClass.Request;
        _watch.Take(message, ends, isRequest ? FlowPart.Request : FlowPart.Reply, ref isRequest ? ref open.Requests : ref open.Replies);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MatchAll(
        PairDomain domain, ExchangeTable table, ReadOnlySpan<int> places, ReadOnlySpan<int> conversations, long limitNs, IExchangeSink sink)
    {
        EchoMatcher matcher = _matcher;
        MessagePool messages = _messages;
        for (int i = 0; i < places.Length; i++)
        {
            int conversation = conversations[i];
            if (conversation == Copied)
                continue;
            ref readonly PairMessage message = ref messages[places[i]];
            if (table.QuietUntilNs < message.TimeNs)
                matcher.Expire(domain, table, Math.Min(message.TimeNs, limitNs), sink);
            if (message.Part == EchoPart.None)
                continue;
            if (message.Part == EchoPart.Failure)
                matcher.Accept(domain, table, Quoted(domain, table.Pairs, message), message, sink);
            else if (conversation >= 0)
                matcher.Accept(domain, table, conversation, message, sink);
            else
                _counters.Unbuffered++;
        }
    }

    // The conversation that a failure is about; -1 where none is known.
    private static int Quoted(PairDomain domain, PairTable pairs, in PairMessage failure)
    {
        Quote quote = domain.QuoteOf(failure);
        bool asksUp = quote.Requester <= quote.Responder;
        int pair = pairs.Find(
            PairHash(failure.KeyHash), asksUp ? quote.Requester : quote.Responder, asksUp ? quote.Responder : quote.Requester, isForeign: false);
        return pair < 0 ? -1 : (2 * pair) + (asksUp ? 0 : 1);
    }

    // The low bits of the key's hash are the key group, the same for all pairs of a table; an index starts from its low bits.
    private static uint PairHash(uint keyHash) => BitOperations.RotateRight(keyHash, 8);

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
        bool inOrder = slot.IsInOrder(group);
        if (inOrder)
            return places;
        inOrder = true;
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
