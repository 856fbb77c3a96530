using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>What the pair watch holds of one domain.</summary>
internal sealed class WatchDomain(uint id) : ICheckpointPart
{
    private readonly SortedList<long, SlotEvidence> _open = [];
    private readonly WatchGroup?[] _groups = new WatchGroup?[KeyGroup.Count];
    private SlotEvidence? _last;

    public uint Id { get; } = id;

    /// <summary>The slot closed last; its marks are still being read.</summary>
    public SlotEvidence? Closed { get; set; }

    public TraceBook Traces { get; } = new();

    /// <summary>Pairs in their first seconds, the one that is due first in front: slots, and with them what is due, only rise.</summary>
    public Queue<WaitingPair> Waiting { get; } = new();

    /// <summary>Takes the slot's hops: a pair that is being traced has a reason for its changing TTLs.</summary>
    public void Trace(SlotEvidence evidence, long slot, double completeness, DistinctOptions options, List<RuleFinding> findings)
    {
        foreach (HopEvidence hop in evidence.Hops)
        {
            WatchGroup group = Group(KeyGroup.Of(EventKey.Of(hop.Source, hop.Destination)));
            int place = group.Find(hop.Source, hop.Destination, slot);
            if (place >= 0)
                group[place].HopSlot = slot;
        }

        Traces.Judge(evidence, slot, completeness, options, findings);
    }

    public WatchGroup Group(byte group) => _groups[group] ??= new WatchGroup();

    /// <summary>A key group of which something is known, or null.</summary>
    public WatchGroup? Known(byte group) => _groups[group] is { IsEmpty: false } known ? known : null;

    /// <summary>Writes down what is of no key group.</summary>
    public void Save(CheckpointWriter writer)
    {
        writer.WriteInt32(_open.Count);
        foreach ((long slot, SlotEvidence evidence) in _open)
        {
            writer.WriteInt64(slot);
            writer.WritePart(evidence);
        }

        writer.WritePart(Traces);
        writer.WriteInt32(Waiting.Count);
        foreach (WaitingPair pair in Waiting)
        {
            writer.WriteInt64(pair.DueSlot);
            writer.WriteByte(pair.Group);
            writer.WriteAddress(pair.Requester);
            writer.WriteAddress(pair.Responder);
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        for (int left = reader.ReadCount(sizeof(long) + sizeof(int)); left > 0; left--)
        {
            var evidence = new SlotEvidence { Slot = reader.ReadInt64() };
            reader.ReadPart(evidence);
            if (!_open.TryAdd(evidence.Slot, evidence))
                throw new CheckpointException("a slot is open twice");
        }

        reader.ReadPart(Traces);
        const int waitingBytes = sizeof(long) + sizeof(byte) + (2 * Address.Size);
        for (int left = reader.ReadCount(waitingBytes); left > 0; left--)
            Waiting.Enqueue(new WaitingPair(reader.ReadInt64(), reader.ReadByte(), reader.ReadAddress(), reader.ReadAddress()));
    }

    public SlotEvidence SlotOf(long slot, Stack<SlotEvidence> pool)
    {
        if (_last is not null && _last.Slot == slot)
            return _last;
        if (!_open.TryGetValue(slot, out SlotEvidence? evidence))
        {
            evidence = pool.Count > 0 ? pool.Pop() : new SlotEvidence();
            evidence.Slot = slot;
            _open.Add(slot, evidence);
        }

        return _last = evidence;
    }

    public SlotEvidence? TryTake(long slot)
    {
        if (!_open.Remove(slot, out SlotEvidence? evidence))
            return null;
        if (_last == evidence)
            _last = null;
        return evidence;
    }
}

/// <summary>A pair that is judged at the end of a slot even if it says nothing more.</summary>
/// <param name="DueSlot">The slot.</param>
/// <param name="Group">The key group that remembers it.</param>
/// <param name="Requester">Who asks.</param>
/// <param name="Responder">Who is asked.</param>
internal readonly record struct WaitingPair(long DueSlot, byte Group, Address Requester, Address Responder);
