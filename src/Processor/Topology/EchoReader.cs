using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Reads from an event what matching needs of it.</summary>
internal static class EchoReader
{
    /// <summary>
    /// True for requests and replies that show their identifier, and for errors that show that of the request they quote.
    /// </summary>
    public static bool IsMatchable(in IcmpEvent e, EventBuffer events)
    {
        switch (MessageKind.ClassOf(e.IpVersion, e.Type))
        {
            case MessageClass.Request:
            case MessageClass.Reply:
                return e.HasIdentifier;
            case MessageClass.Error when e.Detail != 0 && MessageKind.IsFailure(e.IpVersion, e.Type):
                ref readonly IcmpEventDetail detail = ref events.DetailOf(e);
                return (detail.Groups & DetailGroups.QuotedEcho) != DetailGroups.None
                    && MessageKind.ClassOf(detail.QuotedIpVersion, detail.QuotedType) == MessageClass.Request;
            default:
                return false;
        }
    }

    /// <summary>Fills a message from a matchable event.</summary>
    public static void Read(in IcmpEvent e, EventBuffer events, int stream, ref EchoMessage message)
    {
        message.TimeNs = e.FirstNs;
        message.Frame = e.Frame;
        message.Stream = stream;
        message.Count = e.Count;
        message.SpanNs = e.SpanNs;
        message.MessageBytes = e.MessageBytes;
        message.Checksum = e.Checksum;
        message.FirstWord = (ushort)((e.Type << 8) | e.Code);
        message.PayloadHash = e.PayloadHash;
        message.Payload = KnowledgeOf(e);
        switch (MessageKind.ClassOf(e.IpVersion, e.Type))
        {
            case MessageClass.Request:
                message.Requester = e.Source;
                message.Responder = e.Destination;
                message.Part = e.Count > 1 ? EchoPart.FoldedRequests : EchoPart.Request;
                break;
            case MessageClass.Reply:
                message.Requester = e.Destination;
                message.Responder = e.Source;
                message.Part = e.Count > 1 ? EchoPart.FoldedReplies : EchoPart.Reply;
                break;
            default:
                ReadFailure(e, events.DetailOf(e), ref message);
                return;
        }

        message.ErrorSource = default;
        message.Identifier = e.Identifier;
        message.Sequence = e.Sequence;
        message.Family = e.IpVersion;
        message.RequestType = MessageKind.RequestOf(e.IpVersion, e.Type);
    }

    private static void ReadFailure(in IcmpEvent e, in IcmpEventDetail detail, ref EchoMessage message)
    {
        message.Requester = detail.QuotedSource;
        message.Responder = detail.QuotedDestination;
        message.ErrorSource = e.Source;
        message.Identifier = detail.QuotedIdentifier;
        message.Sequence = detail.QuotedSequence;
        message.Family = detail.QuotedIpVersion;
        message.RequestType = detail.QuotedType;
        message.Part = EchoPart.Failure;
    }

    // The hash stands for the payload only where all of it was captured in one datagram and the checksum vouches for it.
    private static PayloadKnowledge KnowledgeOf(in IcmpEvent e)
    {
        var knowledge = PayloadKnowledge.None;
        if ((e.Flags & EventFlags.HasChecksum) != EventFlags.None)
            knowledge |= PayloadKnowledge.Checksum;
        if (e.ChecksumStatus == ChecksumStatus.Bad)
            knowledge |= PayloadKnowledge.BadChecksum;
        bool whole = (e.Flags & (EventFlags.Cut | EventFlags.MoreFragments)) == EventFlags.None && e.PayloadCaptured == e.PayloadBytes;
        if (whole && e.ChecksumStatus == ChecksumStatus.Good)
            knowledge |= PayloadKnowledge.Hash;
        return knowledge;
    }
}
