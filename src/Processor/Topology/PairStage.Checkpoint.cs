using IcmpStream.Processor.Detect;
using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Topology;

/// <summary>How a pair stage is written down and read back.</summary>
public sealed partial class PairStage : ICheckpointed
{
    private readonly Lock _loading = new();

    /// <inheritdoc/>
    public int CheckpointVersion => 9;

    /// <inheritdoc/>
    public void SaveCommon(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Counters.Save(writer);
        writer.WritePart(_watch);
        writer.WriteInt32(_domains.Count);
        foreach (PairDomain domain in InOrder())
        {
            writer.WriteUInt32(domain.Id);
            writer.WritePart(domain);
        }
    }

    /// <inheritdoc/>
    public void LoadCommon(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Counters.Load(reader);
        reader.ReadPart(_watch);
        for (int left = reader.ReadCount(sizeof(uint)); left > 0; left--)
            reader.ReadPart(DomainOf(reader.ReadUInt32()));
    }

    /// <inheritdoc/>
    public void SaveGroup(byte group, CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (PairDomain domain in InOrder())
        {
            ExchangeTable? table = domain.Tables[group] is { IsEmpty: false } kept ? kept : null;
            WatchGroup? watched = _watch.Known(domain.Id, group);
            RttGroup? rtts = domain.Rtts.Known(group) is { Count: > 0 } gathered ? gathered : null;
            var messages = new GroupMessages(domain, group, _loading);
            if (table is null && watched is null && rtts is null && messages.IsEmpty)
                continue;
            writer.WriteUInt32(domain.Id);
            writer.WriteBoolean(table is not null);
            if (table is not null)
                writer.WritePart(table);
            writer.WriteBoolean(watched is not null);
            if (watched is not null)
                writer.WritePart(watched);
            writer.WriteBoolean(rtts is not null);
            if (rtts is not null)
                writer.WritePart(rtts);
            writer.WritePart(messages);
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
                reader.ReadPart(domain.TableOf(group, _options));
            if (reader.ReadBoolean())
                reader.ReadPart(_watch.GroupOf(domain.Id, group));
            if (reader.ReadBoolean())
                reader.ReadPart(domain.Rtts.Group(group));
            reader.ReadPart(new GroupMessages(domain, group, _loading));
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

    /// <summary>A key group's messages in the open slots. The slots of all groups share one pool of messages.</summary>
    private sealed class GroupMessages(PairDomain domain, byte group, Lock loading) : ICheckpointPart
    {
        public bool IsEmpty => Filled() == 0;

        public void Save(CheckpointWriter writer)
        {
            writer.WriteInt32(Filled());
            for (int i = 0; i < domain.Slots.Count; i++)
            {
                if (domain.Slots[i].CountOf(group) == 0)
                    continue;
                writer.WriteInt32(i);
                domain.Slots[i].Save(group, writer);
            }
        }

        public void Load(CheckpointReader reader)
        {
            int slots = reader.ReadCount(sizeof(int));
            lock (loading)
            {
                for (; slots > 0; slots--)
                    domain.Slots[reader.ReadIndex(domain.Slots.Count)].Load(group, reader, domain.Clock.Streams);
            }
        }

        private int Filled()
        {
            int slots = 0;
            for (int i = 0; i < domain.Slots.Count; i++)
                slots += domain.Slots[i].CountOf(group) > 0 ? 1 : 0;
            return slots;
        }
    }
}
