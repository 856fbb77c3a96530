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
    private const int HeaderBytes = 2;
    private const byte RedirectedHeader = 4;

    /// <summary>Reads the options behind a header; <paramref name="options"/> are those captured.</summary>
    public static DecodeOutcome Read(ReadOnlySpan<byte> options, int onWire, ref IcmpEvent e, EventBuffer into)
    {
        if (onWire <= 0)
            return DecodeOutcome.Ok;
        var lists = new ListsWriter(into.FreeArena);
        DecodeOutcome outcome = Read(options, onWire, ref e, into, ref lists);
        int length = lists.Finish();
        if (length > 0)
            into.CommitLists(ref into.AddDetail(), length);
        return outcome;
    }

    private static DecodeOutcome Read(ReadOnlySpan<byte> options, int onWire, ref IcmpEvent e, EventBuffer into, ref ListsWriter lists)
    {
        for (int count = 0; onWire > 0; count++)
        {
            if (count == MaxOptions)
                return DecodeOutcome.ListLimit;
            if (onWire < HeaderBytes)
                return DecodeOutcome.OptionMalformed;
            if (options.Length < HeaderBytes)
                return DecodeOutcome.Ok;
            int bytes = options[1] * UnitBytes;
            if (bytes == 0 || bytes > onWire)
                return DecodeOutcome.OptionMalformed;
            int captured = Math.Min(bytes, options.Length);
            if (!lists.TryAdd(new NdOption { Option = options[0], Length = (ushort)bytes, Data = options[HeaderBytes..captured] }))
                return DecodeOutcome.ListLimit;

            // One is all that RFC 4861 section 4.5 has; of more, the first one is the quote, not a mixture of all.
            if (options[0] == RedirectedHeader && captured > UnitBytes && (e.Flags & EventFlags.QuotedKey) == EventFlags.None)
                QuotedDatagram.Read(options[UnitBytes..captured], bytes - UnitBytes, ref e, into);
            if (captured < bytes)
                return DecodeOutcome.Ok;
            options = options[bytes..];
            onWire -= bytes;
        }

        return DecodeOutcome.Ok;
    }
}
