using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>What each ICMPv6 type has behind type, code and checksum.</summary>
internal static class Icmpv6Message
{
    // Inverse neighbor discovery (RFC 3122 section 2), mobile prefix advertisement (RFC 6275 section 6.8), certification path
    // solicitation and advertisement (RFC 3971 section 6.4) have neighbor discovery options behind their headers.
    private const int OptionsAt = 8;
    private const int CertificateOptionsAt = 12;

    // Multicast listeners speak to the routers of their link and to nobody else (RFC 2710 section 3, RFC 3810 section 5).
    private const byte ListenerHopLimit = 1;

    /// <summary>
    /// Fills the event from a message of which <paramref name="message"/> was captured and <paramref name="onWire"/> bytes were
    /// sent; says what is wrong with the body.
    /// </summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, int onWire, ref IcmpEvent e, EventBuffer into)
    {
        if (e.Type is 128 or 129 or 160 or 161)
            IcmpMessage.FlagIdentifier(message, ref e);
        if (e.Type is 128 or 129 || message.Length < IcmpEvent.HeaderBytes)
            return DecodeOutcome.Ok;
        switch (e.Type)
        {
            case 1 or 3:
                return MultipartMessage.Read(message, onWire, message[4], unitBytes: 8, ref e, into);
            case 2 or 4:
                return QuotedDatagram.Read(message[8..], onWire - 8, ref e, into);
            case 130 or 131 or 132:
                return OnLink(e, MulticastListener.Read(message, onWire, ref into.AddDetail(), e.Type));
            case >= 133 and <= 137:
                return NeighborDiscovery.Read(message, onWire, ref e, into);
            case 139 or 140:
                return NodeInformation.Read(message, ref into.AddDetail());
            case 141 or 142 or 147 or 148:
                return NeighborOptions.Read(message[OptionsAt..], onWire - OptionsAt, ref e, into);
            case 149:
                return message.Length >= CertificateOptionsAt
                    ? NeighborOptions.Read(message[CertificateOptionsAt..], onWire - CertificateOptionsAt, ref e, into)
                    : DecodeOutcome.Ok;
            case 143:
                return OnLink(e, MulticastReport.Read(message, onWire, into));
            case 160 or 161:
                return ExtendedEcho.Read(message, onWire, isRequest: e.Type == 160, into);
            default:
                return DecodeOutcome.Ok;
        }
    }
    private static DecodeOutcome OnLink(in IcmpEvent e, DecodeOutcome ofBody) => e.Ttl != ListenerHopLimit ? DecodeOutcome.HopLimitInvalid : ofBody;
}
