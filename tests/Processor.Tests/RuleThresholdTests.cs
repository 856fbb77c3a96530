using System.Text;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

/// <summary>Each rule from both sides of its threshold.</summary>
public class RuleThresholdTests
{
    private const string A = "10.0.0.2";
    private const string B = "10.0.0.3";

    [Theory]
    [InlineData(11, 0)]
    [InlineData(12, 1)]
    public void A_sweep_is_twelve_addresses_in_fifteen_seconds(int addresses, int alerts) =>
        Assert.Equal(alerts, Opened("sweep", Enumerable.Range(0, addresses).Select(i => Request(50 + (i * 700), A, $"10.1.0.{i + 1}", i))));

    [Theory]
    [InlineData(9, 0)]
    [InlineData(10, 1)]
    public void A_smurf_is_ten_hosts_that_answer_within_a_second(int hosts, int alerts) =>
        Assert.Equal(alerts, Opened("smurf", Enumerable.Range(0, hosts).Select(i => Reply(50 + (i * 80), $"10.1.0.{i + 1}", A, i))));

    [Fact]
    public void Answers_to_an_ordinary_broadcast_ping_are_no_smurf()
    {
        List<Packet> packets = [Request(0, A, "10.0.0.255")];
        packets.AddRange(Enumerable.Range(0, 40).Select(i => Reply(5 + i, $"10.0.0.{i + 10}", A)));
        Assert.Equal(0, Opened("smurf", packets));
    }

    [Theory]
    [InlineData(1249, 0)]
    [InlineData(1250, 1)]
    public void Blacknurse_is_two_hundred_and_fifty_port_unreachables_a_second(int packets, int alerts) =>
        Assert.Equal(alerts, Opened("blacknurse", Enumerable.Range(0, packets).Select(i => Error(i * 5000.0 / packets, B, A, "10.9.9.9", type: 3, code: 3))));

    [Theory]
    [InlineData(24, 0)]
    [InlineData(25, 1)]
    public void Inverse_mapping_is_unsolicited_replies_to_twenty_five_addresses(int addresses, int alerts) =>
        Assert.Equal(alerts, Opened("inverse-mapping", Enumerable.Range(0, addresses).Select(i => Reply(50 + (i * 1000), A, $"10.1.0.{i + 1}", i))));

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    public void A_traceroute_is_three_hops(int hops, int alerts) =>
        Assert.Equal(alerts, Opened("traceroute", Enumerable.Range(0, hops).Select(i => Error(i * 20_000, $"192.0.2.{i + 1}", A, B))));

    [Theory]
    [InlineData(49, 0)]
    [InlineData(50, 1)]
    public void Fifty_malformed_messages_in_five_seconds_are_an_alert(int packets, int alerts) =>
        Assert.Equal(alerts, Opened("icmp.malformed", Enumerable.Range(0, packets).Select(i => Request(i * 5000.0 / packets, A, B, i) with { Outcome = DecodeOutcome.TooSmall })));

    [Fact]
    public void One_overlong_fragment_is_a_ping_of_death() =>
        Assert.Equal(1, Opened("ping-of-death", [Request(0, A, B) with { Outcome = DecodeOutcome.FragmentOverlong }]));

    [Fact]
    public void One_long_signature_is_enough_and_three_short_ones_need_company()
    {
        Assert.Equal(1, Opened("tunnel.signature", [Request(0, A, B) with { Signatures = 1 }]));
        Packet[] alone = [.. Enumerable.Range(0, 5).SelectMany(i => new[] { Request(i * 100, A, B, i) with { Signatures = 1 << 11 }, Reply((i * 100) + 5, B, A, i) })];
        Assert.Equal(0, Opened("tunnel.signature", alone));
        Assert.Equal(1, Opened("tunnel.signature", [.. alone, Reply(600, B, A, 99)]));
    }

    [Fact]
    public void A_first_router_is_accepted_and_a_second_is_not()
    {
        Packet first = Request(0, "fe80::1", "ff02::1") with { Type = 134, Flags = EventFlags.HasRestOfHeader };
        Assert.Equal(0, Opened("router-advert", [first, first with { TimeNs = Ms(500) }]));
        Assert.Equal(1, Opened("router-advert", [first, first with { TimeNs = Ms(500), Source = Ip("fe80::2") }]));
    }

    [Fact]
    public void An_exempt_source_and_a_network_with_its_own_threshold_are_heeded()
    {
        Packet[] sweep = [.. Enumerable.Range(0, 20).Select(i => Request(50 + (i * 100), A, $"10.1.0.{i + 1}", i))];
        RuleSet exempt = RuleFile.Parse(Encoding.UTF8.GetBytes("""{"rules": {"sweep": {"exempt": ["10.0.0.2"]}}}"""));
        RuleSet higher = RuleFile.Parse(Encoding.UTF8.GetBytes("""{"rules": {"sweep": {"thresholds": {"10.0.0.0/24": 21}}}}"""));
        Assert.Equal(1, Opened("sweep", sweep));
        Assert.Equal(0, Opened("sweep", sweep, exempt));
        Assert.Equal(0, Opened("sweep", sweep, higher));
    }

    [Theory]
    [InlineData("""{"rules": {"swep": {}}}""", "swep")]
    [InlineData("""{"rules": {"sweep": {"adresses": 3}}}""", "adresses")]
    [InlineData("""{"rules": {"sweep": {"addresses": 65}}}""", "at most 64")]
    [InlineData("""{"home": ["10.0.0.1/8"]}""", "10.0.0.1/8")]
    [InlineData("""{"rules": {"flood.source": {"packets_per_second": 0}}}""", "flood.source")]
    [InlineData("""{"home": """, "not JSON")]
    public void Settings_that_make_no_sense_are_refused_by_name(string json, string part) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(() => RuleFile.Parse(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_rules_there_is_no_alert()
    {
        List<Packet> packets = Scenario.Make(1);
        Assert.NotEmpty(Harness.Run(packets).Alerts);
        Assert.Empty(Harness.Run(packets, pair: new PairOptions { Rules = RuleSet.None }, host: new HostOptions { Rules = RuleSet.None }).Alerts);
    }

    private static int Opened(string rule, IEnumerable<Packet> packets, RuleSet? rules = null)
    {
        rules ??= new RuleSet();
        List<Packet> all = [.. packets.OrderBy(packet => packet.TimeNs)];
        Outputs outputs = Harness.Run(all, pair: new PairOptions { Rules = rules }, host: new HostOptions { Rules = rules });
        return outputs.Alerts.Count(alert => alert.Rule == rule && alert.State == AlertState.Open);
    }
}
