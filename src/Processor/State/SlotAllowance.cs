using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.State;

/// <summary>How many of something a slot may have, for slots that ascend; one that comes again counts with the latest.</summary>
public struct SlotAllowance
{
    private long _slot;
    private int _taken;

    /// <summary>An allowance of which nothing has been taken.</summary>
    public static SlotAllowance Untouched => new() { _slot = long.MinValue };

    /// <summary>Takes one of <paramref name="limit"/> of a slot; false where none is left.</summary>
    public bool TryTake(long slot, int limit)
    {
        if (slot > _slot)
            (_slot, _taken) = (slot, 0);
        if (_taken >= limit)
            return false;
        _taken++;
        return true;
    }

    internal readonly void Save(CheckpointWriter writer)
    {
        writer.WriteInt64(_slot);
        writer.WriteInt32(_taken);
    }

    internal void Load(CheckpointReader reader) => (_slot, _taken) = (reader.ReadInt64(), reader.ReadInt32());
}
