using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

/// <summary>Several sensors in one domain: disjoint, overlapping, on either side of an asymmetric path.</summary>
public class SensorTests
{
    private const string A = "10.0.0.1";
    private const string B = "10.0.0.2";
    private static readonly RunId First = new(1, 1);
    private static readonly RunId Second = new(2, 2);
    private static readonly PairOptions Dedup = new() { DedupWindowNs = 500_000_000 };

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void What_two_overlapping_sensors_saw_counts_once(int partitions)
    {
        List<Packet> packets = Scenario.Make(3, exchanges: 200, flood: false, Attacks.Each(3));
        Packet[] shifted = [.. packets.Select(p => p with { TimeNs = p.TimeNs + 7_000_000 })];
        Outputs both = Two([.. packets], shifted, partitions, Dedup);
        Outputs one = Two([.. packets], [], partitions, Dedup);
        Assert.Equal(one.Text(), both.Text());
        Assert.InRange(one.Alerts.Select(alert => alert.Rule).Distinct().Count(), 12, int.MaxValue);
        Assert.NotEqual(one.Text(), Two([.. packets], shifted, partitions, new PairOptions()).Text());
    }

    [Fact]
    public void One_sensor_alone_has_no_copies_however_alike_its_packets_are()
    {
        Packet[] alike = [.. Enumerable.Range(0, 50).Select(i => Request(i, A, B))];
        Assert.Equal(50, Two(alike, [], 1, Dedup).Rates.Single(r => r.Role == Role.Source).Packets);
    }

    [Fact]
    public void Beyond_the_window_the_same_packet_is_another()
    {
        Packet[] again = [.. Enumerable.Range(0, 20).Select(i => Request(2000 + i, A, B, i))];
        Packet[] first = [.. Enumerable.Range(0, 20).Select(i => Request(i, A, B, i))];
        Assert.Equal(40, Two(first, again, 1, Dedup).Rates.Single(r => r.Role == Role.Source).Packets);
    }

    [Fact]
    public void A_request_on_one_sensor_and_its_reply_on_another_match_without_a_round_trip_time()
    {
        // The second clock is 400 ms behind: the reply is stamped before its request.
        Outputs outputs = Two([Request(500, A, B), Request(900, A, B, 2)], [Reply(101, B, A), Reply(901, B, A, 2)], 1, new PairOptions());
        Assert.Equal(2, outputs.Exchanges.Count);
        Assert.All(outputs.Exchanges, x => Assert.Equal(EchoOutcome.Matched, x.Outcome));
        Assert.All(outputs.Exchanges, x => Assert.Null(x.RttNs));
    }

    [Fact]
    public void What_one_sensor_lost_is_missing_from_every_rate_exchange_and_alert()
    {
        Packet[] flood = [.. Enumerable.Range(0, 9000).Select(i => Request(i / 3.0, A, B, i))];
        var harness = new Harness();
        harness.Send(Envelope(First, BatchEnvelope.NoWatermark), []);
        harness.Send(Envelope(Second, BatchEnvelope.NoWatermark), []);
        for (int i = 0; i < flood.Length; i += 90)
        {
            harness.Send(Envelope(First, flood[i].TimeNs - 500_000_000) with { Seen = i + 90 }, flood[i..(i + 90)]);
            harness.Send(Envelope(Second, flood[i].TimeNs - 500_000_000) with { Seen = i + 90, KernelDrops = (i + 90) / 2, Shed = (i + 90) / 2 }, []);
        }

        harness.End(0, flood[^1].TimeNs - 500_000_000, run: First, seen: flood.Length);
        harness.End(0, flood[^1].TimeNs - 500_000_000, run: Second, seen: flood.Length, kernelDrops: flood.Length / 2, shed: flood.Length / 2);
        Outputs outputs = harness.Finish();
        Assert.NotEmpty(outputs.Alerts);
        // The first kept 90 of 90 in each step, the second 45 of 135: 135 of 225.
        Assert.All(outputs.Exchanges, x => Assert.Equal(0.6, x.Completeness, 0.01));
        Assert.All(outputs.Rates, x => Assert.Equal(0.6, x.Completeness, 0.01));
        Assert.All(outputs.Alerts, x => Assert.Equal(0.6, x.Completeness, 0.01));
    }

    private static Outputs Two(Packet[] first, Packet[] second, int partitions, PairOptions options)
    {
        var harness = new Harness(partitions, partitions, options);
        harness.Send(Envelope(First, BatchEnvelope.NoWatermark), []);
        harness.Send(Envelope(Second, BatchEnvelope.NoWatermark), []);
        long frame = 0;
        foreach (Packet[] packets in (Packet[][])[first, second])
        {
            RunId run = packets == first ? First : Second;
            for (int i = 0; i < packets.Length; i += 50)
            {
                Packet[] batch = [.. packets[i..Math.Min(packets.Length, i + 50)].Select(p => p with { Frame = ++frame })];
                harness.Send(Envelope(run, batch.Max(p => p.TimeNs) - 500_000_000), batch);
            }
        }

        harness.End(0, Ms(0), run: First);
        harness.End(0, Ms(0), run: Second);
        return harness.Finish();
    }

    private static BatchEnvelope Envelope(RunId run, long watermarkNs) => new() { Sensor = "test", Domain = 7, Run = run, WatermarkNs = watermarkNs };
}
