using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

/// <summary>Round-trip times by pair and window, out of the pair stage.</summary>
public class RttTests
{
    private const string A = "10.0.0.1", B = "192.0.2.1";

    private const long WindowNs = 10_000_000_000;

    [Fact]
    public void Five_answers_in_a_window_make_a_record_and_four_make_none()
    {
        Outputs outputs = Harness.Run([.. Pings(A, B, 0, 1, 2, 3, 4), .. Pings(A, B, 10_000, 1, 2, 3, 4, 5, 6), .. Pings(A, B, 20_000, 1, 2, 3, 4, 5)]);
        Assert.Equal([(BaseNs + WindowNs, 6), (BaseNs + (2 * WindowNs), 5)], outputs.Rtts.Select(rtt => (rtt.WindowStartNs, rtt.Count)));
    }

    [Fact]
    public void What_a_record_says_is_exact_but_for_the_percentiles()
    {
        double[] rttsMs = [3, 1, 2, 8, 5, 4, 4, 4, 4, 100];
        PairRtt rtt = Assert.Single(Harness.Run(Pings(A, B, 0, rttsMs)).Rtts);
        Assert.Equal((BaseNs, WindowNs, 4, 7u), (rtt.WindowStartNs, rtt.WindowNs, (int)rtt.Family, rtt.Domain));
        Assert.Equal((Ip(A), Ip(B)), (rtt.Requester, rtt.Responder));
        Assert.Equal((10, 1_000_000, 100_000_000, 135_000_000), (rtt.Count, rtt.MinNs, rtt.MaxNs, rtt.SumNs));
        Assert.Equal(RttBuckets.EstimateNs(RttBuckets.Of(4_000_000)), rtt.P50Ns);
        Assert.Equal(RttBuckets.EstimateNs(RttBuckets.Of(8_000_000)), rtt.P90Ns);
        Assert.Equal((100_000_000, 100_000_000), (rtt.P95Ns, rtt.P99Ns));
        Assert.Equal((0, 1.0), (rtt.Dropped, rtt.Completeness));
        Assert.Equal(rttsMs.Select(ms => RttBuckets.Of((long)(ms * 1_000_000))).Distinct().Order(), rtt.Cells.Select(cell => (int)cell.Bucket));
        Assert.Equal(10, rtt.Cells.Sum(cell => cell.Count));
    }

    [Fact]
    public void Every_kind_of_request_counts_and_either_direction_apart()
    {
        List<Packet> packets =
        [
            .. Pings(A, B, 0, 1, 1, 1, 1, 1), .. Pings(B, A, 10, 2, 2, 2, 2, 2), .. Pings("2001:db8::1", "2001:db8::2", 20, 3, 3, 3, 3, 3),
            .. Pings(A, "192.0.2.2", 30, 4, 4, 4, 4, 4).Select(packet => packet with { Type = packet.Type == 8 ? (byte)13 : (byte)14 }),
        ];
        List<PairRtt> rtts = Harness.Run([.. packets.OrderBy(packet => packet.TimeNs)]).Rtts;
        rtts.Sort(ResultOrder.Compare);
        Assert.Equal(
            [(Ip(A), Ip(B), 4, 1_000_000L), (Ip(A), Ip("192.0.2.2"), 4, 4_000_000L), (Ip(B), Ip(A), 4, 2_000_000L), (Ip("2001:db8::1"), Ip("2001:db8::2"), 6, 3_000_000L)],
            rtts.Select(rtt => (rtt.Requester, rtt.Responder, (int)rtt.Family, rtt.MaxNs)));
    }

    [Fact]
    public void An_answer_counts_in_the_window_in_which_it_comes_and_a_late_one_too()
    {
        Outputs outputs = Harness.Run([.. Pings(A, B, 8_500, 2_000, 2_000, 2_000, 2_000, 15_000).OrderBy(packet => packet.TimeNs)]);
        Assert.Empty(outputs.Rtts);
        outputs = Harness.Run([.. Pings(A, B, 8_500, 12_000, 12_000, 12_000, 12_000, 15_000).OrderBy(packet => packet.TimeNs)]);
        Assert.Equal(5, outputs.Exchanges.Count(exchange => exchange.Outcome == EchoOutcome.Late));
        Assert.Equal((BaseNs + (2 * WindowNs), 5), (Assert.Single(outputs.Rtts).WindowStartNs, outputs.Rtts[0].Count));
    }

    [Fact]
    public void Only_the_first_true_answer_of_a_request_counts()
    {
        List<Packet> packets = Pings(A, B, 0, 1, 1, 1, 1, 1, 1);
        packets.Add(packets[^1] with { TimeNs = Ms(900) });
        packets.AddRange(Pings(A, "192.0.2.9", 1_000, 1, 1, 1, 1, 1).Select((packet, i) => i % 2 == 1 ? packet with { Payload = 5 } : packet));
        Outputs outputs = Harness.Run(packets);
        Assert.Contains(outputs.Exchanges, exchange => exchange.Outcome == EchoOutcome.Duplicate);
        Assert.Contains(outputs.Exchanges, exchange => exchange.Outcome == EchoOutcome.Mismatch);
        Assert.Equal(6, Assert.Single(outputs.Rtts).Count);
    }

    [Fact]
    public void A_reply_stamped_before_its_request_took_no_time_below_zero()
    {
        List<Packet> packets = Pings(A, B, 0, 1, 1, 1, 1, 1);
        packets.Add(Request(500, A, B, 9) with { Frame = 100 });
        packets.Add(Reply(499, B, A, 9) with { Frame = 101 });
        var harness = new Harness();
        harness.Send(packets);
        Assert.Contains(harness.Finish().Exchanges, exchange => exchange.RttNs == -1_000_000);
        Assert.Equal((1, 5, 0, 0), (harness.Pair.Counters.RttsNegative, harness.Pair.Counters.RttsSummed, harness.Pair.Counters.RttsSparse, harness.Pair.Counters.RttsDropped));
        Assert.Equal(1_000_000, Assert.Single(harness.Outputs.Rtts).MinNs);
    }

    [Fact]
    public void A_record_comes_as_soon_as_event_time_has_passed_its_window()
    {
        var harness = new Harness();
        harness.Send(Envelope(Ms(9_900), 10), Pings(A, B, 9_000, 1, 1, 1, 1, 1));
        Assert.Empty(harness.Outputs.Rtts);
        harness.Send(Envelope(Ms(9_999.999), 10), []);
        Assert.Empty(harness.Outputs.Rtts);
        harness.Send(Envelope(Ms(10_000), 10), []);
        Assert.Single(harness.Outputs.Rtts);
        harness.End(0, Ms(10_000), seen: 10);
        Assert.Single(harness.Finish().Rtts);
    }

    [Fact]
    public void Packets_lost_in_the_window_show_in_its_completeness()
    {
        var harness = new Harness();
        harness.Send(Envelope(Ms(8_000), 90) with { KernelDrops = 10 }, Pings(A, B, 7_000, 1, 1, 1, 1, 1));
        harness.Send(Envelope(Ms(9_999), 100) with { KernelDrops = 25 }, []);
        harness.End(0, Ms(10_500), seen: 200, kernelDrops: 25);
        PairRtt rtt = Assert.Single(harness.Finish().Rtts);
        Assert.InRange(rtt.Completeness, 0.8, 0.9);
    }

    [Fact]
    public void Domains_and_rules_do_not_mix_with_one_another()
    {
        var harness = new Harness();
        harness.Send(Pings(A, B, 0, 1, 1, 1, 1, 1), domain: 1);
        harness.Send(Pings(A, B, 0, 2, 2, 2, 2, 2), stream: 1, domain: 2);
        List<PairRtt> rtts = harness.Finish().Rtts;
        Assert.Equal([(1u, 1_000_000L), (2u, 2_000_000L)], rtts.Select(rtt => (rtt.Domain, rtt.MaxNs)).Order());

        List<Packet> packets = Scenario.Make(4, exchanges: 50, flood: false);
        string[] judged = [.. Harness.Run(packets).Rtts.Select(Outputs.Line)];
        Assert.NotEmpty(judged);
        Assert.Equal(judged, Harness.Run(packets, pair: new PairOptions { Rules = RuleSet.None }).Rtts.Select(Outputs.Line));
    }

    [Fact]
    public void A_pair_with_a_record_keeps_its_place_in_a_flood_of_new_pairs_of_the_next_window_alone()
    {
        string[] flood = [.. Enumerable.Range(0, 60_000).Select(i => $"172.16.{i >> 8}.{i & 255}").Where(to => GroupOf(A, to) == GroupOf(A, B)).Take(20)];
        Assert.Equal(20, flood.Length);
        var tight = new PairOptions { MaxRttPairsPerGroup = 4 };
        List<Packet> packets = [.. Pings(A, B, 0, 1, 1, 1, 1, 1), .. Flood(10_000), .. Pings(A, B, 19_000, 1, 1, 1, 1, 1), .. Flood(30_000), .. Pings(A, B, 39_000, 1, 1, 1, 1, 1)];
        var harness = new Harness(pair: tight);
        harness.Send(packets, batch: 7);
        Outputs outputs = harness.Finish();
        Assert.Equal([BaseNs, BaseNs + WindowNs], outputs.Rtts.Select(rtt => rtt.WindowStartNs));
        Assert.Equal((10, 3 + 4, 17 + 16 + 5), (harness.Pair.Counters.RttsSummed, harness.Pair.Counters.RttsSparse, harness.Pair.Counters.RttsDropped));

        // The same where event time stands still over the quiet window, or goes through it in small steps.
        foreach (int batch in new[] { 1, 200 })
            Assert.Equal(outputs.Text(), Harness.Run(packets, batch: batch, pair: tight).Text());

        IEnumerable<Packet> Flood(double fromMs) => flood.SelectMany((to, i) => Pings(A, to, fromMs + (10 * i), 1));
    }

    [Fact]
    public void Times_that_no_cell_is_left_for_are_counted_in_the_record()
    {
        var harness = new Harness(pair: new PairOptions { MaxRttCellsPerGroup = 2 });
        harness.Send(Pings(A, B, 0, 1, 1, 2, 3, 2, 1, 4));
        PairRtt rtt = Assert.Single(harness.Finish().Rtts);
        Assert.Equal((5, 2, 2_000_000), (rtt.Count, rtt.Dropped, rtt.MaxNs));
        Assert.Equal(2, harness.Pair.Counters.RttsDropped);
    }

    private static byte GroupOf(string a, string b) => KeyGroup.Of(EventKey.Of(Ip(a), Ip(b)));

    private static BatchEnvelope Envelope(long watermarkNs, long seen) => new() { Sensor = "test", Domain = 7, WatermarkNs = watermarkNs, Seen = seen };

    /// <summary>A request every 120 ms, each with its answer behind it: in order of time where no answer takes longer.</summary>
    private static List<Packet> Pings(string from, string to, double startMs, params double[] rttsMs) =>
        [.. rttsMs.SelectMany((rttMs, i) => new[] { Request(startMs + (120 * i), from, to, i), Reply(startMs + (120 * i) + rttMs, to, from, i) })];
}
