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
            return (uint)Murmur2.HashUnordered(e.Source, e.Destination);
        EventKey own = EventKey.Of(e.Source, e.Destination);
        EventKey key = EventKey.Of(e, events);
        isForeign = key != own;
        return (uint)Murmur2.Hash(key);
    }

    /// <summary>Fills a message from an event.</summary>
    public static void Read(
        in IcmpEvent e, EventBuffer events, PayloadFamily family, uint keyHash, bool isForeign, int stream, OpenSlot slot, ref PairMessage message)
    {
        var flags = (MessageFlags)(byte)KnowledgeOf(e);
        if (e.IpVersion != 4)
            flags |= MessageFlags.Version6;
        if (isForeign)
            flags |= MessageFlags.Foreign;
        ulong ends = slot.EndsOf(e, ref flags);
        uint rest = ((uint)e.Identifier << 16) | e.Sequence;
        ulong payload = e.PayloadHash;
        var part = EchoPart.None;
        MessageClass kind = MessageKind.ClassOf(e.IpVersion, e.Type);
        if (kind <= MessageClass.Reply)
        {
            // By number: a message is as likely the one as the other.
            if (e.HasIdentifier)
                part = (e.Count > 1 ? EchoPart.FoldedRequests : EchoPart.Request) + (byte)kind;
        }
        else if (kind == MessageClass.Error && e.Detail != 0 && MessageKind.IsFailure(e.IpVersion, e.Type) && QuotesRequest(events.DetailOf(e)))
        {
            ref readonly IcmpEventDetail detail = ref events.DetailOf(e);
            rest = ((uint)detail.QuotedIdentifier << 16) | detail.QuotedSequence;
            payload = slot.Add(new Quote(detail.QuotedSource, detail.QuotedDestination, detail.QuotedIpVersion, detail.QuotedType));
            message.Set(e, rest, payload, ends, keyHash, stream, EchoPart.Failure, family, flags);
            return;
        }

        message.Set(e, rest, e.Count > 1 ? e.SpanNs : payload, ends, keyHash, stream, part, family, flags);
    }

    private static bool QuotesRequest(in IcmpEventDetail detail) =>
        (detail.Groups & DetailGroups.QuotedEcho) != DetailGroups.None
        && MessageKind.ClassOf(detail.QuotedIpVersion, detail.QuotedType) == MessageClass.Request;

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
