using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Topology;

/// <summary>How a pair stage is written down and read back.</summary>
public sealed partial class PairStage : ICheckpointed
{
    private readonly Lock _loading = new();

    /// <summary>
    /// True where all that the stage knows is in what it writes. What rules remember of pairs is not yet, so a stage with rules that look at
    /// events is rebuilt from the log.
    /// </summary>
    public bool IsWrittenWhole => !_watch.IsActive;

    /// <inheritdoc/>
    public int CheckpointVersion => 3;

    /// <inheritdoc/>
    public void SaveCommon(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Counters.Save(writer);
        _findingSequence.Save(writer);
        _combiner.Save(writer);
        writer.WriteInt32(_domains.Count);
        foreach (PairDomain domain in InOrder())
        {
            writer.WriteUInt32(domain.Id);
            domain.Save(writer);
        }
    }

    /// <inheritdoc/>
    public void LoadCommon(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Counters.Load(reader);
        _findingSequence.Load(reader);
        _combiner.Load(reader);
        for (int left = reader.ReadCount(sizeof(uint)); left > 0; left--)
            DomainOf(reader.ReadUInt32()).Load(reader);
    }

    /// <inheritdoc/>
    public void SaveGroup(byte group, CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (PairDomain domain in InOrder())
        {
            ExchangeTable? table = domain.Tables[group] is { IsEmpty: false } kept ? kept : null;
            int slots = 0;
            for (int i = 0; i < domain.Slots.Count; i++)
                slots += domain.Slots[i].CountOf(group) > 0 ? 1 : 0;
            if (table is null && slots == 0)
                continue;
            writer.WriteUInt32(domain.Id);
            writer.WriteBoolean(table is not null);
            table?.Save(writer);
            writer.WriteInt32(slots);
            for (int i = 0; i < domain.Slots.Count; i++)
            {
                if (domain.Slots[i].CountOf(group) == 0)
                    continue;
                writer.WriteInt32(i);
                domain.Slots[i].Save(group, writer);
            }
        }
    }

    /// <inheritdoc/>
    public void LoadGroup(byte group, CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        while (reader.Remaining > 0)
        {
            if (!_domains.TryGetValue(reader.ReadUInt32(), out PairDomain? domain))
                throw new CheckpointException("a key group is of a domain that is not there");
            if (reader.ReadBoolean())
                domain.TableOf(group, _options).Load(reader);
            int slots = reader.ReadCount(sizeof(int));

            // The slots of all groups share one pool of messages.
            lock (_loading)
            {
                for (; slots > 0; slots--)
                    domain.Slots[reader.ReadIndex(domain.Slots.Count)].Load(group, reader, domain.Clock.Streams);
            }
        }
    }

    /// <inheritdoc/>
    public void CompleteLoad()
    {
        _buffered = 0;
        foreach (PairDomain domain in _domains.Values)
        {
            for (int i = 0; i < domain.Slots.Count; i++)
                _buffered += domain.Slots[i].Count;
        }
    }

    private IEnumerable<PairDomain> InOrder() => _domains.Values.OrderBy(domain => domain.Id);
}
