namespace IcmpStream.Processor.State;

/// <summary>One slot of one domain that event time has not passed: its flows, and its messages in the reorder buffer.</summary>
public sealed class OpenSlot
{
    /// <summary>Makes an empty slot.</summary>
    public OpenSlot(int maxFlows) => Flows = new FlowTable(maxFlows);

    /// <summary>Number of the slot since the epoch.</summary>
    public long Slot { get; internal set; }

    /// <summary>What went from whom to whom.</summary>
    public FlowTable Flows { get; }

    /// <summary>Messages to be matched.</summary>
    public MessageRun Messages { get; } = new();
}

/// <summary>Emptied slots to be used again: they keep the memory they have grown to.</summary>
public sealed class SlotPool(int maxFlows)
{
    /// <summary>Slots kept: a little more than allowed lateness keeps open; what a stall opened beyond goes back to the runtime.</summary>
    private const int MaxKept = 12;

    private readonly Stack<OpenSlot> _free = new(MaxKept);

    /// <summary>Takes a slot.</summary>
    public OpenSlot Take(long slot)
    {
        OpenSlot taken = _free.Count > 0 ? _free.Pop() : new OpenSlot(maxFlows);
        taken.Slot = slot;
        return taken;
    }

    /// <summary>Empties a slot and takes it back.</summary>
    public void Return(OpenSlot slot)
    {
        slot.Flows.Clear();
        slot.Messages.Clear();
        if (_free.Count < MaxKept)
            _free.Push(slot);
    }
}

/// <summary>The open slots of one domain, in order.</summary>
public sealed class OpenSlots
{
    private readonly SlotPool _pool;
    private readonly int _limit;
    private readonly List<OpenSlot> _slots = [];
    private OpenSlot? _last;

    /// <summary>Makes an empty list of at most <paramref name="limit"/> slots.</summary>
    public OpenSlots(SlotPool pool, int limit)
    {
        _pool = pool;
        _limit = limit;
    }

    /// <summary>Slots open.</summary>
    public int Count => _slots.Count;

    /// <summary>The earliest; there is one.</summary>
    public OpenSlot First => _slots[0];

    /// <summary>The slot of a number, opened where it is not; null when there are too many.</summary>
    public OpenSlot? At(long slot)
    {
        if (_last is not null && _last.Slot == slot)
            return _last;
        int place = Search(slot);
        if (place < _slots.Count && _slots[place].Slot == slot)
            return _last = _slots[place];
        if (_slots.Count >= _limit)
            return null;
        OpenSlot opened = _pool.Take(slot);
        _slots.Insert(place, opened);
        return _last = opened;
    }

    /// <summary>Gives the earliest back.</summary>
    public void RemoveFirst()
    {
        OpenSlot first = _slots[0];
        _slots.RemoveAt(0);
        if (_last == first)
            _last = null;
        _pool.Return(first);
    }

    private int Search(long slot)
    {
        int low = 0, high = _slots.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_slots[middle].Slot < slot)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
