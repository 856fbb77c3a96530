using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

public class EchoMatchingTests
{
    private const string A = "10.0.0.1";
    private const string B = "10.0.0.2";

    [Fact]
    public void A_reply_matches_its_request_with_the_round_trip_time()
    {
        EchoExchange exchange = Assert.Single(Exchanges(Request(0, A, B), Reply(1.5, B, A)));
        Assert.Equal(EchoOutcome.Matched, exchange.Outcome);
        Assert.Equal(1_500_000, exchange.RttNs);
        Assert.Equal(Ms(0), exchange.RequestNs);
        Assert.Equal(Ms(1.5), exchange.ReplyNs);
        Assert.Equal(Ip(A), exchange.Requester);
        Assert.Equal(Ip(B), exchange.Responder);
        Assert.Equal((byte)8, exchange.Type);
        Assert.Equal((byte)4, exchange.Family);
        Assert.Equal(64u, exchange.RequestBytes);
        Assert.Equal(1.0, exchange.Completeness);
    }

    [Theory]
    [InlineData(8, 0)]
    [InlineData(13, 14)]
    [InlineData(15, 16)]
    [InlineData(17, 18)]
    [InlineData(42, 43)]
    public void Every_request_type_of_version_4_meets_its_reply_type(byte request, byte reply)
    {
        EchoExchange exchange = Assert.Single(Exchanges(Request(0, A, B) with { Type = request }, Reply(1, B, A) with { Type = reply }));
        Assert.Equal((EchoOutcome.Matched, request), (exchange.Outcome, exchange.Type));
    }

    [Theory]
    [InlineData(128, 129)]
    [InlineData(160, 161)]
    public void Every_request_type_of_version_6_meets_its_reply_type(byte request, byte reply)
    {
        EchoExchange exchange = Assert.Single(Exchanges(
            Request(0, "2001:db8::1", "2001:db8::2") with { Type = request }, Reply(1, "2001:db8::2", "2001:db8::1") with { Type = reply }));
        Assert.Equal((EchoOutcome.Matched, request, (byte)6), (exchange.Outcome, exchange.Type, exchange.Family));
    }

    [Fact]
    public void A_reply_of_another_type_answers_nothing() =>
        Assert.Equal([EchoOutcome.Unsolicited, EchoOutcome.Pending], Outcomes(Request(0, A, B), Reply(1, B, A) with { Type = 14 }));

    [Fact]
    public void A_request_without_reply_times_out_after_ten_seconds_of_event_time()
    {
        Assert.Equal([EchoOutcome.Timeout], Outcomes(Request(0, A, B), Other(10_600)));
        Assert.Equal([EchoOutcome.Pending], Outcomes(Request(0, A, B), Other(10_400)));
    }

    [Fact]
    public void A_reply_at_the_timeout_matches_and_one_behind_it_is_late()
    {
        Assert.Equal([EchoOutcome.Matched], Outcomes(Request(0, A, B), Reply(10_000, B, A)));
        Assert.Equal([EchoOutcome.Timeout, EchoOutcome.Late], Outcomes(Request(0, A, B), Reply(10_001, B, A), Other(12_000)));
        EchoExchange late = Exchanges(Request(0, A, B), Reply(10_001, B, A), Other(12_000)).Single(x => x.Outcome == EchoOutcome.Late);
        Assert.Equal(10_001_000_000, late.RttNs);
    }

    [Fact]
    public void A_reply_more_than_a_minute_behind_is_unsolicited() =>
        Assert.Equal([EchoOutcome.Timeout, EchoOutcome.Unsolicited], Outcomes(Request(0, A, B), Reply(60_001, B, A), Other(62_000)));

    [Fact]
    public void A_second_reply_is_a_duplicate() =>
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Duplicate], Outcomes(Request(0, A, B), Reply(1, B, A), Reply(2, B, A)));

    [Fact]
    public void A_reply_to_nothing_is_unsolicited()
    {
        EchoExchange exchange = Assert.Single(Exchanges(Reply(1, B, A)));
        Assert.Equal(EchoOutcome.Unsolicited, exchange.Outcome);
        Assert.Null(exchange.RequestNs);
        Assert.Null(exchange.RttNs);
        Assert.Equal(Ip(A), exchange.Requester);
    }

    [Fact]
    public void A_reply_with_another_payload_is_a_mismatch_and_the_true_reply_still_matches()
    {
        Assert.Equal([EchoOutcome.Mismatch], Outcomes(Request(0, A, B), Reply(1, B, A, payload: 9), Other(20_000)));
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Mismatch], Outcomes(Request(0, A, B), Reply(1, B, A, payload: 9), Reply(2, B, A)));
    }

    [Fact]
    public void Where_a_request_repeats_the_reply_belongs_to_the_newest_that_has_its_payload()
    {
        EchoExchange[] found = Exchanges(Request(0, A, B), Request(1000, A, B), Reply(1001, B, A), Other(20_000));
        Assert.Equal(Ms(1000), found.Single(x => x.Outcome == EchoOutcome.Matched).RequestNs);
        Assert.Equal(Ms(0), found.Single(x => x.Outcome == EchoOutcome.Timeout).RequestNs);

        found = Exchanges(Request(0, A, B, payload: 5), Request(10, A, B, payload: 6), Reply(11, B, A, payload: 5), Reply(12, B, A, payload: 6));
        Assert.Equal(2, found.Length);
        Assert.All(found, x => Assert.Equal(EchoOutcome.Matched, x.Outcome));
        Assert.Contains(found, x => x.RequestNs == Ms(0) && x.ReplyNs == Ms(11));
    }

    [Fact]
    public void A_time_exceeded_that_quotes_the_request_is_an_error_with_its_sender()
    {
        EchoExchange exchange = Assert.Single(Exchanges(Request(0, A, B), Error(2, "192.0.2.1", A, B), Other(20_000)));
        Assert.Equal(EchoOutcome.Error, exchange.Outcome);
        Assert.Equal(((byte?)11, (byte?)0), (exchange.ErrorType, exchange.ErrorCode));
        Assert.Equal(Ip("192.0.2.1"), exchange.ErrorSource);
        Assert.Equal(Ms(2), exchange.ReplyNs);
        Assert.Null(exchange.RttNs);
    }

    [Fact]
    public void A_redirect_does_not_end_an_exchange() =>
        Assert.Equal([EchoOutcome.Matched], Outcomes(Request(0, A, B), Error(1, "192.0.2.1", A, B, type: 5), Reply(2, B, A)));

    [Fact]
    public void Where_the_capture_cut_the_payload_the_checksums_decide()
    {
        const EventFlags cut = EventFlags.HasIdentifier | EventFlags.HasChecksum | EventFlags.Cut;
        Packet request = Request(0, A, B, payload: 1) with { Checksum = 0x1234, Flags = cut, ChecksumStatus = ChecksumStatus.Unverified };
        Packet same = Reply(1, B, A, payload: 2) with { Checksum = 0x1A34, Flags = cut, ChecksumStatus = ChecksumStatus.Unverified };
        Assert.Equal([EchoOutcome.Matched], Outcomes(request, same));
        Assert.Equal([EchoOutcome.Mismatch], Outcomes(request, same with { Checksum = 0x1A35 }));
        Assert.Equal([EchoOutcome.Matched], Outcomes(request, same with { Checksum = 0x1A35, ChecksumStatus = ChecksumStatus.Bad }));
    }

    [Theory]
    [InlineData(0xF900, 0x0800, 0x0000, 0x0101)]
    [InlineData(0x1234, 0x8000, 0x8100, 0x1134)]
    [InlineData(0xF7FF, 0x0800, 0x0000, 0x0000)]
    [InlineData(0x0000, 0x8000, 0x8100, 0xFEFF)]
    public void The_reply_checksum_follows_from_the_request_and_the_first_words(int request, int requestWord, int replyWord, int expected) =>
        Assert.Equal((ushort)expected, PayloadComparison.ExpectedReplyChecksum((ushort)request, (ushort)requestWord, (ushort)replyWord));

    [Fact]
    public void A_reply_stamped_before_its_request_matches_where_the_capture_has_it_behind()
    {
        EchoExchange exchange = Assert.Single(Exchanges(
            Request(1, A, B) with { Frame = 3 }, Reply(0.974, B, A) with { Frame = 4 }));
        Assert.Equal((EchoOutcome.Matched, -26_000L), (exchange.Outcome, exchange.RttNs!.Value));
        Assert.Equal([EchoOutcome.Unsolicited, EchoOutcome.Pending], Outcomes(
            Request(1, A, B) with { Frame = 4 }, Reply(0.974, B, A) with { Frame = 3 }));
    }

    [Fact]
    public void Two_clocks_give_a_match_without_round_trip_time()
    {
        var harness = new Harness();
        harness.Send([Request(0, A, B)], stream: 0, final: false, run: new RunId(1, 1));
        harness.Send([Reply(1, B, A)], stream: 0, final: false, run: new RunId(2, 2));
        harness.End(0, Ms(0), run: new RunId(1, 1));
        harness.End(0, Ms(0), run: new RunId(2, 2));
        EchoExchange exchange = Assert.Single(harness.Finish().Exchanges);
        Assert.Equal(EchoOutcome.Matched, exchange.Outcome);
        Assert.Null(exchange.RttNs);
    }

    [Fact]
    public void Folded_requests_make_replies_untracked_and_folded_replies_make_requests_untracked()
    {
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Untracked], Outcomes(
            Request(0, A, B, 1), Request(1, A, B, 2) with { Count = 10, SpanNs = 5_000_000 }, Reply(2, B, A, 1), Reply(3, B, A, 3)));
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Untracked], Outcomes(
            Request(0, A, B, 1), Request(1, A, B, 2), Reply(2, B, A, 1), Reply(3, B, A, 9) with { Count = 5 }));
    }

    [Fact]
    public void Domains_do_not_mix()
    {
        var harness = new Harness();
        harness.Send([Request(0, A, B)], domain: 1, run: new RunId(1, 1));
        harness.Send([Reply(1, B, A)], domain: 2, run: new RunId(2, 2));
        Assert.Equal([EchoOutcome.Unsolicited, EchoOutcome.Pending], harness.Finish().Exchanges.Select(x => x.Outcome).Order());
    }

    [Fact]
    public void Beyond_the_limit_the_loudest_pair_loses_its_oldest_and_the_quiet_one_nothing()
    {
        // Both pairs in one key group: the same two addresses, asked from either side.
        var packets = new List<Packet> { Request(0, B, A, 1) };
        for (int i = 0; i < 50; i++)
            packets.Add(Request(1 + i, A, B, 100 + i));
        packets.Add(Reply(100, A, B, 1));
        packets.Add(Reply(101, B, A, 100));
        var options = new PairOptions { Echo = new EchoOptions { MaxPerGroup = 10 } };
        Outputs outputs = Harness.Run(packets, pair: options);
        Assert.Equal(EchoOutcome.Matched, outputs.Exchanges.Single(x => x.Sequence == 1).Outcome);
        Assert.Equal([EchoOutcome.Untracked, EchoOutcome.Untracked], outputs.Exchanges.Where(x => x.Sequence == 100).Select(x => x.Outcome));
        Assert.Equal(9, outputs.Exchanges.Count(x => x.Outcome == EchoOutcome.Pending));
    }

    private static Packet Other(double ms) => Request(ms, "10.9.9.9", "10.9.9.8") with { Type = 9, Flags = EventFlags.None };

    private static EchoExchange[] Exchanges(params Packet[] packets) =>
        [.. Harness.Run([.. packets.Select((p, i) => p with { Frame = p.Frame == 0 ? i + 1 : p.Frame })]).Exchanges];

    private static EchoOutcome[] Outcomes(params Packet[] packets) => [.. Exchanges(packets).Select(x => x.Outcome).Order()];
}
