using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>What must hold of an event whatever the frame was.</summary>
public static class EventChecks
{
    private const int MaxEntropyMillibits = 8000;

    /// <summary>Checks what a decoder said of one frame, into an empty buffer; null where nothing is wrong.</summary>
    public static string? Check(DecodeOutcome outcome, in FrameInfo info, int frameBytes, EventBuffer events, DecodeOptions options)
    {
        if (!Enum.IsDefined(outcome))
            return $"outcome {(byte)outcome} has no name";
        if (outcome == DecodeOutcome.Unknown)
            return "a decoder may not say that it does not know its own outcome";
        if (events.Count != (outcome < DecodeOutcome.NotIcmp ? 1 : 0))
            return $"outcome {outcome} with {events.Count} events";
        if (events.Count == 0)
            return events.DetailCount == 0 ? null : "a detail without an event";
        ref readonly IcmpEvent e = ref events.Events[0];
        return CheckFrame(e, outcome, info) ?? CheckMessage(e, frameBytes) ?? CheckPayload(e, frameBytes, events, options) ?? CheckDetail(e, frameBytes, events);
    }

    private static string? CheckFrame(in IcmpEvent e, DecodeOutcome outcome, in FrameInfo info)
    {
        if (e.Outcome != outcome)
            return $"the event says {e.Outcome}, the decoder {outcome}";
        if (e.FirstNs != info.TimeNs || e.Frame != info.FrameNumber || e.LinkType != info.LinkType || e.InterfaceId != info.InterfaceId)
            return "the event is not of its frame";
        if (e.Count != 1 || e.SpanNs != 0)
            return "one packet is one packet";
        if (e.VlanCount > VlanStack.Capacity)
            return $"{e.VlanCount} VLAN tags";
        for (int i = 0; i < VlanStack.Capacity; i++)
        {
            if (i >= e.VlanCount && e.Vlans[i] != 0)
                return $"VLAN {i} of {e.VlanCount} is set";
        }

        return null;
    }

    private static string? CheckMessage(in IcmpEvent e, int frameBytes)
    {
        EventFlags both = EventFlags.HasIdentifier | EventFlags.IdentifierOnly;
        if (e.IpVersion is not (4 or 6))
            return $"IP version {e.IpVersion}";
        if (e.ChecksumStatus > ChecksumStatus.Bad || e.IpChecksumStatus > ChecksumStatus.Bad)
            return "a checksum verdict without a name";
        if ((e.Flags & both) == both)
            return "an identifier that has a sequence number and has none";
        if ((e.Flags & EventFlags.HasIdentifier) != EventFlags.None && !e.HasRestOfHeader)
            return "an identifier, but not the bytes it stands in";
        if (e.HasRestOfHeader && (e.Flags & EventFlags.HasChecksum) == EventFlags.None)
            return "bytes 4 to 7, but not 2 and 3";
        if (e.ChecksumStatus != ChecksumStatus.Unverified && (e.Flags & EventFlags.HasChecksum) == EventFlags.None)
            return "a verdict on a checksum that was not captured";
        if (e.ChecksumStatus != ChecksumStatus.Unverified && (e.Flags & EventFlags.MoreFragments) != EventFlags.None && e.FragmentOffset == 0)
            return "a verdict on the checksum of a fragment";
        if (e.Outcome == DecodeOutcome.Ok && e.ChecksumStatus == ChecksumStatus.Bad)
            return "ok with a bad checksum";
        if (e.Outcome == DecodeOutcome.BadChecksum && e.ChecksumStatus != ChecksumStatus.Bad)
            return "bad_checksum with a checksum that is not";
        if ((e.Flags & EventFlags.Cut) == EventFlags.None && e.MessageBytes > frameBytes)
            return $"a message of {e.MessageBytes} bytes that is not cut in a frame of {frameBytes}";
        return null;
    }

    private static string? CheckPayload(in IcmpEvent e, int frameBytes, EventBuffer events, DecodeOptions options)
    {
        int payload = Math.Max(0, frameBytes - IcmpEvent.HeaderBytes);
        if (e.PayloadCaptured > payload)
            return $"{e.PayloadCaptured} bytes of payload in a frame of {frameBytes}";
        if (e.PayloadCaptured > e.PayloadBytes)
            return $"{e.PayloadCaptured} bytes of payload captured of {e.PayloadBytes}";
        if (e.EntropyMillibits > MaxEntropyMillibits)
            return $"entropy of {e.EntropyMillibits} thousandths of a bit";
        if (!Enum.IsDefined(e.PayloadFamily) || !Enum.IsDefined(e.InnerHeader))
            return "a payload of a kind without a name";
        if (e.InnerHeader != InnerHeader.None && e.InnerOffset >= e.PayloadCaptured)
            return $"an inner header at {e.InnerOffset} of {e.PayloadCaptured} bytes";
        if (e.PrefixLength > e.PayloadCaptured)
            return $"a prefix of {e.PrefixLength} bytes of {e.PayloadCaptured}";
        if (options.Privacy == PayloadPrivacy.None && e.PrefixLength != 0)
            return "a prefix that privacy forbids";
        return events.Prefix(e).Length == e.PrefixLength ? null : "a prefix outside the arena";
    }

    private static string? CheckDetail(in IcmpEvent e, int frameBytes, EventBuffer events)
    {
        bool isQuoted = (e.Flags & EventFlags.QuotedKey) != EventFlags.None;
        if (e.Detail == 0)
            return isQuoted ? "a quoted key without a quoted datagram" : null;
        if (e.Detail != 1 || events.DetailCount != 1)
            return $"detail {e.Detail} of {events.DetailCount}";
        ref readonly IcmpEventDetail detail = ref events.DetailOf(e);
        DetailGroups groups = detail.Groups;
        if (isQuoted != Has(groups, DetailGroups.Quoted))
            return "a quoted key and a quoted datagram, one without the other";
        if (!isQuoted && Has(groups, DetailGroups.QuotedPorts | DetailGroups.QuotedIcmp | DetailGroups.QuotedEcho))
            return "parts of a quoted datagram without it";
        if (Has(groups, DetailGroups.QuotedPorts) && Has(groups, DetailGroups.QuotedIcmp))
            return "a quoted datagram with ports and with an ICMP type";
        if (Has(groups, DetailGroups.QuotedEcho) && !Has(groups, DetailGroups.QuotedIcmp))
            return "a quoted echo that is no quoted ICMP";
        if (Has(groups, DetailGroups.QuotedIcmp) && detail.QuotedProtocol is not (1 or 58))
            return $"a quoted ICMP message of protocol {detail.QuotedProtocol}";
        if (isQuoted && (detail.QuotedIpVersion is not (4 or 6) || detail.QuotedCaptured > frameBytes))
            return $"{detail.QuotedCaptured} bytes of a quoted datagram of version {detail.QuotedIpVersion} in a frame of {frameBytes}";
        if (detail.MplsCount > MplsStack.Capacity || detail.TunnelCount > TunnelStack.Capacity)
            return $"{detail.MplsCount} labels, {detail.TunnelCount} tunnels";
        for (int i = 0; i < detail.TunnelCount; i++)
        {
            if (!Enum.IsDefined(detail.Tunnels[i]) || detail.Tunnels[i] == TunnelKind.Unknown)
                return $"tunnel {detail.Tunnels[i]}";
        }

        for (int i = 0; i < detail.MplsCount; i++)
        {
            if (detail.MplsLabels[i] >> 20 != 0)
                return $"MPLS label {detail.MplsLabels[i]}";
        }

        return CheckLists(events.ListsOf(detail), detail.ListsLength);
    }

    // Reads all four lists to their ends: they lie one behind the other, so one that ends early shows as bytes left over in the
    // record that the codec writes.
    private static string? CheckLists(EventLists lists, uint bytes)
    {
        if (bytes > EventBuffer.MaxListsBytes)
            return $"lists of {bytes} bytes";
        int items = 0;
        foreach (ExtensionObject _ in lists.Extensions)
            items++;
        foreach (NdOption _ in lists.NdOptions)
            items++;
        foreach (MulticastRecord _ in lists.MulticastRecords)
            items++;
        foreach (RouterAddress _ in lists.RouterAddresses)
            items++;
        return items == 0 && bytes != 0 ? "lists of bytes without an item" : null;
    }

    private static bool Has(DetailGroups groups, DetailGroups any) => (groups & any) != DetailGroups.None;
}
