using IcmpStream.Cli.Analyze;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Analyze;

/// <summary>Clocks that jump, stand at 1970 or come from 2106: nothing grows, every event is in the books, and what is well stays so.</summary>
public sealed class BrokenClockTests : IDisposable
{
    private const long SecondNs = 1_000_000_000;

    /// <summary>2026-01-01, a whole window of ten seconds as the others are.</summary>
    private const long TodayNs = 1_767_225_600 * SecondNs;

    private const long DecadeNs = 315_360_000 * SecondNs;

    /// <summary>The last whole minute that a pcap can name.</summary>
    private const long LastMinuteNs = ((PcapWriter.MaxTimeNs / (60 * SecondNs)) - 1) * 60 * SecondNs;

    private const int Seconds = 12;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(LastMinuteNs)]
    public async Task A_capture_of_1970_or_2106_is_a_capture_like_any_other(long startNs)
    {
        CaptureAnalysis today = await Traffic(TodayNs).AnalyzeAsync(_folder), then = await Traffic(startNs).AnalyzeAsync(_folder);
        Assert.Equal(0, then.LateEvents);
        Assert.NotEmpty(today.Result.Alerts());
        Assert.Equal(Shifted(today, -TodayNs), Shifted(then, -startNs));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(LastMinuteNs, 0)]
    public async Task A_few_frames_with_a_broken_clock_change_nothing_for_the_others(long brokenNs, int lateShare)
    {
        const int broken = 40;
        FrameList traffic = Traffic(TodayNs);
        var strangers = FrameList.Of(new EchoSweep(new EchoSweepOptions(brokenNs, 1_000_000, Ip("192.0.2.1"), Ip("192.0.2.100"), broken, OneAnswersOf: broken + 1), seed: 1));
        CaptureAnalysis expected = await traffic.AnalyzeAsync(_folder);
        CaptureAnalysis found = await traffic.With(traffic.Frames.Count / 2, strangers).AnalyzeAsync(_folder);
        Assert.Equal(lateShare * strangers.Frames.Count, found.LateEvents);
        Balances(found);
        Assert.Equal(Undisturbed(expected), Undisturbed(found));

        // The end of a run is as late as its last event: what closed because the capture ended may close by itself before.
        IEnumerable<string> Undisturbed(CaptureAnalysis analysis) => Shifted(analysis, 0)
            .Where(line => !line.Contains("192.0.2.", StringComparison.Ordinal) && !line.StartsWith($"{brokenNs} ", StringComparison.Ordinal))
            .Where(line => !line.Contains(" Close ", StringComparison.Ordinal) && !line.Contains(" Update ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_clock_that_jumps_ahead_for_good_takes_time_along_and_one_that_jumps_back_is_late_until_it_has_caught_up()
    {
        FrameList before = Traffic(TodayNs), after = Traffic(TodayNs + DecadeNs), back = Traffic(TodayNs + (Seconds * SecondNs));
        long started = GC.GetTotalAllocatedBytes();
        CaptureAnalysis found = await before.With(before.Frames.Count, after).With(before.Frames.Count + after.Frames.Count, back).AnalyzeAsync(_folder);

        // Ten years are three thousand million slots, and none of them costs anything.
        Assert.InRange(GC.GetTotalAllocatedBytes() - started, 0, 2_000_000_000);
        Balances(found);
        Assert.Equal(back.Frames.Count, found.LateEvents);
        CaptureAnalysis once = await before.AnalyzeAsync(_folder);
        Assert.Equal(2 * once.Pair.Exchanges(EchoOutcome.Matched), found.Pair.Exchanges(EchoOutcome.Matched));

        // Those open at the jump end by it, and none of those of the second part is lost.
        Assert.Equal(2 * once.Result.ExchangeCount, found.Result.ExchangeCount);
        Assert.Equal(2 * once.Result.Rates().Sum(rate => rate.Packets), found.Result.Rates().Sum(rate => rate.Packets));
        Assert.Equal(2 * once.AlertsOpened.Values.Sum(), found.AlertsOpened.Values.Sum());
        Assert.All(found.Result.Alerts().GroupBy(alert => alert.Id), revisions => Assert.Equal(AlertState.Close, revisions.MaxBy(alert => alert.Revision)!.State));
    }

    [Fact]
    public async Task A_clock_that_jumps_at_every_frame_costs_no_more_than_its_frames()
    {
        FrameList traffic = Traffic(TodayNs);
        var random = new Random(1);
        FrameList jumping = traffic with { Frames = [.. traffic.Frames.Take(4_000).Select(frame => frame with { TimeNs = random.NextInt64(PcapWriter.MaxTimeNs) })] };
        long started = GC.GetTotalAllocatedBytes();
        CaptureAnalysis found = await jumping.AnalyzeAsync(_folder);
        Assert.InRange(GC.GetTotalAllocatedBytes() - started, 0, 2_000_000_000);
        Balances(found);
    }

    // A flood, a sweep and pings, so that rules have something to remember when time jumps.
    private static FrameList Traffic(long startNs) => FrameList.Of(new TrafficMix(
        new OrdinaryTraffic(new OrdinaryTrafficOptions(startNs, Seconds * 1000L, 100, Ip("10.0.0.1"), 10, Ip("198.18.0.1"), 5), 1),
        new EchoFlood(new EchoFloodOptions(startNs + (2 * SecondNs), 4_000, 3_000, Ip("203.0.113.1"), 20, Ip("198.51.100.9")), 2),
        new EchoSweep(new EchoSweepOptions(startNs + SecondNs, 50_000_000, Ip("203.0.113.200"), Ip("10.1.0.1"), 100, OneAnswersOf: 10), 3)));

    private static void Balances(CaptureAnalysis found) => Assert.Equal(found.Pair.Events, found.Pair.Processed + found.Pair.Late + found.Pair.Duplicate);

    private static string[] Shifted(CaptureAnalysis analysis, long byNs) =>
    [
        .. analysis.Result.Exchanges().Select(x => $"{x.Outcome} {x.Requester} {x.Responder} {x.Identifier} {x.Sequence} {x.RequestNs + byNs} {x.ReplyNs + byNs} {x.RttNs}"),
        .. analysis.Result.Rates().Select(x => $"{x.WindowStartNs + byNs} {x.Role} {x.Address} {x.Packets} {x.Bytes} {x.Requests} {x.Replies} {x.Errors} {x.Peers} {x.Completeness}"),
        .. analysis.Result.Alerts().OrderBy(x => x.OpenedNs).ThenBy(x => x.Rule, StringComparer.Ordinal).ThenBy(x => x.Subject, StringComparer.Ordinal).ThenBy(x => x.Revision)
            .Select(x => $"{x.Rule} {x.State} {x.Severity} {x.Subject} {x.OpenedNs + byNs} {x.FirstNs + byNs} {x.LastNs + byNs} {x.Observed} {x.Threshold}"),
    ];

    private static Address Ip(string text) => Address.TryParse(text, out Address address) ? address : throw new FormatException(text);
}
