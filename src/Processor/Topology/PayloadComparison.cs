using IcmpStream.Processor.State;

namespace IcmpStream.Processor.Topology;

/// <summary>What is known of two payloads.</summary>
public enum PayloadVerdict : byte
{
    /// <summary>Nothing that proves either.</summary>
    Unknown,

    /// <summary>They are the same.</summary>
    Equal,

    /// <summary>They differ.</summary>
    Different,
}

/// <summary>What tells one payload from another.</summary>
/// <param name="Hash">Hash of the payload.</param>
/// <param name="Checksum">The message's checksum field.</param>
/// <param name="FirstWord">Type and code as on the wire.</param>
/// <param name="Known">What is known of it.</param>
public readonly record struct Payload(ulong Hash, ushort Checksum, ushort FirstWord, PayloadKnowledge Known)
{
    /// <summary>The payload of a message.</summary>
    public static Payload Of(in PairMessage message) => new(message.PayloadHash, message.Checksum, message.FirstWord, message.Payload);

    /// <summary>The payload of a request or reply kept.</summary>
    public static Payload Of(in EchoRequest kept) => new(kept.PayloadHash, kept.Checksum, kept.FirstWord, kept.Payload);
}

/// <summary>
/// Whether a reply carries its request's payload: by the hash of both where both were captured whole and unharmed, else by the
/// checksum fields.
/// </summary>
/// <remarks>
/// The Internet checksum (RFC 1071) is the one's complement of a sum, so with all else equal the reply's field is the request's plus
/// the request's first word (type and code) minus its own. ICMPv6 sums up a pseudo-header too (RFC 4443 section 2.3), with both
/// addresses, which swap, and the length: it takes itself out.
/// </remarks>
public static class PayloadComparison
{
    /// <summary>Compares a request with a reply.</summary>
    public static PayloadVerdict Compare(byte family, byte requestType, in Payload request, in Payload reply)
    {
        if (!MessageKind.EchoesPayload(family, requestType))
            return PayloadVerdict.Unknown;
        PayloadKnowledge both = request.Known & reply.Known;
        if ((both & PayloadKnowledge.Hash) != PayloadKnowledge.None)
            return request.Hash == reply.Hash ? PayloadVerdict.Equal : PayloadVerdict.Different;
        if ((both & PayloadKnowledge.Checksum) == PayloadKnowledge.None)
            return PayloadVerdict.Unknown;
        if (ExpectedReplyChecksum(request.Checksum, request.FirstWord, reply.FirstWord) == Normal(reply.Checksum))
            return PayloadVerdict.Equal;

        // A checksum that is wrong anyway (left to the network card, or damaged) proves no difference.
        return ((request.Known | reply.Known) & PayloadKnowledge.BadChecksum) != PayloadKnowledge.None
            ? PayloadVerdict.Unknown
            : PayloadVerdict.Different;
    }

    /// <summary>The reply's checksum field, if nothing but the first word differs; 0xffff never, since it is 0 as well.</summary>
    public static ushort ExpectedReplyChecksum(ushort requestChecksum, ushort requestFirstWord, ushort replyFirstWord)
    {
        uint sum = (uint)requestChecksum + requestFirstWord + (ushort)~replyFirstWord;
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return Normal((ushort)sum);
    }

    private static ushort Normal(ushort checksum) => checksum == 0xFFFF ? (ushort)0 : checksum;
}
