namespace IcmpStream.Schemas;

/// <summary>
/// A packet of the evidence: headers, and payload only as far as the privacy setting allows. Avro <c>icmpstream.v1.Sample</c>.
/// </summary>
public struct Sample
{
    /// <summary>The most samples in a finding or an alert (FastNetMon keeps 20).</summary>
    public const int MaxPerAlert = 20;

    /// <summary>Capture time, ns since the epoch.</summary>
    public long TimeNs;

    /// <summary>Source.</summary>
    public Address Source;

    /// <summary>Destination.</summary>
    public Address Destination;

    /// <summary>ICMP type.</summary>
    public byte Type;

    /// <summary>ICMP code.</summary>
    public byte Code;

    /// <summary>TTL or hop limit.</summary>
    public byte Ttl;

    /// <summary>IP total length, bytes.</summary>
    public uint Bytes;

    /// <summary>Identifier, where the message has one.</summary>
    public ushort? Identifier;

    /// <summary>Sequence number, where the message has one.</summary>
    public ushort? Sequence;

    /// <summary>The kept start of the payload.</summary>
    public ReadOnlyMemory<byte> PayloadPrefix;
}
