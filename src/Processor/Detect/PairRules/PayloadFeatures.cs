using System.Globalization;
using IcmpStream.Processor.State;

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

    /// <summary>Answers of another kind among honest ones: an order now and then. One may be two requests with one number.</summary>
    private const int FewMismatches = 2;

    /// <summary>Changes from which they are no accident: five messages of text are a note.</summary>
    private const int FewChanges = 4;

    /// <summary>Packets that make a conversation when they take their time, and those that do without.</summary>
    private const int LongPackets = 20, ManyPackets = 40;

    public static void Score(in PairTrack pair, in TunnelTrack tunnel, TunnelScore score)
    {
        ulong packets = tunnel.Packets;
        bool areMismatches = tunnel.Mismatches >= FewPackets && 5UL * tunnel.Mismatches >= tunnel.Answered;
        score.Add(areMismatches, "payload_mismatch", 35);
        score.Add(!areMismatches && tunnel.Mismatches >= FewMismatches, "payload_mismatch", 25);
        score.Add(tunnel.DataForNone >= FewPackets, "data_for_none", 20);
        score.Add(tunnel.Unsolicited >= FewPackets && tunnel.Answered > 0, "unsolicited_data", 20);
        score.Add(pair.Replies >= 10 && 2UL * pair.Replies > 3UL * pair.Requests && tunnel.Answered > 0, "replies_exceed_requests", 15);
        score.Add(tunnel.SameKeys >= FewPackets, "repeated_key", 25);
        bool isNew = tunnel.Churned >= FewChanges && 2UL * tunnel.Churned >= tunnel.Chances;

        // Replies alone, as a capture of one direction has them, are no more new than a clock in them.
        score.Add((tunnel.Asked > 0 || isNew) && tunnel.Changes >= FewChanges && 2UL * tunnel.Changes >= tunnel.Chances, "changing_payload", 15);
        score.Add(isNew, "new_payload", 25);
        bool isSaid = isNew || tunnel.Mismatches >= FewPackets || tunnel.DataForNone >= FewPackets;
        score.Add(isSaid && tunnel.TextPackets >= FewPackets && 2UL * tunnel.TextPackets >= packets, "text", 20);
        if (IsTold(tunnel))
            ScoreContent(tunnel, score);
        score.Add(tunnel.AnySignatures >= 3, "short_signature", 20);
        score.Add(tunnel.StowedPackets >= 3, "stowed_data", 50);
        score.Add(tunnel.StowedPackets >= FewPackets && tunnel.StowedBytes >= 32UL * tunnel.StowedPackets, "stowed_amount", 10);
    }

    // One payload over and over, and echoed, tells nobody anything, whatever it looks like.
    private static bool IsTold(in TunnelTrack tunnel) =>
        tunnel.Changes >= FewChanges || tunnel.Mismatches > 0 || tunnel.DataForNone > 0 || tunnel.Unsolicited > 0;

    private static void ScoreContent(in TunnelTrack tunnel, TunnelScore score)
    {
        ulong packets = tunnel.Packets;
        score.Add(tunnel.InnerHeaders >= 3 && 10UL * tunnel.InnerHeaders >= packets, "inner_header", 40);
        if (packets >= FewPackets)
        {
            ulong mean = tunnel.Bytes / packets;
            score.Add(mean >= VeryLongBytes, "mean_payload", 20);
            score.Add(mean is > LongBytes and < VeryLongBytes, "mean_payload", 10);
            ulong variance = (tunnel.Squares / packets) - Math.Min(tunnel.Squares / packets, mean * mean);
            score.Add(variance >= 16 * 16, "length_variance", 15);
        }

        score.Add(tunnel.Measured >= 8 && 2UL * tunnel.Dense >= tunnel.Measured, "entropy", 25);
        score.Add(tunnel.Measured < 8 && tunnel.Blocks > 0 && 2UL * tunnel.DenseBlocks >= tunnel.Blocks, "entropy", 25);
        score.Add(packets >= ManyPackets || (packets >= LongPackets && Duration(tunnel) >= 10), "duration", 10);
    }

    /// <summary>A feature in words; null where it is none of these.</summary>
    public static string? Explain(string name, in PairTrack pair, in TunnelTrack tunnel) => name switch
    {
        "payload_mismatch" => Words($"{tunnel.Mismatches:N0} replies do not carry their request's payload"),
        "data_for_none" => "replies bring data where requests have none of their own",
        "unsolicited_data" => Words($"{tunnel.Unsolicited:N0} replies with data to no request"),
        "replies_exceed_requests" => Words($"{pair.Replies:N0} replies to {pair.Requests:N0} requests"),
        "inner_header" => Words($"{tunnel.InnerHeaders:N0} packets hold a header of {tunnel.InnerHeader}"),
        "repeated_key" => "one identifier and sequence number with ever new payloads",
        "mean_payload" => Words($"{tunnel.Bytes / tunnel.Packets:N0} bytes of payload on average"),
        "length_variance" => Words($"payloads of {tunnel.LengthMin:N0} to {tunnel.LengthMax:N0} bytes"),
        "changing_payload" => Words($"{tunnel.Changes:N0} of {tunnel.Chances:N0} packets have another payload than those before"),
        "new_payload" => "payloads are new in more bytes than a clock or a counter changes",
        "entropy" => "payloads look encrypted or compressed",
        "text" => Words($"{tunnel.TextPackets:N0} packets read as text"),
        "duration" => Words($"{tunnel.Packets:N0} packets in {Duration(tunnel):N0} s"),
        "short_signature" => "a short signature of a known tool, by itself no proof",
        "stowed_data" => Words($"{tunnel.StowedPackets:N0} messages carry {tunnel.StowedBytes:N0} bytes where their type has no place for data"),
        "stowed_amount" => "and it is more than padding",
        _ => null,
    };

    public static long Duration(in TunnelTrack tunnel) => EventTime.Between(tunnel.FirstNs, tunnel.LastNs) / EventTime.SecondNs;

    private static string Words(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}
