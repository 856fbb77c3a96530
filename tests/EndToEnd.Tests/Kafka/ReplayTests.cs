using System.Text.Json;
using System.Xml.Linq;
using IcmpStream.Cli.Ingest;
using IcmpStream.Cli.Report;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>Replays as a load: other addresses, a report, and what its numbers mean.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly TemporaryFolder _folder = new();

    public ReplayTests()
    {
        using KafkaLog log = _kafka.Connect();
        log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 2, HostPartitions = 2 }).All, TimeSpan.FromSeconds(60));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _kafka.Dispose();
    }

    [Fact]
    public void Addresses_are_rewritten_with_keys_and_quotes()
    {
        Replay("5-pings.pcap", "--speed", "max", "--rewrite", "172.16.0.0/16=10.99.0.0/16", "--rewrite", "172.217.11.78=192.0.2.8");
        string[] lines = CliRun.Of("tail", "icmp.event.v1", "--brokers", _kafka.Brokers, "--from", "beginning", "-n", "12").Succeeded().Lines;
        JsonElement[] events = [.. lines.Select(line => JsonDocument.Parse(line).RootElement).SelectMany(record => record.GetProperty("events").EnumerateArray())];
        Assert.NotEmpty(events);
        Assert.All(events, e => Assert.Equal(["10.99.133.2", "192.0.2.8"], new[] { e.GetProperty("src").GetString(), e.GetProperty("dst").GetString() }.Order()));
    }

    [Fact]
    public void A_report_is_one_page_that_needs_nothing_else()
    {
        string path = _folder.PathOf("report.html");
        JsonElement books = JsonDocument.Parse(Assert.Single(Replay("mixed.pcap", "--speed", "max", "--loop", "20", "--report", path, "--json").Lines)).RootElement;
        string page = File.ReadAllText(path);
        // Well-formed once the two void elements and the doctype are out of the way.
        XElement html = XElement.Parse(System.Text.RegularExpressions.Regex.Replace(page.Replace("<!doctype html>", ""), "<meta [^>]*>", ""));
        Assert.DoesNotContain("http:", page);
        Assert.DoesNotContain("https:", page);
        Assert.DoesNotContain("src=", page);
        Assert.DoesNotContain("<script", page);
        Assert.Contains("They balance.", page);
        Assert.Equal(3, html.Descendants("svg").Count());
        Assert.All(html.Descendants("polyline"), line => Assert.DoesNotContain("NaN", line.Attribute("points")!.Value));
        Assert.Contains($"{20 * 205} frames", page);
        Assert.Equal(20 * 205, books.GetProperty("frames").GetInt64());
    }

    [Theory]
    [InlineData("10.0.0.0/8=192.0.2.0/24")]
    [InlineData("10.0.0.1/8=11.0.0.0/8")]
    [InlineData("10.0.0.0/33=11.0.0.0/33")]
    [InlineData("10.0.0.1=2001:db8::1")]
    [InlineData("10.0.0.1")]
    public void Networks_that_do_not_fit_are_refused(string rule) =>
        CliRun.Of("replay", CorpusFolder.Message("5-pings.pcap"), "--brokers", _kafka.Brokers, "--rewrite", rule).FailedWith(2, "--rewrite", rule);

    [Fact]
    public void An_interface_is_no_capture() => CliRun.Of("replay", "afpacket:lo", "--brokers", _kafka.Brokers).FailedWith(2, "ingest reads interfaces");

    [Theory]
    [InlineData("2001:db8:1::/48=2001:db8:2::/48", "2001:db8:1:9::7", "2001:db8:2:9::7")]
    [InlineData("2001:db8:1::/48=2001:db8:2::/48", "2001:db8:3:9::7", "2001:db8:3:9::7")]
    [InlineData("0.0.0.0/0=0.0.0.0/0", "10.1.2.3", "10.1.2.3")]
    [InlineData("10.1.2.3=10.9.9.9", "10.1.2.3", "10.9.9.9")]
    [InlineData("10.1.2.3=10.9.9.9", "10.1.2.4", "10.1.2.4")]
    [InlineData("::/0=::/0", "10.1.2.3", "10.1.2.3")]
    public void A_rule_changes_its_network_and_nothing_else(string rule, string address, string expected)
    {
        Assert.True(Address.TryParse(address, out Address parsed));
        _ = AddressRewrite.Values.Read(rule, "--rewrite").TryApply(ref parsed);
        Assert.Equal(expected, parsed.ToString());
    }

    [Fact]
    public void Latency_is_the_distance_between_the_curves()
    {
        // 100 records every 10 ms, each delivered 30 ms after it was taken.
        LoadSample[] samples = [.. Enumerable.Range(0, 104).Select(i => new LoadSample(i * 10, 0, Math.Min(10_000, i * 100), Math.Clamp((i - 3) * 100, 0, 10_000), 0, 0, 0))];
        var latency = new DeliveryLatency(samples);
        Assert.Equal(10_000, latency.Records);
        Assert.Equal(30, latency.Percentile(0.5), 1e-6);
        Assert.Equal(30, latency.Percentile(1), 1e-6);
    }

    [Fact]
    public void A_stall_shows_in_the_high_percentiles_and_not_in_the_median()
    {
        // Delivery stands still from 500 to 700 ms.
        LoadSample[] samples = [.. Enumerable.Range(0, 201).Select(i => new LoadSample(i * 10, 0, i * 10, i is >= 50 and < 70 ? 500 : i * 10, 0, 0, 0))];
        var latency = new DeliveryLatency(samples);
        Assert.InRange(latency.Percentile(0.5), 0, 10);
        Assert.InRange(latency.Percentile(0.99), 90, 110);
    }

    private CliRun Replay(string capture, params string[] options) =>
        CliRun.Of(["replay", CorpusFolder.Message(capture), "--brokers", _kafka.Brokers, .. options]).Succeeded();
}
