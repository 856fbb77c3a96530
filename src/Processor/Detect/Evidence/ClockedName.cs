using System.Buffers.Binary;
using IcmpStream.Processor.State;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// The payload of go-ping and its successors (pro-bing: Telegraf, and many programs in Go): the time of sending in nanoseconds, a UUID of
/// the run (RFC 9562, version 4), ones. Where each probe is a run of its own all but the ones are new each time, and look enciphered;
/// but the clock is right.
/// </summary>
internal static class ClockedName
{
    private const int NameAt = 8, NameEnd = 24;

    /// <summary>How far a clock may be off: a day.</summary>
    private const long MaxErrorNs = 24 * 3600 * EventTime.SecondNs;

    /// <summary>True for such a payload, as far as it is kept, of a packet seen at that time.</summary>
    public static bool Is(ReadOnlySpan<byte> payload, long timeNs)
    {
        if (payload.Length < NameEnd || payload[NameEnd..].ContainsAnyExcept((byte)1))
            return false;
        bool isVersion4 = payload[14] >> 4 == 4 && payload[16] >> 6 == 2;
        long clockNs = BinaryPrimitives.ReadInt64BigEndian(payload[..NameAt]);
        return isVersion4 && clockNs >= timeNs - MaxErrorNs && clockNs <= timeNs + MaxErrorNs;
    }
}
