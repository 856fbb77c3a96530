using IcmpStream.Processor.Tests.Support;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

public class FloodTests
{
    private const string Attacker = "198.51.100.7";
    private const string Victim = "10.0.0.2";

    [Fact]
    public void A_flood_is_one_alert_about_its_victim_in_words()
    {
        Outputs outputs = Harness.Run([.. Requests(Attacker, Victim, perSecond: 2000, seconds: 6), Request(40_000, "10.1.1.1", "10.1.1.2")]);
        Alert open = outputs.Alerts.Single(a => a.State == AlertState.Open);
        Assert.Equal("flood.destination", open.Rule);
        Assert.Equal(Victim, open.Subject);
        Assert.Equal(Severity.Medium, open.Severity);
        Assert.Equal(Ip(Attacker), open.Source);
        Assert.Equal(Ip(Victim), open.Destination);
        Assert.Equal(["T1498.001"], open.Techniques);
        Assert.Equal("packets/s", open.Unit);

        Alert close = outputs.Alerts.Single(a => a.State == AlertState.Close);
        Assert.Equal(open.Id, close.Id);
        Assert.Equal(2000, close.Observed);
        Assert.Equal($"2,000 packets/s for 6 s from {Attacker} to {Victim}; threshold 1,000", close.Evidence[0]);
        Assert.Contains(close.Evidence, e => e.Contains($"by {Attacker}", StringComparison.Ordinal));
        Assert.Equal(Ms(0), close.FirstNs);
        Assert.Equal(Ms(6000), close.LastNs);
        Assert.Equal(Enumerable.Range(0, outputs.Alerts.Count), outputs.Alerts.Select(a => a.Revision).Order());
        Assert.All(outputs.Alerts, a => Assert.Equal("flood.destination", a.Rule));
    }

    [Theory]
    [InlineData(4999, 0)]
    [InlineData(5000, 1)]
    public void It_opens_at_five_thousand_packets_in_five_seconds_and_not_one_sooner(int packets, int alerts)
    {
        var flood = new List<Packet>();
        for (int i = 0; i < packets; i++)
            flood.Add(Request(i * 5000.0 / packets, Attacker, Victim, i & 0xFFFF));
        Assert.Equal(alerts, Harness.Run(flood).Alerts.Count(a => a.State == AlertState.Open));
    }

    [Fact]
    public void Nine_hundred_and_ninety_nine_a_second_for_a_minute_is_no_flood() =>
        Assert.Empty(Harness.Run(Requests(Attacker, Victim, 999, 60)).Alerts);

    [Theory]
    [InlineData(2_000, 2700)]
    [InlineData(20_000, 450)]
    public void It_is_found_within_five_seconds_over_its_ratio_and_two_slots(int perSecond, double withinMs)
    {
        Alert open = Harness.Run(Requests(Attacker, Victim, perSecond, 4)).Alerts.First();
        Assert.InRange(open.OpenedNs, Ms(0), Ms(withinMs));
    }

    [Fact]
    public void The_severity_rises_with_the_rate_and_never_falls()
    {
        List<Packet> packets = [.. Requests(Attacker, Victim, 2_000, 4), .. Requests(Attacker, Victim, 12_000, 3, 4000), .. Requests(Attacker, Victim, 2_000, 4, 7000)];
        List<Alert> alerts = Harness.Run(packets).Alerts;
        Assert.Equal(Severity.Medium, alerts[0].Severity);
        Assert.Contains(alerts, a => a.State == AlertState.Update && a.Severity == Severity.High);
        Assert.Equal(Severity.High, alerts[^1].Severity);
        for (int i = 1; i < alerts.Count; i++)
            Assert.True(alerts[i].Severity >= alerts[i - 1].Severity);
    }

    [Fact]
    public void Bits_alone_make_a_flood()
    {
        var packets = new List<Packet>();
        for (int i = 0; i < 900 * 6; i++)
            packets.Add(Request(i / 0.9, Attacker, Victim, i & 0xFFFF) with { MessageBytes = 60_000 });
        Alert open = Harness.Run(packets).Alerts.First();
        Assert.Equal("bits/s", open.Unit);
        Assert.Equal(100_000_000, open.Threshold);
    }

    [Fact]
    public void Answers_to_a_flood_are_no_flood_of_the_victim()
    {
        var packets = new List<Packet>();
        for (int i = 0; i < 12_000; i++)
        {
            packets.Add(Request(i / 2.0, Attacker, Victim, i & 0xFFFF));
            packets.Add(Reply((i / 2.0) + 150, Victim, Attacker, i & 0xFFFF));
        }

        packets.Sort((a, b) => a.TimeNs.CompareTo(b.TimeNs));
        List<Alert> alerts = Harness.Run(packets).Alerts;
        Assert.All(alerts, a => Assert.Equal(("flood.destination", Victim), (a.Rule, a.Subject)));
        Assert.Single(alerts, a => a.State == AlertState.Open);
    }

    [Fact]
    public void Replies_that_nobody_asked_for_are_a_smurf_as_severe_as_the_flood()
    {
        var packets = new List<Packet>();
        for (int i = 0; i < 12_000; i++)
            packets.Add(Reply(i / 2.0, $"203.0.113.{i % 200}", Victim, i & 0xFFFF));
        List<Alert> alerts = Harness.Run(packets).Alerts;
        Assert.All(alerts, alert => Assert.Equal(("smurf", Victim), (alert.Rule, alert.Subject)));
        Assert.Single(alerts, alert => alert.State == AlertState.Open);
        Assert.Null(alerts[0].Source);
        Assert.StartsWith("about 2", alerts[^1].Evidence[0], StringComparison.Ordinal);
        Assert.InRange(alerts[^1].Features["addresses"], 195, 205);
        Assert.Contains(alerts[^1].Evidence, words => words.Contains("2,000 packets/s (flood.destination", StringComparison.Ordinal));
    }

    [Fact]
    public void A_source_that_floods_many_victims_is_the_alert_itself()
    {
        var packets = new List<Packet>();
        for (int i = 0; i < 12_000; i++)
            packets.Add(Request(i / 2.0, Attacker, $"10.0.{i % 40}.{i % 50}", i & 0xFFFF));
        List<Alert> alerts = Harness.Run(packets).Alerts;
        Assert.All(alerts, a => Assert.Equal(("flood.source", Attacker), (a.Rule, a.Subject)));
        Assert.Null(alerts[0].Destination);
    }

    [Fact]
    public void A_flood_from_random_sources_is_one_alert_for_the_victim_and_none_for_a_source()
    {
        var random = new Random(5);
        var packets = new List<Packet>();
        for (int i = 0; i < 30_000; i++)
            packets.Add(Request(i / 10.0, "10.0.0.1", Victim, i & 0xFFFF) with { Source = Address.FromIpv4((uint)random.Next()) });
        var harness = new Harness(pair: new Topology.PairOptions { MaxFlowsPerGroup = 1 }, host: new Topology.HostOptions { MaxHostsPerGroup = 4 });
        harness.Send(packets);
        Assert.True(harness.Host.Counters.Evicted > 0);
        Assert.True(harness.Pair.Counters.Overflowed > 0);
        Outputs outputs = harness.Finish();
        Assert.Single(outputs.Alerts, a => a.State == AlertState.Open);
        Assert.All(outputs.Alerts, a => Assert.Equal(Victim, a.Subject));
        Assert.Equal(30_000, outputs.Rates.Where(r => r.Role == Role.Destination).Sum(r => r.Packets));
        Assert.Equal(10_000, outputs.Alerts[^1].Observed);
    }

    [Fact]
    public void A_pulsing_flood_is_one_alert_and_after_three_quiet_windows_there_is_another()
    {
        List<Packet> packets = [.. Requests(Attacker, Victim, 6_000, 2), .. Requests(Attacker, Victim, 6_000, 2, 9_000), .. Requests(Attacker, Victim, 6_000, 2, 60_000)];
        List<Alert> alerts = Harness.Run(packets).Alerts;
        Assert.Equal(2, alerts.Count(a => a.State == AlertState.Open));
        Assert.Equal(2, alerts.Select(a => a.Id).Distinct().Count());
        Assert.Equal(2, alerts.Count(a => a.State == AlertState.Close));
    }

    [Fact]
    public void There_is_at_most_one_update_in_a_window_unless_the_severity_rises()
    {
        List<Alert> alerts = Harness.Run(Requests(Attacker, Victim, 3_000, 32)).Alerts;
        Assert.InRange(alerts.Count(a => a.State == AlertState.Update), 5, 7);
    }

    private static List<Packet> Requests(string from, string to, int perSecond, int seconds, double startMs = 0)
    {
        var packets = new List<Packet>(perSecond * seconds);
        for (int i = 0; i < perSecond * seconds; i++)
            packets.Add(Request(startMs + (i * 1000.0 / perSecond), from, to, i & 0xFFFF));
        return packets;
    }
}
