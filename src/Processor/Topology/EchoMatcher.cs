using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Says what became of each request: matched, mismatched, failed, timed out, answered late or twice, never asked for. It is fed in
/// the order of event time, and deadlines pass by that time alone.
/// </summary>
/// <remarks>
/// Where identifier and sequence repeat, a reply belongs to the newest open request whose payload it carries, as in Wireshark: a
/// retransmission is answered more often than the request that was lost. A request that a mismatch or an error has met stays open
/// for the true reply, which makes a second record.
/// </remarks>
public sealed class EchoMatcher
{
    /// <summary>Requests of one key looked at for a reply, newest first: bounds the work that repeating one key can make.</summary>
    public const int MaxRepeatsCompared = 64;

    private readonly EchoTable _table;
    private readonly EchoOptions _options;
    private readonly PairCounters _counters;
    private readonly Dictionary<uint, PairDomain> _domains;

    internal EchoMatcher(EchoOptions options, PairCounters counters, Dictionary<uint, PairDomain> domains)
    {
        _options = options;
        _counters = counters;
        _domains = domains;
        _table = new EchoTable(options.MaxPerGroup);
    }

    /// <summary>Requests and orphans kept.</summary>
    public int Kept => _table.Count;

    /// <summary>Handles one message; the deadlines before it have passed.</summary>
    internal void Accept(PairDomain domain, in EchoMessage message, IExchangeSink sink)
    {
        switch (message.Part)
        {
            case EchoPart.Request:
                Request(domain, message, sink);
                break;
            case EchoPart.Reply:
                Reply(domain, message, sink);
                break;
            case EchoPart.Failure:
                Failure(domain, message, sink);
                break;
            default:
                Folded(domain, message);
                break;
        }
    }

    /// <summary>Lets all deadlines before a time pass.</summary>
    internal void Expire(PairDomain domain, long timeNs, IExchangeSink sink)
    {
        EchoTimers timers = domain.Timers;
        while (timers.Orphans.First != 0)
        {
            int place = timers.Orphans.First - 1;
            if (EventTime.Add(_table.Request(place).TimeNs, _options.OrphanWaitNs) >= timeNs)
                break;
            Unsolicited(domain, place, sink);
            _table.Remove(place, ref timers.Orphans);
        }

        while (timers.Waiting.First != 0)
        {
            int place = timers.Waiting.First - 1;
            if (EventTime.Add(_table.Request(place).TimeNs, _options.TimeoutNs) >= timeNs)
                break;
            TimeOut(domain, place, sink);
        }

        while (timers.Overdue.First != 0)
        {
            int place = timers.Overdue.First - 1;
            if (EventTime.Add(_table.Request(place).TimeNs, _options.LateAfterNs) >= timeNs)
                break;
            _table.Remove(place, ref timers.Overdue);
        }
    }

    /// <summary>The domain has ended: what is open is pending, since nobody knows what would have come.</summary>
    internal void Finish(PairDomain domain, IExchangeSink sink)
    {
        EchoTimers timers = domain.Timers;
        while (timers.Orphans.First != 0)
        {
            int place = timers.Orphans.First - 1;
            Unsolicited(domain, place, sink);
            _table.Remove(place, ref timers.Orphans);
        }

        while (timers.Waiting.First != 0)
        {
            int place = timers.Waiting.First - 1;
            ref EchoRequest open = ref _table.Request(place);
            if (open.State == RequestState.Open)
                Emit(domain, open, WasFolded(open) ? EchoOutcome.Untracked : EchoOutcome.Pending, domain.Clock.HighestNs, sink);
            _table.Remove(place, ref timers.Waiting);
        }

        while (timers.Overdue.First != 0)
            _table.Remove(timers.Overdue.First - 1, ref timers.Overdue);
    }

    private void Request(PairDomain domain, in EchoMessage message, IExchangeSink sink)
    {
        int conversation = _table.Find(domain.Id, message.Requester, message.Responder);
        RequestState state = RequestState.Open;
        if (conversation >= 0 && domain.Timers.Orphans.First != 0 && TryMeetOrphan(domain, conversation, message, sink))
            state = RequestState.Answered;
        Keep(domain, message, state, ref domain.Timers.Waiting, sink);
    }

    // A reply may come before its request where two interfaces or sensors stamp them. Of one stream it must then stand behind the
    // request in the capture, so that an answer to nothing does not meet the next request of its number.
    private bool TryMeetOrphan(PairDomain domain, int conversation, in EchoMessage request, IExchangeSink sink)
    {
        int place = _table.FindNewest(conversation, request.Identifier, request.Sequence, request.RequestType);
        for (int looked = 0; place >= 0 && looked < MaxRepeatsCompared; looked++)
        {
            ref EchoRequest orphan = ref _table.Request(place);
            if (orphan.State == RequestState.Orphan
                && (orphan.Stream != request.Stream || orphan.Frame > request.Frame)
                && CompareOrphan(orphan, request) == PayloadVerdict.Equal)
            {
                var exchange = new EchoExchange
                {
                    Outcome = EchoOutcome.Matched,
                    RequestNs = request.TimeNs,
                    ReplyNs = orphan.TimeNs,
                    RttNs = Rtt(domain, request.Stream, request.TimeNs, orphan.Stream, orphan.TimeNs),
                    RequestBytes = request.MessageBytes,
                    ReplyBytes = orphan.MessageBytes,
                    Completeness = domain.CompletenessBetween(orphan.TimeNs, request.TimeNs),
                };
                Describe(ref exchange, domain, request);
                Emit(exchange, sink);
                _table.Remove(place, ref domain.Timers.Orphans);
                return true;
            }

            place = orphan.Older - 1;
        }

        return false;
    }

    private void Reply(PairDomain domain, in EchoMessage reply, IExchangeSink sink)
    {
        int conversation = _table.Find(domain.Id, reply.Requester, reply.Responder);
        int best = -1;
        var fit = ReplyFit.None;
        if (conversation >= 0)
        {
            int place = _table.FindNewest(conversation, reply.Identifier, reply.Sequence, reply.RequestType);
            for (int looked = 0; place >= 0 && looked < MaxRepeatsCompared && fit != ReplyFit.OpenEqual; looked++)
            {
                ref EchoRequest candidate = ref _table.Request(place);
                ReplyFit found = FitOf(candidate, reply);
                if (found > fit)
                    (best, fit) = (place, found);
                place = candidate.Older - 1;
            }
        }

        if (best < 0)
        {
            WithoutRequest(domain, conversation, reply, sink);
            return;
        }

        ref EchoRequest request = ref _table.Request(best);
        EchoOutcome outcome = EchoOutcome.Duplicate;
        if (fit is ReplyFit.OpenEqual or ReplyFit.OpenUnknown)
        {
            outcome = (request.State & RequestState.TimedOut) != RequestState.Open ? EchoOutcome.Late : EchoOutcome.Matched;
            request.State |= RequestState.Answered;
        }
        else if (fit is ReplyFit.OpenDifferent or ReplyFit.Different)
        {
            outcome = EchoOutcome.Mismatch;
            request.State |= RequestState.Mismatched;
        }

        var exchange = new EchoExchange
        {
            Outcome = outcome,
            RequestNs = request.TimeNs,
            ReplyNs = reply.TimeNs,
            RequestBytes = request.MessageBytes,
            ReplyBytes = reply.MessageBytes,
            Completeness = domain.CompletenessBetween(request.TimeNs, reply.TimeNs),
        };
        if (outcome is EchoOutcome.Matched or EchoOutcome.Late)
            exchange.RttNs = Rtt(domain, request.Stream, request.TimeNs, reply.Stream, reply.TimeNs);
        Describe(ref exchange, domain, reply);
        Emit(exchange, sink);
    }

    private void WithoutRequest(PairDomain domain, int conversation, in EchoMessage reply, IExchangeSink sink)
    {
        if (conversation >= 0 && reply.TimeNs <= _table.Conversation(conversation).UntrackedUntilNs)
        {
            var exchange = new EchoExchange
            {
                Outcome = EchoOutcome.Untracked,
                ReplyNs = reply.TimeNs,
                ReplyBytes = reply.MessageBytes,
                Completeness = domain.CompletenessBetween(reply.TimeNs, reply.TimeNs),
            };
            Describe(ref exchange, domain, reply);
            Emit(exchange, sink);
            return;
        }

        Keep(domain, reply, RequestState.Orphan, ref domain.Timers.Orphans, sink);
    }

    private void Failure(PairDomain domain, in EchoMessage failure, IExchangeSink sink)
    {
        int conversation = _table.Find(domain.Id, failure.Requester, failure.Responder);
        int place = conversation < 0 ? -1 : _table.FindNewest(conversation, failure.Identifier, failure.Sequence, failure.RequestType);
        for (int looked = 0; place >= 0 && looked < MaxRepeatsCompared; looked++)
        {
            ref EchoRequest request = ref _table.Request(place);
            if ((request.State & (RequestState.Answered | RequestState.Failed | RequestState.Orphan)) == RequestState.Open)
            {
                request.State |= RequestState.Failed;
                var exchange = new EchoExchange
                {
                    Outcome = EchoOutcome.Error,
                    RequestNs = request.TimeNs,
                    ReplyNs = failure.TimeNs,
                    RequestBytes = request.MessageBytes,
                    ReplyBytes = failure.MessageBytes,
                    ErrorType = (byte)(failure.FirstWord >> 8),
                    ErrorCode = (byte)failure.FirstWord,
                    ErrorSource = failure.ErrorSource,
                    Completeness = domain.CompletenessBetween(request.TimeNs, failure.TimeNs),
                };
                Describe(ref exchange, domain, failure);
                Emit(exchange, sink);
                return;
            }

            place = request.Older - 1;
        }

        _counters.ErrorsWithoutRequest++;
    }

    // Folded events have no identity: they make no record, but what they touch is no longer certain.
    private void Folded(PairDomain domain, in EchoMessage fold)
    {
        _counters.FoldedPackets += fold.Count;
        int conversation = _table.Find(domain.Id, fold.Requester, fold.Responder);
        if (conversation < 0)
            return;
        ref EchoConversation touched = ref _table.Conversation(conversation);
        long lastNs = EventTime.Add(fold.TimeNs, fold.SpanNs);
        if (fold.Part == EchoPart.FoldedRequests)
            touched.UntrackedUntilNs = Math.Max(touched.UntrackedUntilNs, EventTime.Add(lastNs, _options.LateAfterNs));
        else
            touched.FoldedRepliesNs = Math.Max(touched.FoldedRepliesNs, lastNs);
    }

    private void Keep(PairDomain domain, in EchoMessage message, RequestState state, ref TimerList timers, IExchangeSink sink)
    {
        byte group = KeyGroup.Of(EventKey.Of(message.Requester, message.Responder));
        int conversation = _table.Find(domain.Id, message.Requester, message.Responder);
        int surplus = _table.Surplus(conversation, group);
        if (surplus >= 0)
        {
            Evict(surplus, sink);
            conversation = _table.Find(domain.Id, message.Requester, message.Responder);
        }

        _table.Add(conversation, domain.Id, group, message, state, ref timers);
    }

    private void Evict(int place, IExchangeSink sink)
    {
        ref EchoRequest evicted = ref _table.Request(place);
        ref EchoConversation conversation = ref _table.Conversation(evicted.Conversation);
        PairDomain domain = _domains[conversation.Domain];
        _counters.Evicted++;
        if (evicted.State == RequestState.Orphan)
        {
            Unsolicited(domain, place, sink);
            _table.Remove(place, ref domain.Timers.Orphans);
            return;
        }

        if (evicted.State == RequestState.Open)
        {
            conversation.UntrackedUntilNs = Math.Max(conversation.UntrackedUntilNs, EventTime.Add(evicted.TimeNs, _options.LateAfterNs));
            Emit(domain, evicted, EchoOutcome.Untracked, evicted.TimeNs, sink);
        }

        bool overdue = (evicted.State & RequestState.TimedOut) != RequestState.Open;
        _table.Remove(place, ref overdue ? ref domain.Timers.Overdue : ref domain.Timers.Waiting);
    }

    private void TimeOut(PairDomain domain, int place, IExchangeSink sink)
    {
        ref EchoRequest request = ref _table.Request(place);
        if ((request.State & RequestState.Answered) != RequestState.Open)
        {
            _table.Remove(place, ref domain.Timers.Waiting);
            return;
        }

        if (request.State == RequestState.Open)
        {
            long deadlineNs = EventTime.Add(request.TimeNs, _options.TimeoutNs);
            Emit(domain, request, WasFolded(request) ? EchoOutcome.Untracked : EchoOutcome.Timeout, deadlineNs, sink);
        }

        request.State |= RequestState.TimedOut;
        _table.Move(place, ref domain.Timers.Waiting, ref domain.Timers.Overdue);
    }

    private bool WasFolded(in EchoRequest request) => _table.Conversation(request.Conversation).FoldedRepliesNs >= request.TimeNs;

    private void Unsolicited(PairDomain domain, int place, IExchangeSink sink)
    {
        ref EchoRequest orphan = ref _table.Request(place);
        ref EchoConversation conversation = ref _table.Conversation(orphan.Conversation);
        var exchange = new EchoExchange
        {
            Outcome = EchoOutcome.Unsolicited,
            Family = orphan.Family,
            Type = orphan.RequestType,
            Identifier = orphan.Identifier,
            Sequence = orphan.Sequence,
            Domain = domain.Id,
            Requester = conversation.Requester,
            Responder = conversation.Responder,
            ReplyNs = orphan.TimeNs,
            ReplyBytes = orphan.MessageBytes,
            Completeness = domain.CompletenessBetween(orphan.TimeNs, orphan.TimeNs),
        };
        Emit(exchange, sink);
    }

    private void Emit(PairDomain domain, in EchoRequest request, EchoOutcome outcome, long untilNs, IExchangeSink sink)
    {
        ref EchoConversation conversation = ref _table.Conversation(request.Conversation);
        var exchange = new EchoExchange
        {
            Outcome = outcome,
            Family = request.Family,
            Type = request.RequestType,
            Identifier = request.Identifier,
            Sequence = request.Sequence,
            Domain = domain.Id,
            Requester = conversation.Requester,
            Responder = conversation.Responder,
            RequestNs = request.TimeNs,
            RequestBytes = request.MessageBytes,
            Completeness = domain.CompletenessBetween(request.TimeNs, untilNs),
        };
        Emit(exchange, sink);
    }

    private void Emit(in EchoExchange exchange, IExchangeSink sink)
    {
        _counters.Count(exchange.Outcome);
        sink.Accept(exchange);
    }

    private static void Describe(ref EchoExchange exchange, PairDomain domain, in EchoMessage message)
    {
        exchange.Family = message.Family;
        exchange.Type = message.RequestType;
        exchange.Identifier = message.Identifier;
        exchange.Sequence = message.Sequence;
        exchange.Domain = domain.Id;
        exchange.Requester = message.Requester;
        exchange.Responder = message.Responder;
    }

    private static long? Rtt(PairDomain domain, int requestStream, long requestNs, int replyStream, long replyNs) =>
        domain.Clock.SharesClock(requestStream, replyStream) ? EventTime.Between(requestNs, replyNs) : null;

    private static ReplyFit FitOf(in EchoRequest candidate, in EchoMessage reply)
    {
        if (candidate.State == RequestState.Orphan)
            return ReplyFit.None;
        bool open = (candidate.State & RequestState.Answered) == RequestState.Open;
        return PayloadComparison.Compare(candidate, reply) switch
        {
            PayloadVerdict.Equal => open ? ReplyFit.OpenEqual : ReplyFit.Repeat,
            PayloadVerdict.Unknown => open ? ReplyFit.OpenUnknown : ReplyFit.RepeatUnknown,
            _ => open && (candidate.State & RequestState.Mismatched) == RequestState.Open ? ReplyFit.OpenDifferent : ReplyFit.Different,
        };
    }

    private static PayloadVerdict CompareOrphan(in EchoRequest orphan, in EchoMessage request)
    {
        var asked = new EchoRequest
        {
            Family = request.Family,
            RequestType = request.RequestType,
            Payload = request.Payload,
            PayloadHash = request.PayloadHash,
            Checksum = request.Checksum,
            FirstWord = request.FirstWord,
        };
        var answer = new EchoMessage
        {
            Payload = orphan.Payload,
            PayloadHash = orphan.PayloadHash,
            Checksum = orphan.Checksum,
            FirstWord = orphan.FirstWord,
        };
        return PayloadComparison.Compare(asked, answer);
    }

    /// <summary>How well a reply fits a request, from worst to best.</summary>
    private enum ReplyFit : byte
    {
        None,
        RepeatUnknown,
        Different,
        OpenDifferent,
        OpenUnknown,
        Repeat,
        OpenEqual,
    }
}
