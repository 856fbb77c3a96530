using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// What the pair stage leaves to the host stages: requests to broadcast and multicast addresses, their ends, and replies that no request of
/// their own pair asked for. It goes out with the next partials.
/// </summary>
internal sealed class CandidateOutbox(Networks networks, PairCounters counters)
{
    /// <summary>
    /// Requests forwarded of one slot and key group: 64, as many of a pair as a live source sends unfolded. Those beyond are the pair
    /// stage's own.
    /// </summary>
    public const int MaxRequestsPerGroup = 64;

    /// <summary>
    /// Replies forwarded of one slot and key group: 32, which is 8,192 of all groups, as many as hosts of a /19 that answer within the same
    /// 100 ms. Those beyond, in a flood of replies, are unsolicited.
    /// </summary>
    public const int MaxRepliesPerGroup = 32;

    private PartialCandidate[] _waiting = new PartialCandidate[16];
    private int _count;

    /// <summary>Candidates that go out with the next partials, of one domain.</summary>
    public ReadOnlySpan<PartialCandidate> Waiting => _waiting.AsSpan(0, _count);

    /// <summary>Forgets those that have gone out.</summary>
    public void Clear() => _count = 0;

    /// <summary>Forwards a request that has just been kept, where it went to many and there is room.</summary>
    public void OfferRequest(PairDomain domain, ExchangeTable table, ref EchoRequest request)
    {
        (Address requester, Address responder) = table.Pairs.EndsOf(request.Conversation);
        if (!networks.ReachesMany(responder))
            return;
        if (!table.ForwardedRequests.TryTake(EventTime.SlotOf(request.TimeNs), MaxRequestsPerGroup))
        {
            counters.Unforwarded++;
            return;
        }

        request.IsForwarded = true;
        Add(CandidateKind.Request, domain, requester, responder, request, request.TimeNs);
    }

    /// <summary>Forwards a reply without a request; false where there is no room for it.</summary>
    public bool TryForwardReply(PairDomain domain, ExchangeTable table, in EchoRequest orphan)
    {
        if (!table.ForwardedReplies.TryTake(EventTime.SlotOf(orphan.TimeNs), MaxRepliesPerGroup))
        {
            counters.Unforwarded++;
            return false;
        }

        (Address requester, Address responder) = table.Pairs.EndsOf(orphan.Conversation);
        Add(CandidateKind.Reply, domain, requester, responder, orphan, orphan.TimeNs);
        return true;
    }

    /// <summary>Forwards what became of a request that was forwarded, and that nobody answered from the very address it went to.</summary>
    public void ForwardEnd(PairDomain domain, ExchangeTable table, in EchoRequest request, EchoOutcome outcome, long untilNs)
    {
        (Address requester, Address responder) = table.Pairs.EndsOf(request.Conversation);
        CandidateKind kind = outcome switch
        {
            EchoOutcome.Timeout => CandidateKind.Timeout,
            EchoOutcome.Pending => CandidateKind.Pending,
            _ => CandidateKind.Untracked,
        };
        Add(kind, domain, requester, responder, request, untilNs);
    }

    private void Add(CandidateKind kind, PairDomain domain, Address requester, Address responder, in EchoRequest kept, long untilNs)
    {
        if (_count == _waiting.Length)
            Array.Resize(ref _waiting, 2 * _count);
        ref PartialCandidate added = ref _waiting[_count++];
        added.Kind = kind;
        added.Requester = requester;
        added.Responder = responder;
        added.Run = domain.Clock.RunOf(kept.Stream);
        added.Stream = domain.Clock.NumberOf(kept.Stream);
        added.TimeNs = kept.TimeNs;
        added.Frame = kept.Frame;
        added.PayloadHash = kept.PayloadHash;
        (added.Seen, added.Lost) = domain.Losses.Between(kept.TimeNs, untilNs);
        added.MessageBytes = kept.MessageBytes;
        added.Identifier = kept.Identifier;
        added.Sequence = kept.Sequence;
        added.Checksum = kept.Checksum;
        added.Family = kept.Family;
        added.Type = (byte)(kept.FirstWord >> 8);
        added.Code = (byte)kept.FirstWord;
        added.Payload = (byte)kept.Payload;
    }
}
