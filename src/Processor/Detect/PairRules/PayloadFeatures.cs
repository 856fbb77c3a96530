using System.Globalization;
using IcmpStream.Processor.State;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// What payloads give away. Benign families never get here. Points: 35 to 40 for what no honest sender does, 20 to 30 for what few
/// do, 10 to 15 for what some do; 50 make an alert.
/// </summary>
internal static class PayloadFeatures
{
    /// <summary>Bytes from which a mean payload is suspicious, and from which it is much so (LogRhythm; Elastic).</summary>
    private const int LongBytes = 160, VeryLongBytes = 256;

    private const int FewPackets = 5;

    public static void Score(in PairTrack pair, in TunnelTrack tunnel, TunnelScore score)
    {
        ulong packets = tunnel.Packets;
        score.Add(tunnel.Mismatches >= FewPackets && 5UL * tunnel.Mismatches >= tunnel.Answered, "payload_mismatch", 35,
            Words($"{tunnel.Mismatches:N0} replies do not carry their request's payload"));
        score.Add(tunnel.DataForNone >= FewPackets, "data_for_none", 20, "replies bring data where requests have none of their own");
        score.Add(tunnel.Unsolicited >= FewPackets && tunnel.Answered > 0, "unsolicited_data", 20,
            Words($"{tunnel.Unsolicited:N0} replies with data to no request"));
        score.Add(pair.Replies >= 10 && 2UL * pair.Replies > 3UL * pair.Requests && tunnel.Answered > 0, "replies_exceed_requests", 15,
            Words($"{pair.Replies:N0} replies to {pair.Requests:N0} requests"));
        score.Add(tunnel.InnerHeaders >= 3 && 10UL * tunnel.InnerHeaders >= packets, "inner_header", 40,
            Words($"{tunnel.InnerHeaders:N0} packets hold a header of {tunnel.InnerHeader}"));
        score.Add(tunnel.SameKeys >= FewPackets, "repeated_key", 25, "one identifier and sequence number with ever new payloads");
        if (packets >= FewPackets)
        {
            ulong mean = tunnel.Bytes / packets;
            score.Add(mean >= VeryLongBytes, "mean_payload", 20, Words($"{mean:N0} bytes of payload on average"));
            score.Add(mean is > LongBytes and < VeryLongBytes, "mean_payload", 10, Words($"{mean:N0} bytes of payload on average"));
            ulong variance = (tunnel.Squares / packets) - Math.Min(tunnel.Squares / packets, mean * mean);
            score.Add(variance >= 16 * 16, "length_variance", 15,
                Words($"payloads of {tunnel.LengthMin:N0} to {tunnel.LengthMax:N0} bytes"));
        }

        score.Add(tunnel.Changes >= FewPackets && 2UL * tunnel.Changes >= tunnel.Slots, "changing_payload", 15, "every request has another payload");
        score.Add(tunnel.Measured >= 8 && 2UL * tunnel.Dense >= tunnel.Measured, "entropy", 30, "payloads look encrypted or compressed");
        score.Add(tunnel.Measured < 8 && tunnel.Blocks > 0 && 2UL * tunnel.DenseBlocks >= tunnel.Blocks, "entropy", 30,
            "payloads, taken together, look encrypted or compressed");
        score.Add(tunnel.Blocks > 0 && 2UL * tunnel.TextBlocks >= tunnel.Blocks && tunnel.Changes >= FewPackets, "text", 20, "payloads, taken together, look like text");
        score.Add(Duration(tunnel) >= 10 && packets >= 50, "duration", 10, Words($"{packets:N0} packets in {Duration(tunnel):N0} s"));
        score.Add(tunnel.AnySignatures >= 3, "short_signature", 20, "a short signature of a known tool, by itself no proof");
        score.Add(tunnel.StowedPackets >= 3, "stowed_data", 50,
            Words($"{tunnel.StowedPackets:N0} messages carry {tunnel.StowedBytes:N0} bytes where their type has no place for data"));
        score.Add(tunnel.StowedPackets >= FewPackets && tunnel.StowedBytes >= 32UL * tunnel.StowedPackets, "stowed_amount", 10, "and it is more than padding");
    }

    public static long Duration(in TunnelTrack tunnel) => EventTime.Between(tunnel.FirstNs, tunnel.LastNs) / EventTime.SecondNs;

    private static string Words(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}
