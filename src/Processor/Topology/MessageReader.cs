using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Reads from an event what counting and matching need of it.</summary>
internal static class MessageReader
{
    /// <summary>The hash of an event's key, and whether the key is another pair than the event's own addresses.</summary>
    public static uint KeyHashOf(in IcmpEvent e, EventBuffer events, out bool isForeign)
    {
        isForeign = false;
        if (e.Detail == 0)
            return (uint)(e.Source <= e.Destination ? Murmur2.HashOrdered(e.Source, e.Destination) : Murmur2.HashOrdered(e.Destination, e.Source));
        EventKey own = EventKey.Of(e.Source, e.Destination);
        EventKey key = EventKey.Of(e, events);
        isForeign = key != own;
        return (uint)Murmur2.Hash(key);
    }

    /// <summary>Fills a message from an event.</summary>
    public static void Read(in IcmpEvent e, EventBuffer events, uint keyHash, bool isForeign, int stream, OpenSlot slot, ref PairMessage message)
    {
        message.Source = e.Source;
        message.Destination = e.Destination;
        message.TimeNs = e.FirstNs;
        message.Frame = e.Frame;
        message.PayloadHash = e.PayloadHash;
        message.KeyHash = keyHash;
        message.Stream = stream;
        message.Count = e.Count;
        message.Bytes = e.Bytes;
        message.MessageBytes = e.MessageBytes;
        message.Identifier = e.Identifier;
        message.Sequence = e.Sequence;
        message.Checksum = e.Checksum;
        message.IpId = (ushort)e.IpId;
        message.Type = e.Type;
        message.Code = e.Code;
        message.Family = e.IpVersion;
        message.IsForeign = isForeign;
        message.Payload = KnowledgeOf(e);
        message.Part = EchoPart.None;
        switch (MessageKind.ClassOf(e.IpVersion, e.Type))
        {
            case MessageClass.Request when e.HasIdentifier:
                message.Part = e.Count > 1 ? EchoPart.FoldedRequests : EchoPart.Request;
                break;
            case MessageClass.Reply when e.HasIdentifier:
                message.Part = e.Count > 1 ? EchoPart.FoldedReplies : EchoPart.Reply;
                break;
            case MessageClass.Error when e.Detail != 0 && MessageKind.IsFailure(e.IpVersion, e.Type):
                ReadFailure(events.DetailOf(e), slot, ref message);
                return;
        }

        if (e.Count > 1)
            message.PayloadHash = e.SpanNs;
    }

    private static void ReadFailure(in IcmpEventDetail detail, OpenSlot slot, ref PairMessage message)
    {
        if ((detail.Groups & DetailGroups.QuotedEcho) == DetailGroups.None
            || MessageKind.ClassOf(detail.QuotedIpVersion, detail.QuotedType) != MessageClass.Request)
        {
            return;
        }

        message.Part = EchoPart.Failure;
        message.Identifier = detail.QuotedIdentifier;
        message.Sequence = detail.QuotedSequence;
        message.PayloadHash = slot.Add(new Quote(detail.QuotedSource, detail.QuotedDestination, detail.QuotedIpVersion, detail.QuotedType));
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
