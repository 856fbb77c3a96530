using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// Neighbor discovery options (RFC 4861 section 4.6): type, length in units of 8 bytes with both, content.
/// </summary>
internal static class NeighborOptions
{
    /// <summary>
    /// The most options read: a message of the IPv6 minimum MTU (1280 bytes, RFC 8200 section 5) holds 155 of the smallest, real
    /// ones hold up to a dozen.
    /// </summary>
    public const int MaxOptions = 160;

    private const int UnitBytes = 8;
    private const byte RedirectedHeader = 4;

    /// <summary>Reads the options behind a header; <paramref name="options"/> are those captured.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> options, int onWire, ref IcmpEvent e, EventBuffer into)
    {
        for (int count = 0; onWire > 0; count++)
        {
            if (count == MaxOptions)
                return DecodeOutcome.ListLimit;
            if (onWire < 2)
                return DecodeOutcome.OptionMalformed;
            if (options.Length < 2)
                return DecodeOutcome.Ok;
            int bytes = options[1] * UnitBytes;
            if (bytes == 0 || bytes > onWire)
                return DecodeOutcome.OptionMalformed;
            int captured = Math.Min(bytes, options.Length);
            if (options[0] == RedirectedHeader && captured > UnitBytes)
                QuotedDatagram.Read(options[UnitBytes..captured], bytes - UnitBytes, ref e, into);
            if (captured < bytes)
                return DecodeOutcome.Ok;
            options = options[bytes..];
            onWire -= bytes;
        }

        return DecodeOutcome.Ok;
    }
}
