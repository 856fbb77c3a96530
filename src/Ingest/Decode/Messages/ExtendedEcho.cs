using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>PROBE (RFC 8335 sections 2 and 3): ICMPv4 42, 43; ICMPv6 160, 161.</summary>
internal static class ExtendedEcho
{
    private const int BitsOffset = 7;

    /// <summary>Fills identifier and bits, and of a request the interface identification object.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> message, int onWire, bool isRequest, ref IcmpEvent e, EventBuffer into)
    {
        e.Flags |= EventFlags.HasIdentifier;
        ref IcmpEventDetail detail = ref into.AddDetail();
        detail.Groups |= DetailGroups.ExtendedEcho;
        detail.ExtendedEchoBits = message[BitsOffset];
        return isRequest && onWire > IcmpEvent.HeaderBytes
            ? MultipartExtension.Read(message[IcmpEvent.HeaderBytes..], onWire - IcmpEvent.HeaderBytes, lengthField: 0, into)
            : DecodeOutcome.Ok;
    }
}
