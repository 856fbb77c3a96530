using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.State;

/// <summary>
/// How many packets of a domain were seen and how many lost, for the share that is complete. Both are known as sums at the end of a
/// run of slots, so what was lost in a run counts for every time in it. A ring of 1,024 runs holds at least 102 s, more than any
/// exchange lasts.
/// </summary>
public sealed class LossHistory : ICheckpointPart
{
    private const int Slots = 1024;

    private readonly Entry[] _ring = new Entry[Slots];
    private int _head;
    private int _count;
    private Entry _sum;

    /// <summary>True when anything was ever lost.</summary>
    public bool HasLoss => _sum.Lost > 0;

    /// <summary>Adds what came and went up to the end of a slot, since the one added before; slots ascend.</summary>
    public void Add(long slot, long seen, long lost)
    {
        // Nothing came and nothing went: the run before, or the next, stands for this time too.
        if (seen == 0 && lost == 0 && _count > 0)
            return;
        _sum = new Entry { Slot = slot, Seen = _sum.Seen + seen, Lost = _sum.Lost + lost };
        if (_count > 0 && _ring[_head].Slot >= slot)
        {
            _ring[_head] = _sum;
            return;
        }

        _head = (_head + 1) % Slots;
        _ring[_head] = _sum;
        _count = Math.Min(Slots, _count + 1);
    }

    /// <summary>Packets seen and lost from one time to another; none of either where nothing was ever lost.</summary>
    public (long Seen, long Lost) Between(long fromNs, long toNs)
    {
        if (!HasLoss)
            return default;

        // What comes behind the last run known belongs to it: the last packets are newer than the watermark that ends a domain.
        int first = Math.Min(FirstAtOrBehind(EventTime.SlotOf(fromNs)), _count - 1);
        int last = FirstAtOrBehind(EventTime.SlotOf(toNs));
        Entry before = first == 0 ? default : Oldest(first - 1);
        Entry until = last == _count ? _sum : Oldest(last);
        return (until.Seen - before.Seen, until.Lost - before.Lost);
    }

    /// <summary>Writes the history down.</summary>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Save(writer, _sum);
        writer.WriteInt32(_count);
        for (int i = 0; i < _count; i++)
            Save(writer, Oldest(i));
    }

    /// <summary>Reads what <see cref="Save(CheckpointWriter)"/> wrote into an empty history.</summary>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _sum = ReadEntry(reader);
        _count = reader.ReadIndex(Slots + 1);
        _head = Math.Max(0, _count - 1);
        for (int i = 0; i < _count; i++)
            _ring[i] = ReadEntry(reader);
    }

    private static void Save(CheckpointWriter writer, in Entry entry)
    {
        writer.WriteInt64(entry.Slot);
        writer.WriteInt64(entry.Seen);
        writer.WriteInt64(entry.Lost);
    }

    private static Entry ReadEntry(CheckpointReader reader) => new() { Slot = reader.ReadInt64(), Seen = reader.ReadInt64(), Lost = reader.ReadInt64() };

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _sum = default;
        _count = 0;
    }

    private int FirstAtOrBehind(long slot)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Oldest(middle).Slot < slot)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private ref Entry Oldest(int index) => ref _ring[(_head - _count + 1 + index + Slots) % Slots];

    private struct Entry
    {
        public long Slot;
        public long Seen;
        public long Lost;
    }
}
