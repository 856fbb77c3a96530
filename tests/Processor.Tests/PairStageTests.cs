using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

public class PairStageTests
{
    private const string A = "10.0.0.1";
    private const string B = "10.0.0.2";

    [Fact]
    public void Rates_count_both_roles_by_class_with_distinct_peers_in_ten_second_windows()
    {
        var packets = new List<Packet>();
        for (int i = 0; i < 20; i++)
        {
            packets.Add(Request(i * 100, A, $"10.0.1.{i % 5}", i));
            packets.Add(Reply((i * 100) + 1, $"10.0.1.{i % 5}", A, i));
        }

        packets.Add(Request(15_000, A, B));
        Outputs outputs = Harness.Run(packets);
        SourceRate source = outputs.Rates.Single(r => r.Role == Role.Source && r.Address == Ip(A));
        Assert.Equal((20L, 20L, 0L, 5L), (source.Packets, source.Requests, source.Replies, source.Peers));
        Assert.Equal(20 * 84, source.Bytes);
        Assert.Equal(BaseNs, source.WindowStartNs);
        Assert.Equal(10_000_000_000, source.WindowNs);
        SourceRate destination = outputs.Rates.Single(r => r.Role == Role.Destination && r.Address == Ip(A));
        Assert.Equal((20L, 20L), (destination.Packets, destination.Replies));

        SourceRate[] rest = [.. outputs.Rates.Where(r => r.Address is null).OrderBy(r => r.WindowStartNs).ThenBy(r => r.Role)];
        Assert.Equal([20L, 20L, 1L, 1L], rest.Select(r => r.Packets));
        Assert.Equal([5L, 5L, 1L, 1L], rest.Select(r => r.Peers));
        Assert.Equal(outputs.Processed, outputs.Rates.Where(r => r.Role == Role.Source).Sum(r => r.Packets));
        Assert.Equal(outputs.Processed, outputs.Rates.Where(r => r.Role == Role.Destination).Sum(r => r.Packets));
    }

    [Fact]
    public void Ten_packets_make_a_row_and_nine_do_not()
    {
        Outputs outputs = Harness.Run([.. Enumerable.Range(0, 10).Select(i => Request(i, A, B, i)), .. Enumerable.Range(0, 9).Select(i => Request(i, B, A, i))]);
        Assert.Contains(outputs.Rates, r => r.Role == Role.Source && r.Address == Ip(A));
        Assert.DoesNotContain(outputs.Rates, r => r.Role == Role.Source && r.Address == Ip(B));
    }

    [Fact]
    public void Late_events_are_counted_and_handed_on_and_never_matched()
    {
        Outputs outputs = Harness.Run([Request(0, A, B), Request(2000, A, B, 2), Reply(1, B, A), Reply(2001, B, A, 2)], batch: 1);
        Assert.Equal(1, outputs.Late);
        Assert.Equal([Ms(1)], outputs.LateTimes);
        Assert.Equal([EchoOutcome.Matched, EchoOutcome.Pending], outputs.Exchanges.Select(x => x.Outcome).Order());
    }

    [Fact]
    public void A_record_sent_twice_counts_once()
    {
        var harness = new Harness();
        var envelope = new BatchEnvelope { Domain = 7, WatermarkNs = Ms(0) };
        var buffer = new EventBuffer(8);
        for (int i = 0; i < 3; i++)
            Request(i, A, B, i).AddTo(buffer);
        harness.Pair.Accept(envelope, buffer, harness);
        harness.Pair.Accept(envelope, buffer, harness);

        // The third overlaps by two and brings one more.
        envelope.FirstSequence = 1;
        Request(3, A, B, 3).AddTo(buffer);
        buffer.Events[0] = buffer.Events[1];
        buffer.Events[1] = buffer.Events[2];
        buffer.Events[2] = buffer.Events[3];
        buffer.RemoveLast();
        harness.Pair.Accept(envelope, buffer, harness);
        Assert.Equal((9L, 4L, 5L, 0L), Books(harness));
        envelope.FirstSequence = 10;
        harness.Pair.Accept(envelope, buffer, harness);
        Assert.Equal((12L, 7L, 5L, 6L), Books(harness));
    }

    [Fact]
    public void A_stream_that_was_retired_and_speaks_again_is_live_again()
    {
        var harness = new Harness();
        harness.Send([Request(0, A, B)], stream: 0, final: false);
        harness.Send([Request(1, A, B, 2)], stream: 1, final: false);
        harness.End(1, Ms(0));
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, Stream = 1, WatermarkNs = Ms(100) }, [Request(600, A, B, 3)]);
        Assert.Equal(2, harness.Pair.OpenStreams().Count());
        harness.End(0, Ms(0));
        Assert.False(harness.IsDrained);
        harness.End(1, Ms(100));
        Assert.Equal(3, harness.Finish().Exchanges.Count);
    }

    [Fact]
    public void A_domain_that_has_ended_can_begin_again_with_earlier_times()
    {
        var harness = new Harness();
        harness.Send([Request(50_000, A, B), Reply(50_001, B, A)], run: new RunId(1, 1));
        Assert.True(harness.IsDrained);
        harness.Send([Request(0, A, B), Reply(1, B, A)], run: new RunId(2, 2));
        Outputs outputs = harness.Finish();
        Assert.Equal(2, outputs.Exchanges.Count(x => x.Outcome == EchoOutcome.Matched));
        Assert.Equal(0, outputs.Late);
    }

    [Fact]
    public void Times_from_1970_and_2106_do_not_blow_up_state()
    {
        var packets = new List<Packet>();
        for (int i = 0; i < 50; i++)
        {
            packets.Add(Request(i, A, B, i));
            packets.Add(Request(0, A, B, 1000 + i) with { TimeNs = (i % 5) switch { 0 => 0, 1 => long.MaxValue, 2 => 4_294_967_295_000_000_000, 3 => -5, _ => EarliestNs } });
        }

        var harness = new Harness(pair: new PairOptions { MaxOpenSlots = 16 });
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = BatchEnvelope.NoWatermark }, packets);
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = Ms(0) }, []);
        harness.End(0, Ms(0));
        Outputs outputs = harness.Finish();
        Assert.Equal(100, outputs.Processed);
        Assert.Equal(100, outputs.Exchanges.Count);
    }

    [Fact]
    public void Completeness_says_what_the_kernel_dropped()
    {
        var harness = new Harness();
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = Ms(-500) }, [.. Enumerable.Range(0, 20).Select(i => Request(i, A, B, i))]);
        harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = Ms(20_000), Seen = 60, KernelDrops = 20 }, []);
        harness.End(0, Ms(20_000), seen: 60);
        Outputs outputs = harness.Finish();
        Assert.All(outputs.Exchanges, x => Assert.Equal(0.75, x.Completeness));
        Assert.All(outputs.Rates, r => Assert.Equal(0.75, r.Completeness));
    }

    [Fact]
    public void In_steady_state_nothing_is_allocated_for_an_event() => Assert.Equal(0, AllocatedBySlots(200, RuleSet.None));

    [Fact]
    public void Rules_that_have_nothing_to_say_allocate_nothing_either() => Assert.Equal(0, AllocatedBySlots(200, new RuleSet()));

    /// <summary>Bytes allocated for so many slots with 512 events each.</summary>
    private static long AllocatedBySlots(int slots, RuleSet rules)
    {
        var stage = new PairStage(new PairOptions { Rules = rules });
        var sink = new NullSink();
        var buffer = new EventBuffer(1024);
        long sequence = 0;
        long now = BaseNs;
        for (int i = 0; i < 400; i++)
            Send();
        long allocated = Allocation.Least(() =>
        {
            for (int i = 0; i < slots / 2; i++)
                Send();
        });
        Assert.True(sink.Exchanges > 50_000);
        Assert.True(sink.Partials > 100);
        Assert.True(sink.Rtts > 1_000);
        return allocated;

        void Send()
        {
            buffer.Clear();
            for (int i = 0; i < 512; i++)
            {
                Fill(ref buffer.Add(), Address.FromIpv4(0x0A00_0000u + (uint)i), Address.FromIpv4(0x0B00_0000u + (uint)(i % 40)), 8, i);
                Fill(ref buffer.Add(), Address.FromIpv4(0x0B00_0000u + (uint)(i % 40)), Address.FromIpv4(0x0A00_0000u + (uint)i), 0, i);
            }

            now += 200_000_000;
            stage.Accept(new BatchEnvelope { Domain = 1, FirstSequence = sequence, WatermarkNs = now - 500_000_000 }, buffer, sink);
            sequence += buffer.Count;
        }

        void Fill(ref IcmpEvent e, Address source, Address destination, byte type, int number)
        {
            e.FirstNs = now + (number * 1000) + (type == 0 ? 500 : 0);
            e.Source = source;
            e.Destination = destination;
            e.IpVersion = 4;
            e.Type = type;
            e.Flags = EventFlags.HasIdentifier | EventFlags.HasChecksum;
            e.ChecksumStatus = ChecksumStatus.Good;
            e.RestOfHeader = (uint)number;
            e.MessageBytes = 64;
            e.PayloadCaptured = 56;
            e.Bytes = 84;
        }
    }

    private const long EarliestNs = long.MinValue + 1;

    private static (long, long, long, long) Books(Harness harness)
    {
        PairCounters books = harness.Pair.Counters;
        return (books.Events, books.Processed, books.Duplicate, books.Missing);
    }

    private sealed class NullSink : IPairSink
    {
        public long Exchanges { get; private set; }

        public long Partials { get; private set; }

        public void Accept(in EchoExchange exchange) => Exchanges++;

        public long Rtts { get; private set; }

        public void Accept(PairRtt rtt) => Rtts++;

        public void Accept(PartialBuffer partial) => Partials++;

        public void Accept(Finding finding)
        {
        }

        public void Late(in BatchEnvelope envelope, EventBuffer events, int index) => Assert.Fail("nothing is late here");
    }
}
