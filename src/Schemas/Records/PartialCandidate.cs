namespace IcmpStream.Schemas;

/// <summary>What a <see cref="PartialCandidate"/> is. The numbers are part of the contract: new ones go at the end.</summary>
public enum CandidateKind : byte
{
    /// <summary>A request to a broadcast or multicast address.</summary>
    Request,

    /// <summary>A reply that no request of its own pair asked for.</summary>
    Reply,

    /// <summary>The timeout of a request has passed, and nothing came from the very address it went to.</summary>
    Timeout,

    /// <summary>The input has ended before that timeout.</summary>
    Pending,

    /// <summary>Nothing can be said of a request: replies were folded, or it went beyond the limits of the state.</summary>
    Untracked,
}

/// <summary>
/// One half of an exchange whose request went to many at once: blittable. Avro <c>icmpstream.v1.PartialCandidate</c>.
/// </summary>
public struct PartialCandidate
{
    /// <summary>Who asked, or was answered.</summary>
    public Address Requester;

    /// <summary>The address that was asked; of a reply, who answered.</summary>
    public Address Responder;

    /// <summary>The run that saw it.</summary>
    public RunId Run;

    /// <summary>Capture time, ns since the epoch; where it is about the end of a request, of that request.</summary>
    public long TimeNs;

    /// <summary>Number of the frame within its stream.</summary>
    public long Frame;

    /// <summary>Hash of the payload.</summary>
    public ulong PayloadHash;

    /// <summary>Packets seen at its time; of the end of a request, from the request to that end. 0 where nothing was ever lost.</summary>
    public long Seen;

    /// <summary>Packets dropped or shed in the same time.</summary>
    public long Lost;

    /// <summary>The stream within the run.</summary>
    public uint Stream;

    /// <summary>Length of the ICMP message, bytes.</summary>
    public ushort MessageBytes;

    /// <summary>Identifier.</summary>
    public ushort Identifier;

    /// <summary>Sequence number.</summary>
    public ushort Sequence;

    /// <summary>The checksum field.</summary>
    public ushort Checksum;

    /// <summary>What it is.</summary>
    public CandidateKind Kind;

    /// <summary>4 or 6.</summary>
    public byte Family;

    /// <summary>ICMP type of the message; of the end of a request, that request's.</summary>
    public byte Type;

    /// <summary>ICMP code of the message.</summary>
    public byte Code;

    /// <summary>What is known of the payload: bits of 1 its hash, 2 its checksum, 4 that the checksum is wrong.</summary>
    public byte Payload;
}
