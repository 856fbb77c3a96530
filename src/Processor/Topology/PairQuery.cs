using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Reads what a pair stage knows, for whoever asks; the stage's thread calls it between two records.</summary>
internal static class PairQuery
{
    /// <summary>Adds the requests and orphans between two addresses that have no counterpart yet, the longest waiting first.</summary>
    public static void CollectOpen(IEnumerable<PairDomain> domains, Address a, Address b, int limit, List<OpenExchange> found)
    {
        byte group = KeyGroup.Of(EventKey.Of(a, b));
        foreach (PairDomain domain in domains)
        {
            if (domain.Tables[group] is not { } table)
                continue;
            Walk(domain, table, table.FirstOverdue, a, b, limit, found);
            Walk(domain, table, table.FirstWaiting, a, b, limit, found);
            Walk(domain, table, table.FirstOrphan, a, b, limit, found);
        }
    }

    private static void Walk(PairDomain domain, ExchangeTable table, int place, Address a, Address b, int limit, List<OpenExchange> found)
    {
        while (place >= 0 && found.Count < limit)
        {
            ref EchoRequest request = ref table[place];
            (Address requester, Address responder) = table.Pairs.EndsOf(request.Conversation);
            if ((requester == a && responder == b) || (requester == b && responder == a))
                found.Add(new OpenExchange(domain.Id, requester, responder, request.RequestType, request.Identifier, request.Sequence, request.TimeNs, request.State.ToString()));
            place = request.TimerBehind - 1;
        }
    }
}
