using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

/// <summary>Rules from both sides of any threshold, whatever the settings; and what an alert's id rests on.</summary>
public class RulePropertyTests
{
    private const string A = "10.0.0.2", B = "10.0.0.3";

    [Fact]
    public void A_flood_opens_at_its_threshold_and_never_one_packet_below() =>
        Prop.ForAll(Gen.Choose(20, 600).ToArbitrary(), Gen.Elements(false, true).ToArbitrary(), (perSecond, isBelow) =>
        {
            var options = new FloodOptions { PacketsPerSecond = perSecond, HighPacketsPerSecond = 10_000, CriticalPacketsPerSecond = 100_000 };
            var rules = new RuleSet { FloodDestination = options, FloodSource = new FloodOptions { Enabled = false }, FloodPrefix = new FloodOptions { Enabled = false } };
            int packets = (5 * perSecond) - (isBelow ? 1 : 0);
            return Opened("flood.destination", rules, Enumerable.Range(0, packets).Select(i => Request(i * 5000.0 / packets, A, B, i & 0xFFFF))) == (isBelow ? 0 : 1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_sweep_opens_at_its_number_of_addresses_and_never_one_below() =>
        Prop.ForAll(Gen.Choose(2, 64).ToArbitrary(), Gen.Choose(2, 30).ToArbitrary(), Gen.Elements(false, true).ToArbitrary(), (addresses, seconds, isBelow) =>
        {
            var rules = new RuleSet { Sweep = new DistinctOptions { Addresses = addresses, Seconds = seconds } };
            int asked = addresses - (isBelow ? 1 : 0);
            double gapMs = seconds * 900.0 / addresses;
            return Opened("sweep", rules, Enumerable.Range(0, asked).SelectMany(i => new[]
            {
                Request(50 + (i * gapMs), A, $"10.1.0.{i + 1}", i),
                Request(51 + (i * gapMs), A, $"10.1.0.{Math.Max(1, i)}", i, 2),
            })) == (isBelow ? 0 : 1);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Malformed_messages_open_at_their_threshold_and_never_one_below() =>
        Prop.ForAll(Gen.Choose(2, 60).ToArbitrary(), Gen.Elements(false, true).ToArbitrary(), (perSecond, isBelow) =>
        {
            var rules = new RuleSet
            {
                Malformed = new FloodOptions { PacketsPerSecond = perSecond, HighPacketsPerSecond = long.MaxValue, CriticalPacketsPerSecond = long.MaxValue, UsesBaseline = false },
            };
            int packets = (5 * perSecond) - (isBelow ? 1 : 0);
            return Opened("icmp.malformed", rules, Enumerable.Range(0, packets).Select(i => Request(i * 5000.0 / packets, A, B, i) with { Outcome = DecodeOutcome.TooSmall })) == (isBelow ? 0 : 1);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void An_alert_has_the_same_id_in_every_run_and_another_one_in_another_domain(int partitions)
    {
        List<Packet> packets = Scenario.Make(41);
        string[] ids = [.. Harness.Run(packets).Alerts.Select(alert => alert.Id).Distinct().Order(StringComparer.Ordinal)];
        int count = partitions == 3 ? 4 : partitions;
        Assert.NotEmpty(ids);
        Assert.Equal(ids, Harness.Run(packets, count, count).Alerts.Select(alert => alert.Id).Distinct().Order(StringComparer.Ordinal));
        var other = new Harness();
        other.Send(packets, domain: 8);
        Assert.Empty(ids.Intersect(other.Finish().Alerts.Select(alert => alert.Id)));
    }

    [Fact]
    public void A_host_that_is_always_loud_may_be_as_loud_as_usual_once_it_is_known()
    {
        // 700 a second for two minutes make a baseline of 700: five times that is the threshold then.
        var packets = new List<Packet>();
        Loud(packets, 0, 120, 700);
        Loud(packets, 120, 20, 2_500);
        Assert.DoesNotContain(Harness.Run(packets).Alerts, alert => alert.Rule == "flood.destination");
        Loud(packets, 140, 15, 4_500);
        Alert open = Harness.Run(packets).Alerts.First(alert => alert.Rule == "flood.destination");
        Assert.True(open.OpenedNs > Ms(140_000));
        Assert.InRange(open.Threshold, 3_500, 4_500);
        Assert.Contains("baseline_packets_per_second", open.Features.Keys);
    }

    [Fact]
    public void Before_the_warm_up_is_over_the_floor_is_the_threshold()
    {
        var packets = new List<Packet>();
        Loud(packets, 0, 40, 700);
        Loud(packets, 40, 10, 2_500);
        Alert open = Harness.Run(packets).Alerts.First(alert => alert.Rule == "flood.destination");
        Assert.Equal(1000, open.Threshold);
    }

    [Fact]
    public void A_monitor_that_returns_to_its_targets_is_informational_and_listed_for_exemption()
    {
        var packets = new List<Packet>();
        for (int round = 0; round < 4; round++)
        {
            for (int host = 0; host < 120; host++)
            {
                packets.Add(Request((round * 60_000) + (host * 450), A, $"10.7.0.{host + 1}", round));
                if (host % 20 != 0)
                    packets.Add(Reply((round * 60_000) + (host * 450) + 3, $"10.7.0.{host + 1}", A, round));
            }
        }

        List<Alert> alerts = Harness.Run([.. packets.OrderBy(packet => packet.TimeNs)]).Alerts;
        Alert last = alerts.Where(alert => alert.Rule == "sweep").MaxBy(alert => alert.LastNs)!;
        Assert.Equal(Severity.Informational, last.Severity);
        Assert.Contains("list it under rules.sweep.exempt", last.Evidence[0], StringComparison.Ordinal);
        Assert.DoesNotContain(alerts, alert => alert.Severity >= Severity.Medium);
    }

    [Fact]
    public void An_alert_says_what_share_of_the_packets_it_rests_on()
    {
        var harness = new Harness();
        List<Packet> flood = [];
        Loud(flood, 0, 6, 2_000);
        for (int i = 0; i < flood.Count; i += 2_000)
            harness.Send(new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = flood[i].TimeNs, Seen = i + 2_000, KernelDrops = i + 2_000 }, flood.GetRange(i, 2_000));
        harness.End(0, Ms(5_400), seen: flood.Count);
        Alert close = harness.Finish().Alerts.Last(alert => alert.Rule == "flood.destination");
        Assert.InRange(close.Completeness, 0.01, 0.6);
    }

    private static void Loud(List<Packet> packets, int fromSecond, int seconds, int perSecond)
    {
        for (int i = 0; i < seconds * perSecond; i++)
            packets.Add(Request((fromSecond * 1000) + (i * 1000.0 / perSecond), $"198.51.100.{1 + (i % 7)}", B, i & 0xFFFF));
    }

    private static int Opened(string rule, RuleSet rules, IEnumerable<Packet> packets)
    {
        List<Packet> all = [.. packets.OrderBy(packet => packet.TimeNs)];
        return Harness.Run(all, pair: new PairOptions { Rules = rules }, host: new HostOptions { Rules = rules }).Alerts.Count(alert => alert.Rule == rule && alert.State == AlertState.Open);
    }
}
