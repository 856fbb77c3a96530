using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Topology;

/// <summary>
/// How a host stage is written down and read back: the six methods of <see cref="ICheckpointed"/>. It is not one yet, since its rules are
/// not written down: until they are, a host stage is rebuilt from the log.
/// </summary>
public sealed partial class HostStage
{
    /// <inheritdoc cref="ICheckpointed"/>
    public int CheckpointVersion => 2;

    /// <inheritdoc cref="ICheckpointed"/>
    public void SaveCommon(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Counters.Save(writer);
        _gate.Save(writer);
        _sequence.Save(writer);
        writer.WriteInt32(_domains.Count);
        foreach (HostDomain domain in InOrder())
        {
            writer.WriteUInt32(domain.Id);
            domain.Save(writer);
        }
    }

    /// <inheritdoc cref="ICheckpointed"/>
    public void LoadCommon(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Counters.Load(reader);
        _gate.Load(reader);
        _sequence.Load(reader);
        for (int left = reader.ReadCount(sizeof(uint)); left > 0; left--)
            DomainOf(reader.ReadUInt32()).Load(reader);
    }

    /// <inheritdoc cref="ICheckpointed"/>
    public void SaveGroup(byte group, CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (HostDomain domain in InOrder())
        {
            if (domain.Hosts.Group(group) is not { Count: > 0 } hosts)
                continue;
            writer.WriteUInt32(domain.Id);
            hosts.Save(writer);
        }
    }

    /// <inheritdoc cref="ICheckpointed"/>
    public void LoadGroup(byte group, CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        while (reader.Remaining > 0)
        {
            if (!_domains.TryGetValue(reader.ReadUInt32(), out HostDomain? domain))
                throw new CheckpointException("a key group is of a domain that is not there");
            domain.Hosts.Load(group, reader);
        }
    }

    /// <inheritdoc cref="ICheckpointed"/>
    public void CompleteLoad()
    {
        foreach (HostDomain domain in _domains.Values)
            domain.Hosts.CompleteLoad();
    }

    private IEnumerable<HostDomain> InOrder() => _domains.Values.OrderBy(domain => domain.Id);
}
