using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Decode;

/// <summary>
/// What travels in place of the payload: all that lies behind the first eight bytes of the message, as far as it was captured.
/// </summary>
internal static class PayloadFeatures
{
    /// <summary>The most bytes kept of a payload: enough for an analyst to see what it is, too few to be the content.</summary>
    public const int PrefixBytes = 64;

    /// <summary>Fills the features of an event and keeps the start of its payload where that is allowed.</summary>
    public static void Fill(ReadOnlySpan<byte> message, ref IcmpEvent e, EventBuffer into, DecodeOptions options)
    {
        ReadOnlySpan<byte> payload = message.Length > IcmpEvent.HeaderBytes ? message[IcmpEvent.HeaderBytes..] : default;
        if (payload.Length > ushort.MaxValue)
            payload = payload[..ushort.MaxValue];
        e.PayloadCaptured = (ushort)payload.Length;
        e.PayloadHash = XxHash64.Hash(payload);

        // Errors quote a datagram, and discovery, listener and router messages have fields of their own there. What those bytes
        // are is known, so they are of no family, and a tool's mark in a quote would accuse the router that quotes it.
        bool isFree = CarriesFreeData(e.IpVersion, e.Type);
        if (payload.IsEmpty)
            e.PayloadFamily = PayloadFamily.Empty;
        else if (isFree)
            Recognise(payload, ref e);
        e.EntropyMillibits = options.Accelerated ? FastPayload.Entropy(payload, e.PayloadFamily) : PayloadEntropy.Millibits(payload);
        if (payload.IsEmpty || options.Privacy == PayloadPrivacy.None)
            return;
        if (options.Privacy == PayloadPrivacy.All || (isFree && e.PayloadFamily == PayloadFamily.None))
            Keep(payload, ref e, into);
    }

    /// <summary>
    /// Fills what <see cref="Fill"/> does for a message that carries free data, but for the hash and the length, which are there.
    /// </summary>
    public static void FillFree(ReadOnlySpan<byte> payload, ref IcmpEvent e, EventBuffer into, PayloadPrivacy privacy)
    {
        Recognise(payload, ref e);
        e.EntropyMillibits = FastPayload.Entropy(payload, e.PayloadFamily);
        if (privacy == PayloadPrivacy.All || (privacy == PayloadPrivacy.Unfamiliar && e.PayloadFamily == PayloadFamily.None))
            Keep(payload, ref e, into);
    }

    /// <summary>The same for a message whose type says what its payload is.</summary>
    public static void FillBound(ReadOnlySpan<byte> payload, ref IcmpEvent e, EventBuffer into, PayloadPrivacy privacy)
    {
        e.PayloadFamily = payload.IsEmpty ? PayloadFamily.Empty : PayloadFamily.None;
        e.EntropyMillibits = FastPayload.Entropy(payload, e.PayloadFamily);
        if (privacy == PayloadPrivacy.All && !payload.IsEmpty)
            Keep(payload, ref e, into);
    }

    private static void Recognise(ReadOnlySpan<byte> payload, ref IcmpEvent e)
    {
        e.PayloadFamily = BenignPayload.Of(payload, e);
        if (e.PayloadFamily != PayloadFamily.None)
            return;
        e.Signatures = ToolSignatureMatcher.Match(payload, e);
        e.InnerHeader = InnerHeaderGuess.Guess(payload, out e.InnerOffset);
    }

    private static void Keep(ReadOnlySpan<byte> payload, ref IcmpEvent e, EventBuffer into)
    {
        int length = Math.Min(payload.Length, PrefixBytes);
        payload[..length].CopyTo(into.FreeArena);
        e.PrefixOffset = into.Commit(length);
        e.PrefixLength = (ushort)length;
    }

    // Echo and information messages, and every type whose format nobody fixed: the unregistered ones above all.
    private static bool CarriesFreeData(byte version, byte type) => version == 4
        ? type is 0 or 8 or 15 or 16 or 1 or 2 or 7 or 41 or (>= 19 and <= 29) or >= 44
        : type is 0 or 128 or 129 or 150 or (>= 5 and <= 127) or >= 162;
}
