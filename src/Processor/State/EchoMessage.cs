using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>What a message does to an exchange.</summary>
public enum EchoPart : byte
{
    /// <summary>It opens one.</summary>
    Request,

    /// <summary>It answers one.</summary>
    Reply,

    /// <summary>It says that a request failed.</summary>
    Failure,

    /// <summary>Several requests folded into one event: they have no identity.</summary>
    FoldedRequests,

    /// <summary>Several replies folded into one event.</summary>
    FoldedReplies,
}

/// <summary>What is known of a message's payload.</summary>
[Flags]
public enum PayloadKnowledge : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The hash is over the whole payload, and the checksum says that the payload is as sent.</summary>
    Hash = 1,

    /// <summary>The checksum field was captured.</summary>
    Checksum = 2,

    /// <summary>The checksum is known to be wrong, so that it proves a difference of nothing.</summary>
    BadChecksum = 4,
}

/// <summary>
/// What matching needs of an event: 104 blittable bytes that wait in the reorder buffer until event time has passed them.
/// </summary>
public struct EchoMessage
{
    /// <summary>Who asked: of a failure, whom it quotes.</summary>
    public Address Requester;

    /// <summary>Who was asked.</summary>
    public Address Responder;

    /// <summary>Of a failure: who sent it.</summary>
    public Address ErrorSource;

    /// <summary>Capture time, ns; of a fold, of its first packet.</summary>
    public long TimeNs;

    /// <summary>Number of the frame within its stream.</summary>
    public long Frame;

    /// <summary>Hash of the payload.</summary>
    public ulong PayloadHash;

    /// <summary>The stream, as <see cref="DomainClock"/> numbers them.</summary>
    public int Stream;

    /// <summary>Packets: 1 unless folded.</summary>
    public uint Count;

    /// <summary>Time from the first to the last packet of a fold, ns.</summary>
    public uint SpanNs;

    /// <summary>Length of the ICMP message, bytes.</summary>
    public ushort MessageBytes;

    /// <summary>Identifier.</summary>
    public ushort Identifier;

    /// <summary>Sequence number.</summary>
    public ushort Sequence;

    /// <summary>The checksum field.</summary>
    public ushort Checksum;

    /// <summary>Type and code as on the wire: the first word under the checksum.</summary>
    public ushort FirstWord;

    /// <summary>Type of the request that opens the exchange.</summary>
    public byte RequestType;

    /// <summary>4 or 6.</summary>
    public byte Family;

    /// <summary>What it does.</summary>
    public EchoPart Part;

    /// <summary>What is known of its payload.</summary>
    public PayloadKnowledge Payload;
}
