using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// When pairs are judged: in each slot that says something new about them, once at the end of their first seconds, and at the end of the
/// traffic where that comes sooner.
/// </summary>
public sealed partial class PairWatch
{
    /// <summary>Time has passed a slot, whether or not anything was heard in it: judges the pairs whose first seconds are over.</summary>
    public void PassTime(uint domain, long slot, Func<long, double> completenessAt, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(completenessAt);
        if (!_domains.TryGetValue(domain, out WatchDomain? watched))
            return;
        while (watched.Waiting.TryPeek(out WaitingPair first) && first.DueSlot <= slot)
        {
            TakeDue(watched, first.DueSlot);
            Judge(watched, new PairView(_silence, first.DueSlot, completenessAt(first.DueSlot)), findings);
        }
    }

    /// <summary>Ends a domain in a slot: judges the pairs that are still in their first seconds, and forgets all.</summary>
    public void Finish(uint domain, long slot, Func<long, double> completenessAt, List<RuleFinding> findings)
    {
        ArgumentNullException.ThrowIfNull(completenessAt);
        PassTime(domain, slot, completenessAt, findings);
        if (!_domains.Remove(domain, out WatchDomain? ended))
            return;
        if (ended == _last)
            _last = null;
        TakeDue(ended, long.MaxValue);
        foreach (Touched touched in _touched)
        {
            ref PairTrack pair = ref ended.Group(touched.Group)[touched.Place];
            long last = Math.Max(slot, pair.LastSlot);
            Judge(ended, touched, new PairView(_silence, last, completenessAt(last), IsLast: true), findings);
        }

        _touched.Clear();
    }

    // Gives a pair payload evidence, and sees to it that it is judged when its first seconds are over.
    private static bool TryFollow(WatchDomain domain, byte key, ref PairTrack pair, long slot)
    {
        if (pair.Tunnel != 0)
            return true;
        WatchGroup group = domain.Group(key);
        if (!group.TryAddTunnel(ref pair))
            return false;
        long due = slot + TunnelBehaviourRule.MinSlots;
        group.TunnelOf(pair).DueSlot = due;
        domain.Waiting.Enqueue(new WaitingPair(due, key, pair.Requester, pair.Responder));
        return true;
    }

    private void TakeDue(WatchDomain domain, long slot)
    {
        while (domain.Waiting.TryPeek(out WaitingPair first) && first.DueSlot <= slot)
        {
            domain.Waiting.Dequeue();
            WatchGroup group = domain.Group(first.Group);
            int place = group.Find(first.Requester, first.Responder, first.DueSlot);
            if (place < 0 || group[place].Tunnel == 0 || group.TunnelOf(group[place]).DueSlot != first.DueSlot)
                continue;
            group.TunnelOf(group[place]).DueSlot = 0;
            _touched.Add(new Touched(first.Group, place, first.Requester, first.Responder));
        }
    }

    private void Judge(WatchDomain domain, in PairView view, List<RuleFinding> findings)
    {
        _touched.Sort();
        for (int i = 0; i < _touched.Count; i++)
        {
            if (i == 0 || _touched[i] != _touched[i - 1])
                Judge(domain, _touched[i], view, findings);
        }

        _touched.Clear();
    }

    private void Judge(WatchDomain domain, in Touched touched, in PairView view, List<RuleFinding> findings)
    {
        WatchGroup pairs = domain.Group(touched.Group);
        ref PairTrack pair = ref pairs[touched.Place];
        if (!TryFollow(domain, touched.Group, ref pair, view.Slot))
            return;
        foreach (IPairRule rule in _pairRules)
            rule.Judge(pair, ref pairs.TunnelOf(pair), view with { Group = touched.Group }, findings);
    }

    // By address, not by place: a place depends on what came first.
    private readonly record struct Touched(byte Group, int Place, Address Requester, Address Responder) : IComparable<Touched>
    {
        public int CompareTo(Touched other)
        {
            int order = Requester.CompareTo(other.Requester);
            order = order != 0 ? order : Responder.CompareTo(other.Responder);
            return order != 0 ? order : Group.CompareTo(other.Group);
        }
    }
}
