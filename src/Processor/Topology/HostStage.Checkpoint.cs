using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Topology;

/// <summary>How a host stage is written down and read back.</summary>
public sealed partial class HostStage : ICheckpointed
{
    /// <inheritdoc/>
    public int CheckpointVersion => 4;

    /// <inheritdoc/>
    public void SaveCommon(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Counters.Save(writer);
        writer.WritePart(_gate);
        writer.WriteInt32(_domains.Count);
        foreach (HostDomain domain in InOrder())
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
        reader.ReadPart(_gate);
        for (int left = reader.ReadCount(sizeof(uint)); left > 0; left--)
            reader.ReadPart(DomainOf(reader.ReadUInt32()));
    }

    /// <inheritdoc/>
    public void SaveGroup(byte group, CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (HostDomain domain in InOrder())
        {
            HostGroup? hosts = domain.Hosts.Group(group) is { Count: > 0 } kept ? kept : null;
            CastTable? casts = domain.Casts.Known(group);
            if (hosts is null && casts is null)
                continue;
            writer.WriteUInt32(domain.Id);
            writer.WriteBoolean(hosts is not null);
            if (hosts is not null)
                writer.WritePart(hosts);
            writer.WriteBoolean(casts is not null);
            if (casts is not null)
                writer.WritePart(casts);
        }
    }

    /// <inheritdoc/>
    public void LoadGroup(byte group, CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        while (reader.Remaining > 0)
        {
            if (!_domains.TryGetValue(reader.ReadUInt32(), out HostDomain? domain))
                throw new CheckpointException("a key group is of a domain that is not there");
            if (reader.ReadBoolean())
                domain.Hosts.Load(group, reader);
            if (reader.ReadBoolean())
                reader.ReadPart(domain.Casts.TableOf(group));
        }
    }

    /// <inheritdoc/>
    public void CompleteLoad()
    {
        foreach (HostDomain domain in _domains.Values)
        {
            domain.Hosts.CompleteLoad();
            domain.Casts.CompleteLoad();
            if (!domain.Rules.All(rule => rule.Fits(domain.Hosts)))
                throw new CheckpointException("a rule holds on to an address that is not there");
        }
    }

    private IEnumerable<HostDomain> InOrder() => _domains.Values.OrderBy(domain => domain.Id);
}
