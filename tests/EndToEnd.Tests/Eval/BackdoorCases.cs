using IcmpStream.Ingest.Generate;
using IcmpStream.Schemas;
using static IcmpStream.EndToEnd.Tests.Eval.Script;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>Tools of no table: shells, beacons, transfers and covert channels, alone and within ordinary traffic.</summary>
internal static class BackdoorCases
{
    private const string Inside = "10.0.0.5", Outside = "203.0.113.9";

    private const string Letter =
        "Dear colleague, the draft of the contract is attached; the price that we agreed on is 4,275,000 and must not leave this room. "
        + "The other side believes that we can go no lower. Meet me at nine, by the north gate, and bring the signed copy with you. Yours, M.";

    public static IEnumerable<EvalCase> All()
    {
        foreach ((string name, Func<BackdoorTraffic, Script> make) in Tools())
        {
            // Replies that nobody asked for are of the pair that would have asked.
            var expected = new Expected("tunnel.behaviour", name.StartsWith("replies", StringComparison.Ordinal) ? $"{Outside}>{Inside}" : $"{Inside}>{Outside}", Severity.Medium);
            yield return new EvalCase(name, () => make(new BackdoorTraffic(Inside, Outside)), [expected]);
            yield return new EvalCase(name + ", in ordinary traffic", () => InOrdinary(make(new BackdoorTraffic(Inside, Outside))), [expected]);
        }
    }

    private static (string Name, Func<BackdoorTraffic, Script> Make)[] Tools() =>
    [
        ("Invoke-IcmpUpload, twenty blocks", tool => tool.BlockUpload(20)),
        ("pingfs, eight blocks", tool => tool.FileSystem(8, 12)),
        ("icmp_exfil of twelve lines", tool => tool.Exfil([.. Enumerable.Range(0, 12).Select(i => Letter.Substring(i * 18, 18))])),
        ("udp2raw", tool => tool.Udp2Raw(400)),
        ("a tagged beacon, 500 bytes", tool => tool.TaggedBeacon(500, 60)),
        ("a tagged beacon, 28 bytes", tool => tool.TaggedBeacon(28, 60)),
        ("EchoC2", tool => tool.Polls(4)),
        ("a shell beside the kernel's answers", tool => tool.TwoAnswers(8)),
        ("ping -p, eight bytes each", tool => tool.EightBytes(Letter)),
        ("ish", tool => tool.RepliesOnly(12)),
        ("PingPull", tool => tool.Project(10)),
        ("a beacon a minute for half an hour", tool => tool.Sleeper(48, 30, 60_000)),
        ("a beacon in five minutes for two hours", tool => tool.Sleeper(64, 24, 300_000)),
        ("DET", tool => tool.Base64(200, 10, 4000)),
        ("Egress-Assess", tool => tool.Base64(825, 12, 150)),
        ("a framed file that nobody answers", tool => tool.Framed(Letter)),
        ("replies that carry a file out", tool => tool.Exfiltration(400, 60, 1000)),
        ("replies that carry a file out, 32 bytes in ten seconds", tool => tool.Exfiltration(32, 60, 10_000)),
        ("a character in each packet", tool => tool.Characters(Letter, 500)),
        ("sixteen bytes in place of ping's clock", tool => tool.Clock(60, 16)),
        ("eight bytes in place of ping's seconds", tool => tool.Clock(60, 8)),
        ("lengths that spell a text", tool => tool.Lengths(Letter)),
        ("equal bytes that spell a text", tool => tool.Constants(Letter)),
        ("identifier and sequence number, enciphered", tool => tool.RandomWords(150)),
        ("data in the answers to ordinary pings", tool => tool.AnswersOfItsOwn(60)),
        ("a tunnel among the same hosts' pings", tool => tool.Beside(60)),
        ("identifier and sequence number spell a text", tool => tool.HeaderWords(Letter)),
        ("a text within the alphabet of Windows", tool => tool.Alphabet(Letter)),
        ("enciphered bytes behind a whole ping", tool => tool.Tail(60)),
    ];

    private static TrafficMix InOrdinary(Script attack) => new(
        new OrdinaryTraffic(new OrdinaryTrafficOptions(StartNs - 20_000_000_000, 60_000, 200, Ip("10.0.0.1"), 60, Ip("198.51.100.1"), 40), 3), attack);
}
