using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>Takes a folded event, and what it quotes where it is an error: nothing where its groups are none.</summary>
internal delegate void FoldWriter(in IcmpEvent folded, in IcmpEventDetail quoted);

/// <summary>
/// Bounds what one loud pair may write: in a slot of 100 ms the first <see cref="WholeEvents"/> events of a source, destination, type, code and key travel
/// whole, and the others as one event with their count, their bytes and the times of the first and the last. Rates stay exact; what one of many said is lost.
/// </summary>
/// <remarks>
/// Late events are never folded: their place would be another's. A folded event has no identity: what it says besides count, bytes and times is its first one's,
/// without payload hash, prefix and detail. Of an error's detail the addresses, protocol and ports of the datagram it quotes stay, since they are its key and what
/// the error is about; the identity of a quoted echo goes, so that a folded error ends no exchange.
/// </remarks>
internal sealed class EventFolder(FoldWriter write)
{
    /// <summary>Events of a slot that travel whole: more than any ping in flood mode needs to be matched by, few enough to cap a pair at 640 a second.</summary>
    public const int WholeEvents = 64;

    /// <summary>Sources, destinations, types and codes watched in a slot at most, 32 MiB; what comes beyond travels whole.</summary>
    public const int MaxWatched = 65_536;

    private readonly Dictionary<Watched, Fold> _folds = [];
    private readonly Stack<Fold> _free = [];
    private long _swept = long.MinValue;

    /// <summary>Takes an event that is not to travel whole; false where it is.</summary>
    public bool TryFold(in IcmpEvent e, EventBuffer events, EventKey key)
    {
        if ((e.Flags & EventFlags.Late) != EventFlags.None)
            return false;
        long slot = SlotOf(e.FirstNs);
        var watched = new Watched(key, e.Source, e.Destination, e.Type, e.Code, e.IpVersion);
        if (!_folds.TryGetValue(watched, out Fold? fold))
        {
            if (_folds.Count >= MaxWatched)
                return false;
            fold = _free.TryPop(out Fold? used) ? used : new Fold();
            fold.Begin(slot);
            _folds.Add(watched, fold);
        }

        if (slot < fold.Slot)
            return false;
        if (slot > fold.Slot)
        {
            fold.HandOn(write);
            fold.Begin(slot);
        }

        return fold.Take(e, events, write);
    }

    /// <summary>Hands on what is folded of slots that have ended by a time; once a slot of time, the calls between cost nothing.</summary>
    public void HandOn(long nowNs, bool all)
    {
        long now = SlotOf(nowNs);
        if (!all && now <= _swept)
            return;
        _swept = now;
        foreach ((Watched watched, Fold fold) in _folds)
        {
            if (!all && fold.Slot >= now)
                continue;
            fold.HandOn(write);
            _folds.Remove(watched);
            _free.Push(fold);
        }
    }

    private static long SlotOf(long timeNs) => (timeNs / EventStream.TickNs) - (timeNs % EventStream.TickNs < 0 ? 1 : 0);

    private readonly record struct Watched(EventKey Key, Address Source, Address Destination, byte Type, byte Code, byte IpVersion);

    private sealed class Fold
    {
        private int _whole;
        private IcmpEvent _sum;
        private IcmpEventDetail _quoted;

        public long Slot { get; private set; }

        public void Begin(long slot)
        {
            Slot = slot;
            _whole = 0;
            _sum.Count = 0;
        }

        public bool Take(in IcmpEvent e, EventBuffer events, FoldWriter write)
        {
            if (_whole < WholeEvents)
            {
                _whole++;
                return false;
            }

            if (_sum.Count > 0 && _sum.Bytes > uint.MaxValue - e.Bytes)
                HandOn(write);
            if (_sum.Count == 0)
            {
                _sum = Anonymous(e);
                _quoted = e.Detail == 0 ? default : Quoted(events.DetailOf(e));
                return true;
            }

            long first = Math.Min(_sum.FirstNs, e.FirstNs), last = Math.Max(_sum.LastNs, e.LastNs);
            (_sum.FirstNs, _sum.SpanNs) = (first, (uint)(last - first));
            _sum.Count += e.Count;
            _sum.Bytes += e.Bytes;
            return true;
        }

        public void HandOn(FoldWriter write)
        {
            if (_sum.Count == 0)
                return;
            write(_sum, _quoted);
            _sum.Count = 0;
        }

        // The rest is that of the first event folded; consumers read a count above 1 as no one's in particular.
        private static IcmpEvent Anonymous(in IcmpEvent e) => e with { PayloadHash = 0, Signatures = 0, PrefixLength = 0, Detail = 0 };

        private static IcmpEventDetail Quoted(in IcmpEventDetail detail) =>
            detail with { Groups = detail.Groups & (DetailGroups.Quoted | DetailGroups.QuotedPorts), ListsOffset = 0, ListsLength = 0 };
    }
}
