namespace IcmpStream.Processor.Topology;

/// <summary>What a message is for the books: rates count these four apart.</summary>
public enum MessageClass : byte
{
    /// <summary>Asks for a reply.</summary>
    Request,

    /// <summary>Answers a request.</summary>
    Reply,

    /// <summary>Reports on a datagram that it quotes.</summary>
    Error,

    /// <summary>Everything else.</summary>
    Other,
}

/// <summary>Types of messages by what they do. RFC 792, 950, 1122, 4443 and 8335.</summary>
public static class MessageKind
{
    /// <summary>ICMPv4 echo request.</summary>
    public const byte EchoRequest4 = 8;

    /// <summary>ICMPv6 echo request.</summary>
    public const byte EchoRequest6 = 128;

    // Every message asks for both; a switch costs a jump that nobody foresees.
    private static readonly MessageClass[] Classes = [.. Enumerable.Range(0, 512).Select(i => Classify((byte)(i < 256 ? 4 : 6), (byte)i))];
    private static readonly byte[] Requests = [.. Enumerable.Range(0, 512).Select(i => FindRequest((byte)(i < 256 ? 4 : 6), (byte)i))];

    /// <summary>The class of a type.</summary>
    public static MessageClass ClassOf(byte family, byte type) => Classes[(family == 4 ? 0 : 256) + type];

    /// <summary>True for echo requests and echo replies.</summary>
    public static bool IsEcho(byte family, byte type) => family == 4 ? type is 0 or EchoRequest4 : type is EchoRequest6 or 129;

    /// <summary>The type of the request that a reply's type answers; of another type, itself.</summary>
    public static byte RequestOf(byte family, byte type) => Requests[(family == 4 ? 0 : 256) + type];

    private static MessageClass Classify(byte family, byte type) => family == 4
        ? type switch
        {
            8 or 13 or 15 or 17 or 42 => MessageClass.Request,
            0 or 14 or 16 or 18 or 43 => MessageClass.Reply,
            3 or 4 or 5 or 11 or 12 => MessageClass.Error,
            _ => MessageClass.Other,
        }
        : type switch
        {
            128 or 160 => MessageClass.Request,
            129 or 161 => MessageClass.Reply,
            >= 1 and <= 127 => MessageClass.Error,
            _ => MessageClass.Other,
        };

    private static byte FindRequest(byte family, byte type) => family == 4
        ? type switch
        {
            0 => EchoRequest4,
            14 or 16 or 18 or 43 => (byte)(type - 1),
            _ => type,
        }
        : type is 129 or 161 ? (byte)(type - 1) : type;

    /// <summary>
    /// True for errors that end an exchange: the request did not arrive. A redirect or a source quench does not say that (RFC 1122
    /// sections 3.2.2.2 and 3.2.2.3): the reply still comes.
    /// </summary>
    public static bool IsFailure(byte family, byte type) => family == 4 ? type is 3 or 11 or 12 : type is >= 1 and <= 4;

    /// <summary>True where the reply repeats the request's payload (RFC 792, RFC 4443 section 4.2); other replies have their own.</summary>
    public static bool EchoesPayload(byte family, byte requestType) => requestType == (family == 4 ? EchoRequest4 : EchoRequest6);
}
