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
    /// <summary>Compares a request kept with a reply.</summary>
    public static PayloadVerdict Compare(in EchoRequest request, in EchoMessage reply)
    {
        if (!MessageKind.EchoesPayload(request.Family, request.RequestType))
            return PayloadVerdict.Unknown;
        PayloadKnowledge both = request.Payload & reply.Payload;
        if ((both & PayloadKnowledge.Hash) != PayloadKnowledge.None)
            return request.PayloadHash == reply.PayloadHash ? PayloadVerdict.Equal : PayloadVerdict.Different;
        if ((both & PayloadKnowledge.Checksum) == PayloadKnowledge.None)
            return PayloadVerdict.Unknown;
        if (ExpectedReplyChecksum(request.Checksum, request.FirstWord, reply.FirstWord) == Normal(reply.Checksum))
            return PayloadVerdict.Equal;

        // A checksum that is wrong anyway (left to the network card, or damaged) proves no difference.
        return ((request.Payload | reply.Payload) & PayloadKnowledge.BadChecksum) != PayloadKnowledge.None
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
