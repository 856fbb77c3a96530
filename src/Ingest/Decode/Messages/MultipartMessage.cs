using System.Buffers.Binary;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// An error that may hold more than its quote (RFC 4884 sections 4 and 5): the length field says where the quoted datagram ends
/// and the extension begins.
/// </summary>
internal static class MultipartMessage
{
    /// <summary>
    /// Where the extension of a sender begins that does not fill the length field, bytes of payload (RFC 4884 section 5.5).
    /// </summary>
    private const int OldQuoteBytes = 128;

    /// <summary>
    /// Reads quote and extension; <paramref name="lengthField"/> counts units of <paramref name="unitBytes"/>.
    /// </summary>
    public static DecodeOutcome Read(
        ReadOnlySpan<byte> message, int onWire, byte lengthField, int unitBytes, ref IcmpEvent e, EventBuffer into)
    {
        ReadOnlySpan<byte> payload = message[IcmpEvent.HeaderBytes..];
        int payloadOnWire = onWire - IcmpEvent.HeaderBytes;
        int quoteBytes = lengthField * unitBytes;
        if (lengthField == 0)
            quoteBytes = HasOldExtension(payload, payloadOnWire) ? OldQuoteBytes : payloadOnWire;
        else if (quoteBytes < OldQuoteBytes && !IsExtensionAt(payload, quoteBytes) && HasOldExtension(payload, payloadOnWire))
            quoteBytes = OldQuoteBytes;

        // A length field that leaves the message, or ends a short quote where no extension begins, says nothing of the quote: the whole
        // payload is read as one.
        bool leaves = quoteBytes > payloadOnWire
            || (lengthField != 0 && quoteBytes < OldQuoteBytes && payload.Length > quoteBytes && !IsExtensionAt(payload, quoteBytes));
        if (leaves)
            quoteBytes = payloadOnWire;
        DecodeOutcome ofQuote = QuotedDatagram.Read(payload[..Math.Min(quoteBytes, payload.Length)], quoteBytes, ref e, into);
        DecodeOutcome ofExtension = leaves
            ? DecodeOutcome.ExtensionMalformed
            : quoteBytes < payloadOnWire
                ? MultipartExtension.Read(payload[Math.Min(quoteBytes, payload.Length)..], payloadOnWire - quoteBytes, lengthField, into)
                : DecodeOutcome.Ok;
        return ofQuote != DecodeOutcome.Ok ? ofQuote : ofExtension;
    }

    // The quote is to be padded to 128 bytes and the length to count the padding (section 3); some routers pad and count only the
    // quote.
    private static bool IsExtensionAt(ReadOnlySpan<byte> payload, int at) =>
        payload.Length > at && payload[at] >> 4 == MultipartExtension.Version;

    // Section 5.5: without a length, version and checksum decide whether bytes behind the 128th are an extension; Wireshark also
    // takes them for one when the quoted datagram itself ends before, for then they cannot be part of it.
    private static bool HasOldExtension(ReadOnlySpan<byte> payload, int onWire)
    {
        if (onWire < OldQuoteBytes + MultipartExtension.HeaderBytes || payload.Length < OldQuoteBytes + MultipartExtension.HeaderBytes)
            return false;
        ReadOnlySpan<byte> extension = payload[OldQuoteBytes..];
        if (extension[0] >> 4 != MultipartExtension.Version)
            return false;
        if (payload[0] >> 4 == 4 && BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) <= OldQuoteBytes)
            return true;
        return payload.Length == onWire && InternetChecksum.Judge(InternetChecksum.Add(extension, 0)) == ChecksumStatus.Good;
    }
}
