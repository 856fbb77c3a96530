using System.Text;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using static IcmpStream.Processor.Tests.Support.Packet;

namespace IcmpStream.Processor.Tests;

/// <summary>Every rule switched off, exempted and tuned by the settings file.</summary>
public class RuleSettingTests
{
    private static readonly List<Packet> Traffic = [.. Attacks.Each(11).OrderBy(packet => packet.TimeNs)];

    private static readonly List<Alert> Untuned = AlertsOf(new RuleSet());

    public static TheoryData<string> Rules => [.. new RuleSet().All.Select(rule => rule.Id)];

    [Fact]
    public void The_traffic_has_something_for_every_rule() =>
        Assert.Equal(new RuleSet().All.Select(rule => rule.Id).Order(StringComparer.Ordinal), Untuned.Select(alert => alert.Rule).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_rule_that_is_switched_off_is_silent(string rule) =>
        Assert.DoesNotContain(AlertsOf(Settings(rule, "\"enabled\": false")), alert => alert.Rule == rule);

    [Theory]
    [MemberData(nameof(Rules))]
    public void Exempt_networks_are_not_spoken_of_by_the_rule_that_exempts_them(string rule)
    {
        string[] networks = [.. Untuned.Where(alert => alert.Rule == rule).Select(alert => NetworkOf(alert.Subject)).Distinct()];
        List<Alert> alerts = AlertsOf(Settings(rule, $"\"exempt\": [{string.Join(", ", networks.Select(network => $"\"{network}\""))}]"));
        Assert.NotEmpty(networks);
        Assert.DoesNotContain(alerts, alert => alert.Rule == rule && networks.Contains(NetworkOf(alert.Subject)));
    }

    [Theory]
    [InlineData("flood.destination")]
    [InlineData("flood.source")]
    [InlineData("flood.prefix")]
    [InlineData("blacknurse")]
    [InlineData("icmp.malformed")]
    [InlineData("recon.types")]
    [InlineData("tunnel.behaviour")]
    public void A_network_may_have_a_threshold_of_its_own(string rule)
    {
        string[] networks = [.. Untuned.Where(alert => alert.Rule == rule).Select(alert => NetworkOf(alert.Subject)).Distinct()];
        List<Alert> higher = AlertsOf(Thresholds(rule, networks, 1_000_000));
        Assert.NotEmpty(networks);
        Assert.DoesNotContain(higher, alert => alert.Rule == rule && networks.Contains(NetworkOf(alert.Subject)));
        Assert.Equal(
            Untuned.Where(alert => alert.Rule == rule).Select(alert => alert.Id).Distinct(),
            AlertsOf(Thresholds(rule, ["192.0.2.128/25", "2001:db8:ffff::/48"], 1_000_000)).Where(alert => alert.Rule == rule).Select(alert => alert.Id).Distinct());
    }

    [Fact]
    public void The_longest_network_counts()
    {
        Packet[] sweep = [.. Enumerable.Range(0, 20).Select(i => Request(50 + (i * 100), "10.0.0.2", $"10.1.0.{i + 1}", i))];
        Assert.Equal(1, Sweeps("""{"10.0.0.0/8": 40, "10.0.0.0/24": 15}"""));
        Assert.Equal(0, Sweeps("""{"10.0.0.0/8": 15, "10.0.0.0/24": 40}"""));

        int Sweeps(string thresholds) =>
            AlertsOf(Settings("sweep", $"\"thresholds\": {thresholds}"), sweep).Count(alert => alert.Rule == "sweep" && alert.State == AlertState.Open);
    }

    private static RuleSet Thresholds(string rule, IEnumerable<string> networks, long threshold) =>
        Settings(rule, $$"""
            "thresholds": { {{string.Join(", ", networks.Select(network => $"\"{network}\": {threshold}"))}} }
            """);

    private static RuleSet Settings(string rule, string settings) => RuleFile.Parse(Encoding.UTF8.GetBytes($$"""
        { "rules": { "{{rule}}": { {{settings}} } } }
        """));

    // The subject's own network: of a pair the requester's, of a network itself.
    private static string NetworkOf(string subject)
    {
        if (subject.Contains('/', StringComparison.Ordinal))
            return subject;
        Address address = Address.TryParse(subject.Split('>')[0], out Address known) ? known : throw new FormatException(subject);
        return Prefix.Of(address, address.IsIpv4 ? 28 : 124).ToString();
    }

    private static List<Alert> AlertsOf(RuleSet rules) => AlertsOf(rules, Traffic);

    private static List<Alert> AlertsOf(RuleSet rules, IReadOnlyList<Packet> packets) =>
        Harness.Run(packets, pair: new PairOptions { Rules = rules }, host: new HostOptions { Rules = rules }).Alerts;
}
