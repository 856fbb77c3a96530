using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

/// <summary>Requests to broadcast and multicast addresses, which many answer, each from an address of its own.</summary>
public class CastMatchingTests
{
    private const string A = "10.0.0.1";
    private const string All = "10.0.0.255";

    [Fact]
    public void Each_answer_to_a_broadcast_is_an_exchange_of_its_own()
    {
        List<EchoExchange> exchanges = Exchanges(Request(0, A, All), Reply(1, Host(2), A), Reply(1.5, Host(3), A), Reply(2, Host(4), A), Other(20_000));
        Assert.Equal(["10.0.0.2", "10.0.0.3", "10.0.0.4"], exchanges.Select(x => x.Responder.ToString()).Order(StringComparer.Ordinal));
        EchoExchange second = exchanges.Single(x => x.Responder == Ip("10.0.0.3"));
        Assert.Equal((EchoOutcome.Matched, 1_500_000L, (byte)8, (byte)4), (second.Outcome, second.RttNs, second.Type, second.Family));
        Assert.Equal((Ip(A), Ms(0), Ms(1.5), 64u, 64u, 1.0), (second.Requester, second.RequestNs, second.ReplyNs, second.RequestBytes, second.ReplyBytes, second.Completeness));
        Assert.All(exchanges, x => Assert.Equal(EchoOutcome.Matched, x.Outcome));
    }

    [Theory]
    [InlineData("224.0.0.1", "10.0.0.7")]
    [InlineData("255.255.255.255", "10.0.0.7")]
    [InlineData("192.0.2.0", "192.0.2.9")]
    public void Multicast_limited_broadcast_and_network_addresses_are_asked_the_same_way(string to, string responder) =>
        Assert.Equal([EchoOutcome.Matched], Outcomes(Request(0, A, to), Reply(1, responder, A), Other(20_000)));

    [Fact]
    public void All_nodes_of_version_6_answer()
    {
        List<EchoExchange> exchanges = Exchanges(Request(0, "fe80::1", "ff02::1"), Reply(1, "fe80::2", "fe80::1"), Reply(2, "fe80::3", "fe80::1"), Other(20_000));
        Assert.Equal([(EchoOutcome.Matched, (byte)6, (byte)128), (EchoOutcome.Matched, (byte)6, (byte)128)], exchanges.Select(x => (x.Outcome, x.Family, x.Type)));
    }

    [Theory]
    [InlineData(13, 14)]
    [InlineData(17, 18)]
    public void Other_types_of_requests_are_answered_by_many_too(byte request, byte reply)
    {
        EchoExchange exchange = Assert.Single(Exchanges(Request(0, A, All) with { Type = request }, Reply(1, Host(2), A, payload: 9) with { Type = reply }, Other(20_000)));
        Assert.Equal((EchoOutcome.Matched, request), (exchange.Outcome, exchange.Type));
    }

    [Fact]
    public void A_request_that_nobody_answers_is_told_of_once()
    {
        EchoExchange timeout = Assert.Single(Exchanges(Request(0, A, All), Other(20_000)));
        Assert.Equal((EchoOutcome.Timeout, Ip(All), Ms(0)), (timeout.Outcome, timeout.Responder, timeout.RequestNs));
        Assert.Equal([EchoOutcome.Pending], Outcomes(Request(0, A, All), Other(9_000)));
    }

    [Fact]
    public void An_answer_of_another_type_identifier_sequence_or_requester_is_unsolicited_and_leaves_the_request_alone()
    {
        foreach (Packet stray in new[] { Reply(1, Host(2), A) with { Type = 14 }, Reply(1, Host(2), A, sequence: 2), Reply(1, Host(2), A, identifier: 2), Reply(1, Host(2), Host(9)) })
            Assert.Equal([EchoOutcome.Timeout, EchoOutcome.Unsolicited], Outcomes(Request(0, A, All), stray, Other(20_000)));
    }

    [Fact]
    public void An_answer_at_the_timeout_matches_and_one_behind_it_is_late()
    {
        Assert.Equal([EchoOutcome.Matched], Outcomes(Request(0, A, All), Reply(10_000, Host(2), A), Other(20_000)));
        Assert.Equal([EchoOutcome.Timeout, EchoOutcome.Late], Outcomes(Request(0, A, All), Reply(10_001, Host(2), A), Other(20_000)));
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Late], Outcomes(Request(0, A, All), Reply(1, Host(2), A), Reply(10_001, Host(3), A), Other(20_000)));
        Assert.Equal([EchoOutcome.Timeout, EchoOutcome.Late], Outcomes(Request(0, A, All), Reply(60_000, Host(2), A), Other(70_000)));
        Assert.Equal([EchoOutcome.Timeout, EchoOutcome.Unsolicited], Outcomes(Request(0, A, All), Reply(60_001, Host(2), A), Other(70_000)));
    }

    [Fact]
    public void A_second_answer_of_the_same_host_is_a_duplicate_until_the_timeout()
    {
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Matched, EchoOutcome.Duplicate], Outcomes(Request(0, A, All), Reply(1, Host(2), A), Reply(2, Host(2), A), Reply(3, Host(3), A), Other(20_000)));
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Unsolicited], Outcomes(Request(0, A, All), Reply(1, Host(2), A), Reply(10_001, Host(2), A), Other(20_000)));
        Assert.Equal([EchoOutcome.Timeout, EchoOutcome.Late, EchoOutcome.Duplicate], Outcomes(Request(0, A, All), Reply(11_000, Host(2), A), Reply(12_000, Host(2), A), Other(20_000)));
    }

    [Fact]
    public void Another_payload_is_a_mismatch_of_that_host_alone_and_its_true_answer_still_matches()
    {
        Assert.Equal([EchoOutcome.Mismatch], Outcomes(Request(0, A, All), Reply(1, Host(2), A, payload: 9), Other(20_000)));
        Assert.Equal(
            [EchoOutcome.Matched, EchoOutcome.Matched, EchoOutcome.Mismatch],
            Outcomes(Request(0, A, All), Reply(1, Host(2), A, payload: 9), Reply(2, Host(3), A), Reply(3, Host(2), A), Other(20_000)));
    }

    [Fact]
    public void Checksums_of_version_4_tell_payloads_apart_and_those_of_version_6_say_nothing_where_addresses_change()
    {
        // The reply's checksum is the request's, and 0x0800 for the type; the wrong one is of another payload.
        Packet request = Cut(Request(0, A, All)) with { Checksum = 0x1234 }, reply = Cut(Reply(1, Host(2), A));
        Assert.Equal([EchoOutcome.Matched], Outcomes(request, reply with { Checksum = 0x1A34 }, Other(20_000)));
        Assert.Equal([EchoOutcome.Mismatch], Outcomes(request, reply with { Checksum = 0x7777 }, Other(20_000)));
        Assert.Equal([EchoOutcome.Matched], Outcomes(Cut(Request(0, "fe80::1", "ff02::1")), Cut(Reply(1, "fe80::2", "fe80::1")) with { Checksum = 0x7777 }, Other(20_000)));
    }

    [Fact]
    public void A_repeated_number_belongs_to_the_newest_request_whose_payload_it_carries()
    {
        List<EchoExchange> exchanges = Exchanges(Request(0, A, All, payload: 1), Request(10, A, All, payload: 2), Reply(20, Host(2), A, payload: 1), Reply(21, Host(2), A, payload: 2), Other(20_000));
        Assert.Equal([(EchoOutcome.Matched, 20_000_000L), (EchoOutcome.Matched, 11_000_000L)], exchanges.Select(x => (x.Outcome, x.RttNs!.Value)));
    }

    [Fact]
    public void What_answers_from_the_very_address_is_an_ordinary_exchange()
    {
        // x.x.x.255 and x.x.x.0 are hosts in a larger network.
        Assert.Equal([EchoOutcome.Matched], Outcomes(Request(0, A, All), Reply(1, All, A), Other(20_000)));
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Matched], Outcomes(Request(0, A, All), Reply(1, All, A), Reply(2, Host(2), A), Other(20_000)));
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Duplicate], Outcomes(Request(0, A, All), Reply(1, All, A), Reply(2, All, A), Other(20_000)));
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Unsolicited], Outcomes(Request(0, A, All), Reply(1, All, A), Reply(11_000, All, A), Other(20_000)));
    }

    [Fact]
    public void An_error_is_told_of_instead_of_the_timeout_and_answers_still_match()
    {
        Assert.Equal([EchoOutcome.Error], Outcomes(Request(0, A, All), Error(1, "10.0.0.254", A, All), Other(20_000)));
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Error], Outcomes(Request(0, A, All), Error(1, "10.0.0.254", A, All), Reply(2, Host(2), A), Other(20_000)));
    }

    [Fact]
    public void Replies_folded_of_the_very_address_make_the_request_untracked() => Assert.Equal(
        [EchoOutcome.Untracked], Outcomes(Request(0, A, All), Reply(1, All, A) with { Count = 9, SpanNs = 1000 }, Other(20_000)));

    [Fact]
    public void An_answer_before_its_request_matches_where_another_stream_saw_it_and_not_of_the_same_one()
    {
        Assert.Equal([EchoOutcome.Timeout, EchoOutcome.Unsolicited], Outcomes(Reply(0, Host(2), A), Request(1, A, All), Other(20_000)));
        EchoExchange exchange = Assert.Single(TwoStreams([Request(400, A, All)], [Reply(0, Host(2), A)], new RunId(1, 1), new RunId(1, 1)));
        Assert.Equal((EchoOutcome.Matched, -400_000_000L), (exchange.Outcome, exchange.RttNs));
        Assert.Equal(
            [EchoOutcome.Timeout, EchoOutcome.Unsolicited],
            TwoStreams([Request(501, A, All)], [Reply(0, Host(2), A)], new RunId(1, 1), new RunId(1, 1)).Select(x => x.Outcome).Order());
    }

    [Fact]
    public void Round_trip_times_are_absent_where_two_runs_saw_the_halves()
    {
        EchoExchange exchange = Assert.Single(TwoStreams([Request(0, A, All)], [Reply(5, Host(2), A)], new RunId(1, 1), new RunId(2, 2)));
        Assert.Equal((EchoOutcome.Matched, null), (exchange.Outcome, exchange.RttNs));
    }

    [Fact]
    public void Losses_at_either_end_are_told()
    {
        var harness = new Harness(4, 4);
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = Ms(-1000) }, []);
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = Ms(3000), Seen = 30, KernelDrops = 10 }, [Request(0, A, All) with { Frame = 1 }, Reply(1, Host(2), A) with { Frame = 2 }]);
        harness.End(0, Ms(20_000), seen: 30, kernelDrops: 10);
        Assert.Equal(0.75, Assert.Single(harness.Finish().Exchanges).Completeness);
    }

    [Fact]
    public void Both_stages_count_what_they_put_out()
    {
        var harness = new Harness();
        harness.Send([Request(0, A, Host(9)), Request(1, A, All, 2), Reply(2, Host(9), A), Reply(3, Host(2), A, 2), Reply(4, Host(3), A, 3), Other(20_000)]);
        Outputs outputs = harness.Finish();
        Assert.Equal((1, 0), (harness.Pair.Counters.Exchanges(EchoOutcome.Matched), harness.Pair.Counters.Exchanges(EchoOutcome.Unsolicited)));
        Assert.Equal((1, 1), (harness.Host.Counters.Exchanges(EchoOutcome.Matched), harness.Host.Counters.Exchanges(EchoOutcome.Unsolicited)));
        Assert.Equal(3, outputs.Exchanges.Count);
    }

    [Fact]
    public void Requests_beyond_what_is_forwarded_are_the_pair_stages_own_and_counted()
    {
        const int more = 5;
        List<Packet> packets = [.. Enumerable.Range(0, CandidateOutbox.MaxRequestsPerGroup + more).Select(i => Request(i, A, All, i))];
        packets.AddRange(Enumerable.Range(0, CandidateOutbox.MaxRequestsPerGroup + more).Select(i => Reply(200 + (100 * (i / 8)), Host(2), A, i)));
        packets.Add(Other(20_000));
        var harness = new Harness();
        harness.Send(packets);
        Outputs outputs = harness.Finish();
        Assert.Equal(CandidateOutbox.MaxRequestsPerGroup, outputs.Exchanges.Count(x => x.Outcome == EchoOutcome.Matched));
        Assert.Equal((more, more), (outputs.Exchanges.Count(x => x.Outcome == EchoOutcome.Timeout), outputs.Exchanges.Count(x => x.Outcome == EchoOutcome.Unsolicited)));
        Assert.Equal(more, harness.Pair.Counters.Unforwarded);
        Assert.Equal((more, 0), (harness.Pair.Counters.Exchanges(EchoOutcome.Timeout), harness.Pair.Counters.Exchanges(EchoOutcome.Unsolicited)));
    }

    [Fact]
    public void Replies_beyond_what_is_forwarded_are_unsolicited_at_once_and_counted()
    {
        const int more = 7;
        List<Packet> packets = [.. Enumerable.Range(0, CandidateOutbox.MaxRepliesPerGroup + more).Select(i => Reply(i, Host(2), A, i)), Other(20_000)];
        var harness = new Harness();
        harness.Send(packets);
        Outputs outputs = harness.Finish();
        Assert.Equal(packets.Count - 1, outputs.Exchanges.Count(x => x.Outcome == EchoOutcome.Unsolicited));
        Assert.Equal((more, more), (harness.Pair.Counters.Unforwarded, harness.Pair.Counters.Exchanges(EchoOutcome.Unsolicited)));
        Assert.Equal(outputs.Text(), Harness.Run(packets, 4, 4, 3).Text());
    }

    [Fact]
    public void A_request_that_the_pair_stage_drops_is_untracked_unless_somebody_answers()
    {
        var options = new PairOptions { Echo = new EchoOptions { MaxPerGroup = 4 } };
        List<Packet> packets = [.. Enumerable.Range(0, 6).Select(i => Request(i, A, All, i)), Reply(10, Host(2), A, 0), Other(20_000)];
        Outputs outputs = Harness.Run(packets, pair: options);
        Assert.Equal([(0, EchoOutcome.Matched), (1, EchoOutcome.Untracked), (2, EchoOutcome.Timeout), (3, EchoOutcome.Timeout), (4, EchoOutcome.Timeout), (5, EchoOutcome.Timeout)],
            outputs.Exchanges.Select(x => ((int)x.Sequence, x.Outcome)).Order());
    }

    [Fact]
    public void Any_casts_give_the_same_output_for_any_partitions_batches_and_restarts()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            List<Packet> packets = [.. Casts.Some(seed).Concat([Other(45_000)]).OrderBy(p => p.TimeNs).Select((p, i) => p with { Frame = i + 1 })];
            string expected = Harness.Run(packets).Text();
            Assert.Equal(expected, Harness.Run(packets, 4, 1, 1 + (seed % 40)).Text());
            Assert.Equal(expected, Harness.Run(packets, 1, 4, 7).Text());
            Assert.Equal(expected, Harness.Run(Scenario.Shuffle(packets, seed, 499_000_000), 16, 8, 1 + (seed % 9)).Text());
            var harness = new Harness(2, 2);
            int handled = 0;
            harness.AfterPartition = () => { if (handled++ % 5 == seed % 5) harness.SaveAndLoad(); };
            harness.Send(packets, batch: 3);
            Assert.Equal(expected, harness.Finish().Text());
        }
    }

    [Fact]
    public void Every_outcome_comes_of_casts()
    {
        var outcomes = new HashSet<EchoOutcome>();
        for (int seed = 0; seed < 60; seed++)
        {
            List<Packet> packets = [.. Casts.Some(seed).OrderBy(p => p.TimeNs).Select((p, i) => p with { Frame = i + 1 }), Other(40_000)];
            outcomes.UnionWith(Harness.Run(packets).Exchanges.Where(x => x.Identifier == 500).Select(x => x.Outcome));
        }

        Assert.Equal(Enum.GetValues<EchoOutcome>().Where(outcome => outcome is not (EchoOutcome.Unknown or EchoOutcome.Pending)).Order(), outcomes.Order());
    }

    [Fact]
    public void A_query_finds_an_open_request_to_many()
    {
        var harness = new Harness();
        harness.Send([Request(0, A, All), Other(2_000)], final: false);
        var found = new List<OpenExchange>();
        harness.Pair.CollectOpen(Ip(A), Ip(All), 10, found);
        Assert.Equal((Ip(A), Ip(All), "Open"), (Assert.Single(found).Requester, found[0].Responder, found[0].State));
    }

    private static Packet Cut(Packet packet) => packet with { Flags = packet.Flags | EventFlags.Cut, ChecksumStatus = ChecksumStatus.Unverified };

    private static string Host(int number) => $"10.0.0.{number}";

    /// <summary>Something else that happens at a time, so that time passes.</summary>
    private static Packet Other(double ms) => new() { TimeNs = Ms(ms), Source = Ip("198.51.100.1"), Destination = Ip("198.51.100.2"), Type = 5, Flags = EventFlags.None };

    private static List<EchoExchange> Exchanges(params Packet[] packets)
    {
        List<EchoExchange> exchanges = Harness.Run(packets, 4, 4).Exchanges;
        exchanges.Sort((a, b) => ResultOrder.Compare(a, b));
        return exchanges;
    }

    private static List<EchoOutcome> Outcomes(params Packet[] packets) => [.. Exchanges(packets).Select(x => x.Outcome).Order()];

    private static List<EchoExchange> TwoStreams(List<Packet> first, List<Packet> second, RunId firstRun, RunId secondRun)
    {
        var harness = new Harness(2, 2);
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, Run = firstRun, Stream = 0, WatermarkNs = Ms(-600) }, []);
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, Run = secondRun, Stream = 1, WatermarkNs = Ms(-600) }, []);
        harness.Send([.. first, Other(20_000)], stream: 0, run: firstRun, final: false);
        harness.Send([.. second, Other(20_000)], stream: 1, run: secondRun, final: false);
        harness.End(0, Ms(20_000), run: firstRun);
        harness.End(1, Ms(20_000), run: secondRun);
        return harness.Finish().Exchanges;
    }
}
