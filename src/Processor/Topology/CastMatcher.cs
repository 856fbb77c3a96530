using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Says what became of requests to broadcast and multicast addresses, which many may answer, and of replies that no request of their own
/// pair asked for. It is fed in the order of <see cref="CandidateOrder"/>, and works by the rules of <see cref="EchoMatcher"/>, for each
/// responder by itself.
/// </summary>
/// <remarks>
/// A reply is handled when it has waited for its request, so that all requests it can be about are known, the later ones of other clocks too.
/// What a responder sends from the very address that was asked is the pair stage's, and it says what becomes of a request that nobody answered.
/// </remarks>
internal sealed class CastMatcher(EchoOptions options, HostCounters counters)
{
    /// <summary>
    /// Later requests of one key passed over on the way to those before a reply: as many as the pair stage forwards of a pair while a reply
    /// waits. A reply with more above it is untracked.
    /// </summary>
    private const int MaxLaterRequests = 5 * CandidateOutbox.MaxRequestsPerGroup;

    private EchoExchange _exchange;

    /// <summary>Handles one candidate of a key group.</summary>
    public void Accept(uint domain, CastTable table, in PartialCandidate candidate, IExchangeSink sink)
    {
        Expire(table, options.DueNs(candidate));
        switch (candidate.Kind)
        {
            case CandidateKind.Request:
                if (table.IsFull)
                    Evict(table);
                table.Add(candidate);
                break;
            case CandidateKind.Reply:
                Reply(domain, table, candidate, sink);
                break;
            case CandidateKind.Timeout:
                End(domain, table, candidate, EchoOutcome.Timeout, sink);
                break;
            case CandidateKind.Pending:
                End(domain, table, candidate, EchoOutcome.Pending, sink);
                break;
            case CandidateKind.Untracked:
                End(domain, table, candidate, EchoOutcome.Untracked, sink);
                break;
        }
    }

    /// <summary>Forgets the requests that no reply can meet any more at a time; those that follow are due at or behind it.</summary>
    public void Expire(CastTable table, long timeNs)
    {
        while (table.Oldest >= 0 && KeptUntil(table[table.Oldest].TimeNs) < timeNs)
            table.RemoveOldest();
        if (table.UntrackedUntilNs != long.MinValue && EventTime.Add(table.UntrackedUntilNs, options.OrphanWaitNs) < timeNs)
            table.UntrackedUntilNs = long.MinValue;
    }

    private long KeptUntil(long requestNs) => EventTime.Add(EventTime.Add(requestNs, options.LateAfterNs), options.OrphanWaitNs);

    private void Reply(uint domain, CastTable table, in PartialCandidate reply, IExchangeSink sink)
    {
        int best = -1, ahead = -1, later = 0;
        var fit = ReplyFit.None;
        int place = table.FindNewest(reply.Requester, reply.Identifier, reply.Sequence, MessageKind.RequestOf(reply.Family, reply.Type));
        for (int looked = 0; place >= 0 && looked < EchoMatcher.MaxRepeatsCompared && later <= MaxLaterRequests && fit != ReplyFit.OpenEqual;)
        {
            ref CastRequest candidate = ref table[place];
            if (CandidateOrder.Compare(candidate.TimeNs, candidate.Run, candidate.Stream, candidate.Frame, reply) > 0)
            {
                later++;
                if (MeetsAhead(table, place, reply))
                    ahead = place;
            }
            else
            {
                looked++;
                ReplyFit found = FitOf(table, place, reply);
                if (found > fit)
                    (best, fit) = (place, found);
            }

            place = candidate.Older - 1;
        }

        if (best < 0 && ahead >= 0)
            (best, fit) = (ahead, ReplyFit.OpenEqual);
        if (best < 0 || !TryNote(table, best, reply, fit, out EchoOutcome outcome))
            WithoutRequest(domain, reply, later > MaxLaterRequests || best >= 0 || reply.TimeNs <= table.UntrackedUntilNs, sink);
        else
            Emit(domain, table[best], reply, fit, outcome, sink);
    }

    // What the pair stage has spoken about, or is too long ago, is no request of the reply's.
    private ReplyFit FitOf(CastTable table, int place, in PartialCandidate reply)
    {
        ref CastRequest request = ref table[place];
        if (request.Responder == reply.Responder || EventTime.Add(request.TimeNs, options.LateAfterNs) < reply.TimeNs)
            return ReplyFit.None;
        RequestState state = StateOf(table, place, reply);
        if ((state & RequestState.Answered) != RequestState.Open && options.RepeatsUntil(request.TimeNs, state) < reply.TimeNs)
            return ReplyFit.None;
        return ReplyFits.Of(state, Compare(request, reply));
    }

    // A reply may be stamped before its request. Of one stream it must then stand behind the request in the capture.
    private static bool MeetsAhead(CastTable table, int place, in PartialCandidate reply)
    {
        ref CastRequest request = ref table[place];
        bool isStreams = request.Run == reply.Run && request.Stream == reply.Stream;
        return request.Responder != reply.Responder
            && (!isStreams || reply.Frame > request.Frame)
            && (StateOf(table, place, reply) & RequestState.Answered) == RequestState.Open
            && Compare(request, reply) == PayloadVerdict.Equal;
    }

    private static RequestState StateOf(CastTable table, int place, in PartialCandidate reply)
    {
        int answer = table.FindAnswer(place, reply.Responder);
        return answer < 0 ? RequestState.Open : table.AnswerAt(answer).State;
    }

    // Notes what a reply makes of a request, as far as its responder goes; false where there is no room for it.
    private bool TryNote(CastTable table, int place, in PartialCandidate reply, ReplyFit fit, out EchoOutcome outcome)
    {
        outcome = EchoOutcome.Untracked;
        table[place].IsAnswered = true;
        int answer = table.FindAnswer(place, reply.Responder);
        if (answer < 0)
        {
            while (table.IsFullOfAnswers && table.Oldest != place)
                Evict(table);
            if (table.IsFullOfAnswers)
                return false;
            answer = table.AddAnswer(place, reply.Responder);
        }

        ref RequestState state = ref table.AnswerAt(answer).State;
        if (EventTime.Add(table[place].TimeNs, options.TimeoutNs) < reply.TimeNs)
            state |= fit.Answers() ? RequestState.TimedOut : RequestState.Open;
        outcome = fit.OutcomeFor(state);
        if (fit.Answers())
            state |= RequestState.Answered;
        else if (outcome == EchoOutcome.Mismatch)
            state |= RequestState.Mismatched;
        return true;
    }

    // The checksum of ICMPv6 is over the addresses too, and they do not swap here: only the whole payload proves anything.
    private static PayloadVerdict Compare(in CastRequest request, in PartialCandidate reply)
    {
        PayloadKnowledge usable = request.Family == 4 ? (PayloadKnowledge)byte.MaxValue : PayloadKnowledge.Hash;
        return PayloadComparison.Compare(
            request.Family,
            request.Type,
            new Payload(request.PayloadHash, request.Checksum, FirstWord(request.Type, request.Code), request.Payload & usable),
            new Payload(reply.PayloadHash, reply.Checksum, FirstWord(reply.Type, reply.Code), (PayloadKnowledge)reply.Payload & usable));
    }

    private static ushort FirstWord(byte type, byte code) => (ushort)((type << 8) | code);

    private void End(uint domain, CastTable table, in PartialCandidate end, EchoOutcome outcome, IExchangeSink sink)
    {
        int place = table.FindNewest(end.Requester, end.Identifier, end.Sequence, end.Type);
        while (place >= 0 && !IsSame(table[place], end))
            place = table[place].Older - 1;
        if (place >= 0 && table[place].IsAnswered)
            return;
        ref EchoExchange exchange = ref NewExchange(domain, end, end.Type);

        // One that was dropped may have been answered.
        exchange.Outcome = place < 0 ? EchoOutcome.Untracked : outcome;
        exchange.RequestNs = end.TimeNs;
        exchange.RequestBytes = end.MessageBytes;
        exchange.Completeness = Completeness.Of(end.Seen, end.Lost);
        Emit(sink);
    }

    private static bool IsSame(in CastRequest request, in PartialCandidate end) =>
        request.Responder == end.Responder && CandidateOrder.Compare(request.TimeNs, request.Run, request.Stream, request.Frame, end) == 0;

    private void Evict(CastTable table)
    {
        counters.EvictedRequests++;
        table.UntrackedUntilNs = Math.Max(table.UntrackedUntilNs, EventTime.Add(table[table.Oldest].TimeNs, options.LateAfterNs));
        table.RemoveOldest();
    }

    private void Emit(uint domain, in CastRequest request, in PartialCandidate reply, ReplyFit fit, EchoOutcome outcome, IExchangeSink sink)
    {
        ref EchoExchange exchange = ref NewExchange(domain, reply, request.Type);
        exchange.Outcome = outcome;
        exchange.RequestNs = request.TimeNs;
        exchange.ReplyNs = reply.TimeNs;
        exchange.RequestBytes = request.MessageBytes;
        exchange.ReplyBytes = reply.MessageBytes;
        exchange.Completeness = Completeness.Of(request.Seen + reply.Seen, request.Lost + reply.Lost);

        // The streams of one run are rings of one machine: one clock stamped both.
        if (fit.Answers() && request.Run == reply.Run)
            exchange.RttNs = EventTime.Between(request.TimeNs, reply.TimeNs);
        Emit(sink);
    }

    private void WithoutRequest(uint domain, in PartialCandidate reply, bool isUntracked, IExchangeSink sink)
    {
        ref EchoExchange exchange = ref NewExchange(domain, reply, MessageKind.RequestOf(reply.Family, reply.Type));
        exchange.Outcome = isUntracked ? EchoOutcome.Untracked : EchoOutcome.Unsolicited;
        exchange.ReplyNs = reply.TimeNs;
        exchange.ReplyBytes = reply.MessageBytes;
        exchange.Completeness = Completeness.Of(reply.Seen, reply.Lost);
        Emit(sink);
    }

    private ref EchoExchange NewExchange(uint domain, in PartialCandidate about, byte type)
    {
        _exchange = default;
        _exchange.Domain = domain;
        _exchange.Family = about.Family;
        _exchange.Type = type;
        _exchange.Identifier = about.Identifier;
        _exchange.Sequence = about.Sequence;
        _exchange.Requester = about.Requester;
        _exchange.Responder = about.Responder;
        return ref _exchange;
    }

    private void Emit(IExchangeSink sink)
    {
        counters.Count(_exchange.Outcome);
        sink.Accept(_exchange);
    }
}
