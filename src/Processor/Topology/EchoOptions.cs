using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>How exchanges are matched.</summary>
public sealed record EchoOptions
{
    /// <summary>
    /// Time after which a request without a reply has timed out, ns: 10 s. ping gives up after one by default (-W), but waits 10 s for
    /// stragglers when it ends (iputils MAXWAIT).
    /// </summary>
    public long TimeoutNs { get; init; } = 10 * EventTime.SecondNs;

    /// <summary>Time after the request up to which a reply is late rather than unsolicited, ns: 60 s, the longest round trips ever observed (satellite and cellular buffers).</summary>
    public long LateAfterNs { get; init; } = 60 * EventTime.SecondNs;

    /// <summary>
    /// Time that a reply without a request waits for one, ns: 500 ms, the allowed lateness, since that is how far apart two clocks of a
    /// domain may be.
    /// </summary>
    public long OrphanWaitNs { get; init; } = EventTime.SecondNs / 2;

    /// <summary>Requests of one key group, and replies without one, that are kept unanswered at most.</summary>
    public int MaxPerGroup { get; init; } = ExchangeTable.DefaultMaxUnanswered;

    /// <summary>
    /// Time up to which a second answer to a request that has been answered is a duplicate, ns: its timeout; of a late answer, as long as it
    /// could be late.
    /// </summary>
    internal long RepeatsUntil(long requestNs, RequestState state) =>
        EventTime.Add(requestNs, (state & RequestState.TimedOut) != RequestState.Open ? LateAfterNs : TimeoutNs);

    /// <summary>
    /// When all that a candidate may meet has been heard of, ns: a request at its time, a reply when it has waited for its request, the end of
    /// a request when the replies up to its timeout have.
    /// </summary>
    internal long DueNs(in PartialCandidate candidate) => candidate.Kind switch
    {
        CandidateKind.Request => candidate.TimeNs,
        CandidateKind.Reply => EventTime.Add(candidate.TimeNs, OrphanWaitNs),
        _ => EventTime.Add(EventTime.Add(candidate.TimeNs, TimeoutNs), OrphanWaitNs),
    };

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public void Validate()
    {
        if (TimeoutNs <= 0)
            throw new ArgumentException("the echo timeout must be above zero");
        if (LateAfterNs < TimeoutNs)
            throw new ArgumentException("the time for late replies must not be shorter than the echo timeout");
        if (OrphanWaitNs < 0)
            throw new ArgumentException("the wait of a reply for its request must not be negative");
        if (MaxPerGroup is < 1 or > ushort.MaxValue - 1 - ExchangeTable.MaxAnswered)
            throw new ArgumentException($"a key group keeps 1 to {ushort.MaxValue - 1 - ExchangeTable.MaxAnswered} requests, not {MaxPerGroup}");
    }
}
