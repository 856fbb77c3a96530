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
public sealed partial class EchoMatcher
{
    /// <summary>Requests of one key looked at for a reply, newest first: bounds the work that repeating one key can make.</summary>
    public const int MaxRepeatsCompared = 64;

    private readonly EchoOptions _options;
    private readonly PairCounters _counters;
    private readonly CandidateOutbox _outbox;

    /// <summary>What is put out, made in place: it is twice the size of what it is made from.</summary>
    private EchoExchange _exchange;

    internal EchoMatcher(EchoOptions options, PairCounters counters, CandidateOutbox outbox)
    {
        _options = options;
        _counters = counters;
        _outbox = outbox;
    }

    /// <summary>
    /// Handles one message of a key group; the deadlines before it have passed. <paramref name="conversation"/> is the one that it is
    /// part of; of a failure that of the request it quotes, or -1 where that is not known.
    /// </summary>
    internal void Accept(PairDomain domain, ExchangeTable table, int conversation, in PairMessage message, IExchangeSink sink)
    {
        switch (message.Part)
        {
            case EchoPart.Request:
                Request(domain, table, conversation, message, sink);
                break;
            case EchoPart.Reply:
                Reply(domain, table, conversation, message, sink);
                break;
            case EchoPart.Failure:
                Failure(domain, table, conversation, message, sink);
                break;
            default:
                Folded(table, conversation, message);
                break;
        }
    }

    private void Request(PairDomain domain, ExchangeTable table, int conversation, in PairMessage message, IExchangeSink sink)
    {
        var state = RequestState.Open;
        if (table.FirstOrphan >= 0 && TryMeetOrphan(domain, table, conversation, message, sink))
            state = RequestState.Answered;
        Keep(domain, table, conversation, message, state, sink);
    }

    // A reply may come before its request where two interfaces or sensors stamp them. Of one stream it must then stand behind the
    // request in the capture, so that an answer to nothing does not meet the next request of its number.
    private bool TryMeetOrphan(PairDomain domain, ExchangeTable table, int conversation, in PairMessage request, IExchangeSink sink)
    {
        int place = table.FindNewest(conversation, request.Identifier, request.Sequence, request.Type);
        for (int looked = 0; place >= 0 && looked < MaxRepeatsCompared; looked++)
        {
            ref EchoRequest orphan = ref table[place];
            if (orphan.State == RequestState.Orphan
                && (orphan.Stream != request.Stream || orphan.Frame > request.Frame)
                && CompareOrphan(orphan, request) == PayloadVerdict.Equal)
            {
                ref EchoExchange exchange = ref NewExchange();
                exchange.Outcome = EchoOutcome.Matched;
                exchange.RequestNs = request.TimeNs;
                exchange.ReplyNs = orphan.TimeNs;
                exchange.RttNs = Rtt(domain, request.Stream, request.TimeNs, orphan.Stream, orphan.TimeNs);
                exchange.RequestBytes = request.MessageBytes;
                exchange.ReplyBytes = orphan.MessageBytes;
                exchange.Completeness = domain.CompletenessBetween(orphan.TimeNs, request.TimeNs);
                Describe(ref exchange, domain, table, orphan);
                Emit(exchange, sink);
                table.Remove(place);
                return true;
            }

            place = orphan.Older - 1;
        }

        return false;
    }

    private void Reply(PairDomain domain, ExchangeTable table, int conversation, in PairMessage reply, IExchangeSink sink)
    {
        int best = -1;
        var fit = ReplyFit.None;
        int place = table.FindNewest(conversation, reply.Identifier, reply.Sequence, MessageKind.RequestOf(reply.Family, reply.Type));
        for (int looked = 0; place >= 0 && looked < MaxRepeatsCompared && fit != ReplyFit.OpenEqual; looked++)
        {
            ref EchoRequest candidate = ref table[place];
            ReplyFit found = FitOf(candidate, reply);
            if (found > fit)
                (best, fit) = (place, found);
            place = candidate.Older - 1;
        }

        if (best < 0)
        {
            WithoutRequest(domain, table, conversation, reply, sink);
            return;
        }

        ref EchoRequest request = ref table[best];
        bool answers = fit.Answers();
        EchoOutcome outcome = fit.OutcomeFor(request.State);
        if (outcome == EchoOutcome.Mismatch)
            request.State |= RequestState.Mismatched;

        ref EchoExchange exchange = ref NewExchange();
        exchange.Outcome = outcome;
        exchange.RequestNs = request.TimeNs;
        exchange.ReplyNs = reply.TimeNs;
        exchange.RequestBytes = request.MessageBytes;
        exchange.ReplyBytes = reply.MessageBytes;
        exchange.Completeness = domain.CompletenessBetween(request.TimeNs, reply.TimeNs);
        if (answers)
            exchange.RttNs = Rtt(domain, request.Stream, request.TimeNs, reply.Stream, reply.TimeNs);
        Describe(ref exchange, domain, table, request);
        Emit(exchange, sink);
        if (answers)
        {
            table.Answer(best);
            ForgetAnswered(table);
        }
    }

    private void WithoutRequest(PairDomain domain, ExchangeTable table, int conversation, in PairMessage reply, IExchangeSink sink)
    {
        if (reply.TimeNs > table.Pairs.DoubtOf(in table.Pairs.ConversationOf(conversation)).UntrackedUntilNs)
        {
            Keep(domain, table, conversation, reply, RequestState.Orphan, sink);
            return;
        }

        ref EchoExchange exchange = ref NewExchange();
        exchange.Outcome = EchoOutcome.Untracked;
        exchange.Family = reply.Family;
        exchange.Type = MessageKind.RequestOf(reply.Family, reply.Type);
        exchange.Identifier = reply.Identifier;
        exchange.Sequence = reply.Sequence;
        exchange.Domain = domain.Id;
        (exchange.Requester, exchange.Responder) = table.Pairs.EndsOf(conversation);
        exchange.ReplyNs = reply.TimeNs;
        exchange.ReplyBytes = reply.MessageBytes;
        exchange.Completeness = domain.CompletenessBetween(reply.TimeNs, reply.TimeNs);
        Emit(exchange, sink);
    }

    private void Failure(PairDomain domain, ExchangeTable table, int conversation, in PairMessage failure, IExchangeSink sink)
    {
        int place = conversation < 0 ? -1 : table.FindNewest(conversation, failure.Identifier, failure.Sequence, domain.QuoteOf(failure).RequestType);
        for (int looked = 0; place >= 0 && looked < MaxRepeatsCompared; looked++)
        {
            ref EchoRequest request = ref table[place];
            if ((request.State & (RequestState.Answered | RequestState.Failed | RequestState.Orphan)) == RequestState.Open)
            {
                request.State |= RequestState.Failed;
                ref EchoExchange exchange = ref NewExchange();
                exchange.Outcome = EchoOutcome.Error;
                exchange.RequestNs = request.TimeNs;
                exchange.ReplyNs = failure.TimeNs;
                exchange.RequestBytes = request.MessageBytes;
                exchange.ReplyBytes = failure.MessageBytes;
                exchange.ErrorType = failure.Type;
                exchange.ErrorCode = failure.Code;
                exchange.ErrorSource = domain.Closing!.EndsOf(failure).Source;
                exchange.Completeness = domain.CompletenessBetween(request.TimeNs, failure.TimeNs);
                Describe(ref exchange, domain, table, request);
                Emit(exchange, sink);
                return;
            }

            place = request.Older - 1;
        }

        _counters.ErrorsWithoutRequest++;
    }

    // Folded events have no identity: they make no record, but what they touch is no longer certain.
    private void Folded(ExchangeTable table, int conversation, in PairMessage fold)
    {
        _counters.FoldedPackets += fold.Count;
        ref Conversation touched = ref table.Pairs.ConversationOf(conversation);
        if (!touched.IsKept)
            return;
        ref Doubt doubt = ref table.Pairs.PutInDoubt(ref touched);
        if (fold.Part == EchoPart.FoldedRequests)
            doubt.UntrackedUntilNs = Math.Max(doubt.UntrackedUntilNs, EventTime.Add(fold.LastNs, _options.LateAfterNs));
        else
            doubt.FoldedRepliesNs = Math.Max(doubt.FoldedRepliesNs, fold.LastNs);
    }

    private void Keep(PairDomain domain, ExchangeTable table, int conversation, in PairMessage message, RequestState state, IExchangeSink sink)
    {
        int surplus = table.Surplus();
        if (surplus >= 0 && state != RequestState.Answered)
            Evict(domain, table, surplus, sink);
        int place = table.Add(conversation, message, MessageKind.RequestOf(message.Family, message.Type), state);
        if (state != RequestState.Orphan)
            _outbox.OfferRequest(domain, table, ref table[place]);
        table.QuietUntilNs = Math.Min(table.QuietUntilNs, EventTime.Add(message.TimeNs, state == RequestState.Orphan ? _options.OrphanWaitNs : _options.TimeoutNs));
        ForgetAnswered(table);
    }

    private static void ForgetAnswered(ExchangeTable table)
    {
        int surplus = table.AnsweredSurplus();
        if (surplus >= 0)
            table.Remove(surplus);
    }

    private void Evict(PairDomain domain, ExchangeTable table, int place, IExchangeSink sink)
    {
        ref EchoRequest evicted = ref table[place];
        _counters.Evicted++;
        if (evicted.State == RequestState.Orphan)
        {
            Unsolicited(domain, table, place, sink);
        }
        else if (evicted.State == RequestState.Open)
        {
            ref Doubt doubt = ref table.Pairs.PutInDoubt(ref table.Pairs.ConversationOf(evicted.Conversation));
            doubt.UntrackedUntilNs = Math.Max(doubt.UntrackedUntilNs, EventTime.Add(evicted.TimeNs, _options.LateAfterNs));
            Emit(domain, table, evicted, EchoOutcome.Untracked, evicted.TimeNs, sink);
        }

        table.Remove(place);
    }

    private static bool WasFolded(ExchangeTable table, in EchoRequest request) =>
        table.Pairs.DoubtOf(in table.Pairs.ConversationOf(request.Conversation)).FoldedRepliesNs >= request.TimeNs;

    private void Unsolicited(PairDomain domain, ExchangeTable table, int place, IExchangeSink sink)
    {
        ref EchoRequest orphan = ref table[place];
        if (_outbox.TryForwardReply(domain, table, orphan))
            return;
        ref EchoExchange exchange = ref NewExchange();
        exchange.Outcome = EchoOutcome.Unsolicited;
        exchange.ReplyNs = orphan.TimeNs;
        exchange.ReplyBytes = orphan.MessageBytes;
        exchange.Completeness = domain.CompletenessBetween(orphan.TimeNs, orphan.TimeNs);
        Describe(ref exchange, domain, table, orphan);
        Emit(exchange, sink);
    }

    // Says what became of a request that nobody answered; of one to many addresses the host stage knows whether somebody did.
    private void Emit(PairDomain domain, ExchangeTable table, in EchoRequest request, EchoOutcome outcome, long untilNs, IExchangeSink sink)
    {
        if (request.IsForwarded)
        {
            _outbox.ForwardEnd(domain, table, request, outcome, untilNs);
            return;
        }

        ref EchoExchange exchange = ref NewExchange();
        exchange.Outcome = outcome;
        exchange.RequestNs = request.TimeNs;
        exchange.RequestBytes = request.MessageBytes;
        exchange.Completeness = domain.CompletenessBetween(request.TimeNs, untilNs);
        Describe(ref exchange, domain, table, request);
        Emit(exchange, sink);
    }

    private ref EchoExchange NewExchange()
    {
        _exchange = default;
        return ref _exchange;
    }

    private void Emit(in EchoExchange exchange, IExchangeSink sink)
    {
        _counters.Count(exchange.Outcome);
        sink.Accept(exchange);
    }

    private static void Describe(ref EchoExchange exchange, PairDomain domain, ExchangeTable table, in EchoRequest request)
    {
        exchange.Family = request.Family;
        exchange.Type = request.RequestType;
        exchange.Identifier = request.Identifier;
        exchange.Sequence = request.Sequence;
        exchange.Domain = domain.Id;
        (exchange.Requester, exchange.Responder) = table.Pairs.EndsOf(request.Conversation);
    }

    private static long? Rtt(PairDomain domain, int requestStream, long requestNs, int replyStream, long replyNs) =>
        domain.Clock.SharesClock(requestStream, replyStream) ? EventTime.Between(requestNs, replyNs) : null;

    private ReplyFit FitOf(in EchoRequest candidate, in PairMessage reply)
    {
        if (candidate.State == RequestState.Orphan)
            return ReplyFit.None;
        if ((candidate.State & RequestState.Answered) != RequestState.Open && IsOver(candidate, reply.TimeNs))
            return ReplyFit.None;
        return ReplyFits.Of(candidate.State, PayloadComparison.Compare(candidate.Family, candidate.RequestType, Payload.Of(candidate), Payload.Of(reply)));
    }

    private static PayloadVerdict CompareOrphan(in EchoRequest orphan, in PairMessage request) =>
        PayloadComparison.Compare(request.Family, request.Type, Payload.Of(request), Payload.Of(orphan));
}
