using IcmpStream.Processor.State;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// Puts into the evidence of its slot what only an event shows; the headers of echoes are read from the messages when the slot closes.
/// An ordinary echo touches nothing; everything else is rare, and may cost more.
/// </summary>
public sealed class EventReader(Networks networks)
{
    private const int TimestampBytes = 20, MaskBytes = 12;

    /// <summary>Bytes behind a quote from which they are data: RFC 4884 pads to four (eight) bytes, and some stacks to sixteen.</summary>
    private const int MinExcessBytes = 16;

    /// <summary>RFC 4884 section 5.1 lets an extension begin behind 128 bytes of padded quote.</summary>
    private const int PaddedQuoteBytes = 128;

    /// <summary>
    /// Bytes behind what the quoted header says from which they are data also within those 128: some stacks take its own 20 bytes off
    /// the length that they quote (nmap's OS detection tells them by it), so less proves nothing.
    /// </summary>
    private const int MinUnpaddedBytes = 32;

    /// <summary>True where an event, as most, has nothing to show that its message does not.</summary>
    public bool IsPlain(in IcmpEvent e) => MessageKind.IsEcho(e.IpVersion, e.Type)
        && e.Outcome == DecodeOutcome.Ok && !IsUnfamiliar(e) && !(IsRequest(e) && networks.ReachesMany(e.Destination));

    /// <summary>
    /// The family of an event's payload to the rules. A clock as BSD's ping has it is of that: whoever starts such a program for each ping has
    /// another identifier each time, too.
    /// </summary>
    public static PayloadFamily FamilyOf(in IcmpEvent e, EventBuffer events) =>
        MessageKind.IsEcho(e.IpVersion, e.Type) && IsUnfamiliar(e) && IsClock(e, events.Prefix(e)) ? PayloadFamily.Bsd : e.PayloadFamily;

    /// <summary>Takes an event.</summary>
    public void Read(in IcmpEvent e, EventBuffer events, SlotEvidence slot)
    {
        if (MessageKind.IsEcho(e.IpVersion, e.Type))
            ReadEcho(e, events.Prefix(e), slot);
        else
            ReadOther(e, events, slot);
        if (e.Outcome != DecodeOutcome.Ok)
            ReadOutcome(e, slot);
    }

    private void ReadEcho(in IcmpEvent e, ReadOnlySpan<byte> prefix, SlotEvidence slot)
    {
        bool isRequest = IsRequest(e);
        if (IsUnfamiliar(e) && !IsClock(e, prefix))
        {
            int place = slot.RowOf(e.Source, e.Destination, isRequest ? FlowPart.Request : FlowPart.Reply);
            if (place < 0)
                slot.Dropped += e.Count;
            else
                slot.PayloadOf(place).Add(e, prefix);
        }

        if (isRequest && networks.ReachesMany(e.Destination))
            slot.Marks.Add(MarkKind.BroadcastRequest, Role.Source, e.Source, e.Count, e.Bytes, 0, 0, e.Destination);
    }

    private static bool IsRequest(in IcmpEvent e) => e.Type is MessageKind.EchoRequest4 or MessageKind.EchoRequest6;

    private static bool IsUnfamiliar(in IcmpEvent e) => e.PayloadFamily == PayloadFamily.None && e.Count == 1 && e.PayloadBytes > 0;

    private static bool IsClock(in IcmpEvent e, ReadOnlySpan<byte> prefix) => e.Signatures == 0 && ClockedName.Is(prefix, e.FirstNs);

    private static void ReadOther(in IcmpEvent e, EventBuffer events, SlotEvidence slot)
    {
        MessageClass kind = MessageKind.ClassOf(e.IpVersion, e.Type);
        if (kind == MessageClass.Error)
            ReadError(e, events, slot);
        else if (e.IpVersion == 4 && e.Type is 9 || e.IpVersion == 6 && e.Type is 134)
            ReadAdvertisement(e, events, slot);
        else if (e.IpVersion == 6 && e.Type == 137)
            ReadRedirect(e, events, slot);
        if (e.IpVersion == 4)
            ReadOld(e, slot);
        int expected = FixedBytes(e);
        if (expected > 0 && e.MessageBytes >= expected + MinExcessBytes)
            Stow(e, events, slot, e.MessageBytes - expected);
    }

    // Timestamp, information and mask requests, and the types that RFC 6918 retired.
    private static void ReadOld(in IcmpEvent e, SlotEvidence slot)
    {
        long type = 1L << e.Type;
        switch (e.Type)
        {
            case 13 or 15 or 17:
                slot.Marks.Add(MarkKind.Recon, Role.Source, e.Source, e.Count, e.Bytes, 0, type, e.Destination);
                slot.Marks.Of(MarkKind.Recon, Role.Source, e.Source).AddSample(SampleOf(e));
                break;
            case 6 or 16 or 18 or (>= 30 and <= 39):
                slot.Marks.Add(MarkKind.Deprecated, Role.Source, e.Source, e.Count, e.Bytes, 0, type, e.Destination);
                slot.Marks.Of(MarkKind.Deprecated, Role.Source, e.Source).AddSample(SampleOf(e));
                break;
            default:
                break;
        }
    }

    private static void ReadError(in IcmpEvent e, EventBuffer events, SlotEvidence slot)
    {
        bool isQuoted = e.Detail != 0 && (events.DetailOf(e).Groups & DetailGroups.Quoted) != DetailGroups.None;
        Address? about = isQuoted ? events.DetailOf(e).QuotedDestination : null;
        bool isPlausible = isQuoted && IsPlausible(e, events.DetailOf(e));
        bool isUnreachable = e.IpVersion == 4 ? e.Type == 3 : e.Type == 1;
        if (isUnreachable)
        {
            long implausible = isPlausible ? 0 : e.Count;
            slot.Marks.Add(MarkKind.Unreachable, Role.Destination, e.Destination, e.Count, e.Bytes, implausible, 0, isPlausible && about is { } quoted ? quoted : e.Source);
            if (e.Code == (e.IpVersion == 4 ? 3 : 4))
            {
                slot.Marks.Add(MarkKind.PortUnreachable, Role.Destination, e.Destination, e.Count, e.Bytes, implausible, 0, e.Source);
                slot.Marks.Of(MarkKind.PortUnreachable, Role.Destination, e.Destination).AddSample(SampleOf(e));
            }

            if (!isPlausible)
            {
                slot.Marks.Add(MarkKind.Unsolicited, Role.Source, e.Source, e.Count, e.Bytes, 0, 0, e.Destination);
                slot.Marks.AddPrefixes(e.Source, e.Destination, e.Count, e.Bytes);
            }
        }
        else if (e.IpVersion == 4 && e.Type == 4)
        {
            slot.Marks.Add(MarkKind.SourceQuench, Role.Source, e.Source, e.Count, e.Bytes, 0, 0, e.Destination);
            slot.Marks.Of(MarkKind.SourceQuench, Role.Source, e.Source).AddSample(SampleOf(e));
        }
        else if (e.IpVersion == 4 && e.Type == 5)
        {
            ReadRedirect(e, events, slot);
        }
        else if (isQuoted && (e.IpVersion == 4 ? e.Type == 11 : e.Type == 3) && e.Code == 0)
        {
            ref readonly IcmpEventDetail detail = ref events.DetailOf(e);
            if (slot.Hops.Count < SlotEvidence.MaxNotes)
                slot.Hops.Add(new HopEvidence(detail.QuotedSource, detail.QuotedDestination, e.Source, e.FirstNs));
            else
                slot.Dropped += e.Count;
        }

        if (isQuoted)
            ReadExcess(e, events, slot);
    }

    // The quote names another sender than whom the error goes to, or a datagram that cannot be: whoever made it up saw none.
    private static bool IsPlausible(in IcmpEvent e, in IcmpEventDetail detail) =>
        detail.QuotedSource == e.Destination
        && e.Outcome is not (DecodeOutcome.QuotedMalformed or DecodeOutcome.QuotedTruncated or DecodeOutcome.QuotedUnknownVersion or DecodeOutcome.BadChecksum)
        && detail.QuotedIpBytes >= (detail.QuotedIpVersion == 4 ? 20 : 40);

    private static void ReadExcess(in IcmpEvent e, EventBuffer events, SlotEvidence slot)
    {
        ref readonly IcmpEventDetail detail = ref events.DetailOf(e);
        if ((detail.Groups & DetailGroups.Extension) != DetailGroups.None || detail.QuotedFragmentOffset != 0 || detail.QuotedIpBytes == 0)
            return;
        int excess = e.PayloadBytes - (int)detail.QuotedIpBytes;
        if (excess >= MinUnpaddedBytes && e.PayloadBytes != PaddedQuoteBytes)
            Stow(e, events, slot, excess);
    }

    private static void Stow(in IcmpEvent e, EventBuffer events, SlotEvidence slot, int excessBytes)
    {
        int place = slot.RowOf(e.Source, e.Destination, FlowPart.Stowaway, KeyGroup.Of(EventKey.Of(e, events)));
        if (place < 0)
            return;
        PairMessage message = default;
        MessageFlags flags = e.ChecksumStatus == ChecksumStatus.Bad ? MessageFlags.BadChecksum : MessageFlags.None;
        message.Set(e, e.RestOfHeader, e.SpanNs, 0, 0, 0, EchoPart.None, e.PayloadFamily, flags);
        slot.RowAt(place).Echo.Add(message);
        if (e.Count > 1)
            return;
        ref PayloadEvidence payload = ref slot.PayloadOf(place);
        payload.Add(e, events.Prefix(e));
        payload.Bytes -= (ulong)Math.Max(0, e.PayloadBytes - excessBytes);
    }

    // Messages of a fixed size, and types that no one has a use for: what they carry beyond the header is data. 0: free to be any size.
    private static int FixedBytes(in IcmpEvent e) => e.IpVersion == 4
        ? e.Type switch
        {
            13 or 14 => TimestampBytes,
            17 or 18 => MaskBytes,
            15 or 16 => IcmpEvent.HeaderBytes,
            1 or 2 or 7 or (>= 19 and <= 29) or (>= 44 and <= 254) => IcmpEvent.HeaderBytes,
            _ => 0,
        }
        : e.Type is (>= 5 and <= 126) or (>= 162 and <= 254) ? IcmpEvent.HeaderBytes : 0;

    private static void ReadOutcome(in IcmpEvent e, SlotEvidence slot)
    {
        switch (e.Outcome)
        {
            case DecodeOutcome.FragmentOverlap or DecodeOutcome.FragmentOverlong or DecodeOutcome.FragmentIncomplete:
                slot.Marks.Add(MarkKind.Fragment, Role.Destination, e.Destination, e.Count, e.Bytes, 0, 1L << (int)e.Outcome, e.Source);
                slot.Marks.Of(MarkKind.Fragment, Role.Destination, e.Destination).AddSample(SampleOf(e));
                break;

            // The capture's own doing, a newer version's word, or a type that may simply be young.
            case DecodeOutcome.Truncated or DecodeOutcome.Unknown or DecodeOutcome.ListLimit or DecodeOutcome.UnknownType or DecodeOutcome.UnknownCode:
                break;
            default:
                slot.Marks.Add(MarkKind.Malformed, Role.Source, e.Source, e.Count, e.Bytes, 0, 1L << (int)e.Outcome, e.Destination);
                slot.Marks.Of(MarkKind.Malformed, Role.Source, e.Source).AddSample(SampleOf(e));
                break;
        }
    }

    private static void ReadRedirect(in IcmpEvent e, EventBuffer events, SlotEvidence slot)
    {
        Address gateway = Address.FromIpv4(e.HasRestOfHeader ? e.RestOfHeader : 0), about = default;
        if (e.Detail != 0)
        {
            ref readonly IcmpEventDetail detail = ref events.DetailOf(e);
            if ((detail.Groups & DetailGroups.Neighbor) != DetailGroups.None)
                (gateway, about) = (detail.Target, detail.Redirected);
            else if ((detail.Groups & DetailGroups.Quoted) != DetailGroups.None)
                about = detail.QuotedDestination;
        }

        AddClaim(new ClaimEvidence(SampleOf(e), true, gateway, about, Mix.Hash64(gateway), 0, KeyGroup.Of(EventKey.Of(e, events))), slot);
    }

    private static void ReadAdvertisement(in IcmpEvent e, EventBuffer events, SlotEvidence slot)
    {
        const byte PrefixInformation = 3;
        ulong claim = 0;
        Address about = default;
        uint lifetime = 0;
        if (e.Detail != 0)
        {
            ref readonly IcmpEventDetail detail = ref events.DetailOf(e);
            if (IsPointToPoint(detail))
                return;
            lifetime = detail.RouterLifetimeSeconds;
            EventLists lists = events.ListsOf(detail);
            foreach (NdOption option in lists.NdOptions)
            {
                // RFC 4861 section 4.6.2: length, flags, two lifetimes, four reserved bytes, the prefix.
                if (option.Option != PrefixInformation || option.Data.Length < 14 + Address.Size)
                    continue;
                Address prefix = Address.Read(option.Data[14..]);
                claim += Mix.Hash64(new Address(prefix.High ^ option.Data[0], prefix.Low));
                if (about == default || prefix < about)
                    about = prefix;
            }

            foreach (RouterAddress router in lists.RouterAddresses)
            {
                claim += Mix.Hash64(router.Address);
                if (about == default || router.Address < about)
                    about = router.Address;
            }
        }

        if (e.IpVersion == 4)
            lifetime = e.HasRestOfHeader ? e.RestOfHeader & 0xFFFF : 0;
        AddClaim(new ClaimEvidence(SampleOf(e), false, default, about, claim, lifetime, KeyGroup.Of(EventKey.Of(e, events))), slot);
    }

    // The two ends of a tunnel are a link of their own: its router is none of the link's that the tunnel was seen on.
    private static bool IsPointToPoint(in IcmpEventDetail detail) => detail.TunnelCount > 0
        && detail.Tunnels[detail.TunnelCount - 1] is TunnelKind.Ip or TunnelKind.Teredo or TunnelKind.Gtp or TunnelKind.Ppp or TunnelKind.Pppoe or TunnelKind.L2tp;

    private static void AddClaim(in ClaimEvidence claim, SlotEvidence slot)
    {
        if (slot.Claims.Count < SlotEvidence.MaxNotes)
            slot.Claims.Add(claim);
        else
            slot.Dropped++;
    }

    private static MarkSample SampleOf(in IcmpEvent e) =>
        new(e.FirstNs, e.Source, e.Destination, e.Type, e.Code, e.Ttl, e.Bytes, e.HasRestOfHeader ? e.RestOfHeader : null);
}
