using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// Gathers the round-trip times of exchanges by pair and window, and puts out what a window came to once event time has passed it, or the domain
/// has ended.
/// </summary>
internal sealed class RttWindows(PairCounters counters)
{
    /// <summary>From that many messages on it pays to read a group's tables in order first, as those of the matcher.</summary>
    private const int MessagesWorthTouching = 64;

    private readonly PairRtt _record = new();
    private int _group = -1;
    private ulong _touched;

    /// <summary>
    /// Takes an exchange of the slot that is being closed. The slot's window is that of the reply: it is the later half, since times below zero, of
    /// replies that two clocks put before their requests, are none and do not count.
    /// </summary>
    public void Observe(PairDomain domain, int group, in EchoExchange exchange)
    {
        if (exchange.RttNs is not { } rttNs || exchange.Outcome is not (EchoOutcome.Matched or EchoOutcome.Late))
            return;
        RttGroup pairs = domain.Rtts.Group(group);
        if (group != _group)
        {
            _group = group;
            if (domain.Closing!.CountOf(group) >= MessagesWorthTouching)
                _touched += pairs.Touch();
        }

        if (rttNs < 0)
            counters.RttsNegative++;
        else if (!pairs.TryAdd(exchange.Requester, exchange.Responder, rttNs))
            counters.RttsDropped++;
    }

    /// <summary>Closes the window before <paramref name="window"/>, if it is open, and begins this one.</summary>
    public void PassTo(PairDomain domain, long window, IPairSink sink)
    {
        RttBook book = domain.Rtts;
        if (book.Window >= window)
            return;
        for (int group = 0; group < KeyGroup.Count; group++)
        {
            if (book.Known(group) is { Count: > 0 } pairs)
                Close(domain, pairs, sink);
        }

        book.Begin(window);
    }

    private void Close(PairDomain domain, RttGroup group, IPairSink sink)
    {
        group.Settle();
        for (int place = 0, cell = 0; place < group.Count; place++)
        {
            group.Read(place, ref cell, _record);
            if (_record.Count < RttBook.Floor)
            {
                counters.RttsSparse += _record.Count;
                continue;
            }

            long startNs = domain.Rtts.WindowStartNs;
            _record.WindowStartNs = startNs;
            _record.WindowNs = RttBook.WindowNs;
            _record.Domain = domain.Id;
            _record.Completeness = domain.CompletenessBetween(startNs, EventTime.Add(startNs, RttBook.WindowNs - 1));
            counters.RttsSummed += _record.Count;
            counters.RttRecords++;
            sink.Accept(_record);
        }
    }
}
