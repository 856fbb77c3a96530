namespace IcmpStream.Processor.Topology;

/// <summary>The host stage's books: records in = processed + duplicate. Written by the stage's thread alone.</summary>
public sealed class HostCounters
{
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
}
