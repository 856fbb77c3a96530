namespace IcmpStream.Schemas;

/// <summary>
/// What became of one echo request, or of one reply without one. Avro <c>icmpstream.v1.EchoExchange</c>, value of
/// <c>icmp.echo.v1</c>. A value that is null is absent.
/// </summary>
public struct EchoExchange
{
    /// <summary>What became of it.</summary>
    public EchoOutcome Outcome;

    /// <summary>4 or 6.</summary>
    public byte Family;

    /// <summary>ICMP type of the request.</summary>
    public byte Type;

    /// <summary>Identifier.</summary>
    public ushort Identifier;

    /// <summary>Sequence number.</summary>
    public ushort Sequence;

    /// <summary>Observation domain.</summary>
    public uint Domain;

    /// <summary>Who asked.</summary>
    public Address Requester;

    /// <summary>Who was asked.</summary>
    public Address Responder;

    /// <summary>Time of the request, ns since the epoch.</summary>
    public long? RequestNs;

    /// <summary>Time of the reply, or of the error, ns since the epoch.</summary>
    public long? ReplyNs;

    /// <summary>Round-trip time, ns; absent where two clocks saw the halves.</summary>
    public long? RttNs;

    /// <summary>Length of the request's ICMP message, bytes.</summary>
    public uint? RequestBytes;

    /// <summary>Length of the reply's ICMP message, bytes.</summary>
    public uint? ReplyBytes;

    /// <summary>ICMP type of the error that quoted the request.</summary>
    public byte? ErrorType;

    /// <summary>ICMP code of that error.</summary>
    public byte? ErrorCode;

    /// <summary>Who sent that error.</summary>
    public Address? ErrorSource;

    /// <summary>
    /// Share of packets not dropped or shed while it lasted, 0 to 1. A new struct says 0: whoever fills it sets this too.
    /// </summary>
    public double Completeness;
}
