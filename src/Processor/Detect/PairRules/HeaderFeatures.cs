using System.Globalization;
using System.Numerics;
using IcmpStream.Processor.State;

namespace IcmpStream.Processor.Detect;

/// <summary>
/// What headers and timing give away: data in identifier, sequence number, code, checksum, TTL, length, the byte that fills a payload, or the time between requests. A
/// channel of a few bits a packet needs many, so nothing is said before <see cref="MinSteps"/>.
/// </summary>
internal static class HeaderFeatures
{
    /// <summary>Comparisons from slot to slot before anything is said.</summary>
    public const int MinSteps = 32;

    /// <summary>The same where identifiers change: many senders, as behind a translated address, must all have been heard by then.</summary>
    private const int MinStepsOfMany = 64;

    /// <summary>Mean gap up to which a changing identifier means something: a script that starts ping anew does so less often.</summary>
    private const long MaxGapNs = 5 * EventTime.SecondNs;

    /// <summary>True where a closer look is worth it.</summary>
    public static bool IsSuspicious(in HeaderTrack header) => header.Codes >= 8
        || (header.Steps >= MinSteps
            && (2 * header.Identifiers >= header.Steps || 2 * header.Jumps >= header.Steps || 2 * header.Ttls >= header.Steps
                || 2 * header.Checksums >= header.Steps || 2 * header.Lengths >= header.Steps || 2 * header.Fillings >= header.Steps || IsBimodal(header)));

    public static void Score(in PairTrack pair, long slot, TunnelScore score)
    {
        HeaderTrack header = pair.Header;
        bool isTraced = pair.HopSlot != long.MinValue && slot - pair.HopSlot <= PairTrack.EvidenceSlots;
        bool isFast = header.MeanGapNs == 0 || header.MeanGapNs <= MaxGapNs;
        int steps = header.Steps;
        bool enough = !AreManySenders(header) && steps >= (Change(header) ? MinStepsOfMany : MinSteps);
        score.Add(header.Codes >= 8 && 4 * header.Codes >= steps, "code", 40);
        bool identifiers = enough && isFast && 4 * header.Identifiers >= 3 * steps;
        score.Add(identifiers, "identifier", 40);
        score.Add(identifiers && 10 * header.Printable >= 9 * header.Identifiers, "identifier_text", 20);
        score.Add(enough && 2 * header.Jumps >= steps, "sequence", 40);
        score.Add(enough && !isTraced && 2 * header.Ttls >= steps, "ttl", 40);
        bool refused = 2UL * pair.Replies < pair.Requests;
        score.Add(steps >= MinSteps && refused && 2 * header.Checksums >= steps, "checksum", 40);
        score.Add(enough && !isTraced && 2 * header.Lengths >= steps, "length", 40);
        score.Add(enough && 2 * header.Fillings >= steps, "filling", 40);
        score.Add(enough && IsBimodal(header), "timing", 40);
        score.Add(steps >= MinSteps && score.Points > 0 && pair.LastSlot - pair.FirstSlot >= PairTrack.SingleSlots, "persistence", 10);
    }

    /// <summary>A feature in words; null where it is none of these.</summary>
    public static string? Explain(string name, in PairTrack pair) => name switch
    {
        "code" => Words($"{pair.Header.Codes} of {pair.Header.Steps} echo requests have a code, which echo has no use for"),
        "identifier" => Words($"the identifier changes in {pair.Header.Identifiers} of {pair.Header.Steps} steps"),
        "identifier_text" => "and is text",
        "sequence" => Words($"the sequence number jumps in {pair.Header.Jumps} of {pair.Header.Steps} steps"),
        "ttl" => Words($"the TTL changes in {pair.Header.Ttls} of {pair.Header.Steps} steps, and nothing is being traced"),
        "checksum" => Words($"the checksum is wrong in {pair.Header.Checksums} of {pair.Header.Steps} steps"),
        "length" => Words($"the length changes in {pair.Header.Lengths} of {pair.Header.Steps} steps, in no regular order"),
        "filling" => Words($"the byte that fills the payload changes in {pair.Header.Fillings} of {pair.Header.Steps} steps"),
        "timing" => Words($"requests come {pair.Header.ShortGapUs / 1000:N0} or {pair.Header.LongGapUs / 1000:N0} ms apart, in no regular order"),
        "persistence" => Words($"for {(pair.LastSlot - pair.FirstSlot) / 10:N0} s"),
        _ => null,
    };

    // A network behind one translated address: identifiers change from packet to packet, but come again; or there are too many for
    // that, and lengths and TTLs of several systems among them. What one sender does cannot be told among so many.
    private static bool AreManySenders(in HeaderTrack header) => Change(header)
        && (2 * header.Fresh < header.Steps || 8 * header.Ttls >= header.Steps || 8 * header.Lengths >= header.Steps);

    // Nine in ten are text by nobody's accident: of a translator's, one in seven is.
    private static bool Change(in HeaderTrack header) => 2 * header.Identifiers >= header.Steps && 10 * header.Printable < 9 * header.Identifiers;

    // Two narrow clusters, each with a quarter of the gaps or more, the longer at least half again the shorter, and an order that is
    // neither one change nor strict alternation, which two pings side by side make.
    private static bool IsBimodal(in HeaderTrack header)
    {
        int near = header.NearShort + header.NearLong;
        if (near < MinSteps || 4 * header.NearShort < near || 4 * header.NearLong < near || 5 * near < 4 * header.Steps)
            return false;
        if (header.LongGapUs < header.ShortGapUs + (header.ShortGapUs / 2))
            return false;
        int changes = BitOperations.PopCount((header.LongGaps ^ (header.LongGaps >> 1)) & (ulong.MaxValue >> 1));
        return changes is >= 16 and <= 48;
    }

    private static string Words(FormattableString words) => words.ToString(CultureInfo.InvariantCulture);
}
