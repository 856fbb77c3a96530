namespace IcmpStream.Ingest.Sources;

/// <summary>The unit of a classic pcap's times.</summary>
public enum PcapResolution
{
    /// <summary>Magic 0xa1b2c3d4: what every reader of captures knows.</summary>
    Microseconds,

    /// <summary>Magic 0xa1b23c4d: no time is rounded.</summary>
    Nanoseconds,
}
