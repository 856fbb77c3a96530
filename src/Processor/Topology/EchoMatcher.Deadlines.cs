using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>What happens to requests and replies as time passes.</summary>
public sealed partial class EchoMatcher
{
    /// <summary>Lets all deadlines of a key group before a time pass.</summary>
    internal void Expire(PairDomain domain, ExchangeTable table, long timeNs, IExchangeSink sink)
    {
        for (int place; (place = table.FirstOrphan) >= 0;)
        {
            if (EventTime.Add(table[place].TimeNs, _options.OrphanWaitNs) >= timeNs)
                break;
            Unsolicited(domain, table, place, sink);
            table.Remove(place);
        }

        for (int place; (place = table.FirstWaiting) >= 0;)
        {
            ref EchoRequest request = ref table[place];
            long deadlineNs = EventTime.Add(request.TimeNs, _options.TimeoutNs);
            if (deadlineNs >= timeNs)
                break;
            if (request.State == RequestState.Open)
                Emit(domain, table, request, WasFolded(table, request) ? EchoOutcome.Untracked : EchoOutcome.Timeout, deadlineNs, sink);
            table.TimeOut(place);
        }

        for (int place; (place = table.FirstOverdue) >= 0 && EventTime.Add(table[place].TimeNs, _options.LateAfterNs) < timeNs;)
            table.Remove(place);
        for (int place; (place = table.FirstAnswered) >= 0 && IsOver(table[place], timeNs);)
            table.Remove(place);
        table.QuietUntilNs = NextDeadline(table);
    }

    // Each list is in the order of its deadlines but the answered, which only keep memory: the first of them may hide an earlier one.
    private long NextDeadline(ExchangeTable table)
    {
        long next = long.MaxValue;
        if (table.FirstOrphan >= 0)
            next = Math.Min(next, EventTime.Add(table[table.FirstOrphan].TimeNs, _options.OrphanWaitNs));
        if (table.FirstWaiting >= 0)
            next = Math.Min(next, EventTime.Add(table[table.FirstWaiting].TimeNs, _options.TimeoutNs));
        if (table.FirstOverdue >= 0)
            next = Math.Min(next, EventTime.Add(table[table.FirstOverdue].TimeNs, _options.LateAfterNs));
        if (table.FirstAnswered >= 0)
            next = Math.Min(next, DeadlineOf(table[table.FirstAnswered]));
        return next;
    }

    /// <summary>The domain has ended: what is open is pending, since nobody knows what would have come.</summary>
    internal void Finish(PairDomain domain, ExchangeTable table, IExchangeSink sink)
    {
        for (int place; (place = table.FirstOrphan) >= 0;)
        {
            Unsolicited(domain, table, place, sink);
            table.Remove(place);
        }

        for (int place; (place = table.FirstWaiting) >= 0;)
        {
            ref EchoRequest open = ref table[place];
            if (open.State == RequestState.Open)
                Emit(domain, table, open, WasFolded(table, open) ? EchoOutcome.Untracked : EchoOutcome.Pending, domain.Clock.HighestNs, sink);
            table.Remove(place);
        }

        for (int place; (place = table.FirstOverdue) >= 0;)
            table.Remove(place);
        for (int place; (place = table.FirstAnswered) >= 0;)
            table.Remove(place);
    }

    private long DeadlineOf(in EchoRequest answered) => _options.RepeatsUntil(answered.TimeNs, answered.State);

    private bool IsOver(in EchoRequest answered, long timeNs) => DeadlineOf(answered) < timeNs;
}
