using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>The host stage's books: records in = processed + duplicate. Written by the stage's thread alone.</summary>
public sealed class HostCounters
{
    private readonly long[] _exchanges = new long[(int)EchoOutcome.Unknown + 1];

    /// <summary>Records taken.</summary>
    public long Records { get; internal set; }

    /// <summary>Records that had been here before.</summary>
    public long Duplicate { get; internal set; }

    /// <summary>Packets in partials whose slot had closed: their domain had ended and begun again.</summary>
    public long LatePackets { get; internal set; }

    /// <summary>Addresses given up before their window closed; their packets are in the row of all others.</summary>
    public long Evicted { get; internal set; }

    /// <summary>Windows closed.</summary>
    public long Windows { get; internal set; }

    /// <summary>Findings put out.</summary>
    public long Findings { get; internal set; }

    /// <summary>Requests to broadcast or multicast addresses dropped by limits before their time.</summary>
    public long EvictedRequests { get; internal set; }

    /// <summary>Exchanges put out with an outcome: of requests to broadcast or multicast addresses, and of replies without a request.</summary>
    public long Exchanges(EchoOutcome outcome) => _exchanges[(int)outcome];

    internal void Count(EchoOutcome outcome) => _exchanges[(int)outcome]++;

    internal void Save(CheckpointWriter writer)
    {
        writer.WriteInt64(Records);
        writer.WriteInt64(Duplicate);
        writer.WriteInt64(LatePackets);
        writer.WriteInt64(Evicted);
        writer.WriteInt64(Windows);
        writer.WriteInt64(Findings);
        writer.WriteInt64(EvictedRequests);
        foreach (long count in _exchanges)
            writer.WriteInt64(count);
    }

    internal void Load(CheckpointReader reader)
    {
        Records = reader.ReadInt64();
        Duplicate = reader.ReadInt64();
        LatePackets = reader.ReadInt64();
        Evicted = reader.ReadInt64();
        Windows = reader.ReadInt64();
        Findings = reader.ReadInt64();
        EvictedRequests = reader.ReadInt64();
        foreach (ref long count in _exchanges.AsSpan())
            count = reader.ReadInt64();
    }
}
