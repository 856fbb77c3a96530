namespace IcmpStream.Schemas;

/// <summary>
/// What one address sent or received in one window. Avro <c>icmpstream.v1.SourceRate</c>, value of <c>icmp.rate.v1</c>.
/// </summary>
public struct SourceRate
{
    /// <summary>Start of the window, ns since the epoch.</summary>
    public long WindowStartNs;

    /// <summary>Length of the window, ns.</summary>
    public long WindowNs;

    /// <summary>The address; null for all those below the reporting floor together (<c>*</c> in text).</summary>
    public Address? Address;

    /// <summary>Packets.</summary>
    public long Packets;

    /// <summary>IP total length, bytes.</summary>
    public long Bytes;

    /// <summary>Requests among the packets.</summary>
    public long Requests;

    /// <summary>Replies among the packets.</summary>
    public long Replies;

    /// <summary>Errors among the packets.</summary>
    public long Errors;

    /// <summary>All others.</summary>
    public long Other;

    /// <summary>Distinct addresses at the other end: exact to 64, then estimated.</summary>
    public long Peers;

    /// <summary>Share of packets not dropped or shed, 0 to 1. A new struct says 0: whoever fills it sets this too.</summary>
    public double Completeness;

    /// <summary>Observation domain.</summary>
    public uint Domain;

    /// <summary>Which end of the packets the address was.</summary>
    public Role Role;
}
