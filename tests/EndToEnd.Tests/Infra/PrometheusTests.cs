using System.Text.Json;
using System.Text.RegularExpressions;
using IcmpStream.Cli.Telemetry;
using IcmpStream.EndToEnd.Tests.Running;
using YamlDotNet.RepresentationModel;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>Dashboard and alert rules against the metrics that there are.</summary>
public partial class PrometheusTests
{
    private static readonly HashSet<string> Metrics = [.. MetricCatalog.All.Select(metric => metric.PrometheusName)];

    [Fact]
    public void Every_metric_of_the_dashboard_exists()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Repository.Read("infra/grafana/icmpstream.json"));
        JsonElement[] panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        string[] expressions = [.. panels.Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!)];
        Assert.True(expressions.Length > 15);
        Assert.All(expressions, AssertKnown);
        // Whatever a metric says of packets and events can be seen.
        string[] unseen = [.. MetricCatalog.Own.Select(metric => metric.PrometheusName)
            .Where(name => name.StartsWith("icmpstream_", StringComparison.Ordinal) && !expressions.Any(expression => Names(expression).Contains(name)))];
        Assert.Equal(["icmpstream_ingest_decoded_total", "icmpstream_processor_events_read_total", "icmpstream_processor_findings_total", "icmpstream_processor_rates_total", "icmpstream_processor_rtt_records_total"], unseen.Order());
    }

    [Fact]
    public void Every_metric_of_the_alert_rules_exists_and_every_rule_has_its_page()
    {
        YamlNode[] rules = [.. Yaml.Document(Repository.PathOf("infra/prometheus/alerts.yaml")).At("groups", "0", "rules").Items()];
        Assert.True(rules.Length >= 8);
        foreach (YamlNode rule in rules)
        {
            AssertKnown(rule.At("expr").Text()!);
            Assert.Contains(rule.At("labels", "severity").Text(), new[] { "warning", "critical" });
            string[] runbook = rule.At("annotations", "runbook").Text()!.Split('#');
            Assert.Contains(runbook[1], Anchors(Repository.Read(runbook[0])));
        }
    }

    [Fact]
    public void Every_metric_named_in_the_documents_exists()
    {
        foreach (string page in Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories).Append(Repository.PathOf("README.md")))
            AssertKnown(File.ReadAllText(page));
    }

    [Fact]
    public void What_is_scraped_is_what_compose_runs()
    {
        YamlNode prometheus = Yaml.Document(Repository.PathOf("infra/prometheus/prometheus.yaml"));
        Assert.Equal(["alerts.yaml"], prometheus.At("rule_files").Texts());
        YamlNode compose = Yaml.Document(Repository.PathOf("infra/compose.yaml"));
        foreach (YamlNode group in prometheus.At("scrape_configs", "0", "static_configs").Items())
        {
            string[] target = Assert.Single(group.At("targets").Texts()).Split(':');
            Assert.Contains($"0.0.0.0:{target[1]}", compose.At("services", target[0], "command").Texts());
        }
    }

    [Fact]
    public async Task Promtool_takes_the_rules_and_they_fire_when_they_should()
    {
        string tool = Promtool();
        string folder = Repository.PathOf("infra/prometheus");
        // The file with the token is the container's; all else is checked.
        using ProcessRun run = ProcessRun.Bash($"cd {folder} && {tool} check rules alerts.yaml && {tool} check config --syntax-only prometheus.yaml && {tool} test rules alerts.test.yaml");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, output + string.Join('\n', errors));
    }

    private static string Promtool()
    {
        string cached = Path.Combine(
            Environment.GetEnvironmentVariable("ICMPSTREAM_CACHE") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "icmpstream"), "promtool", "promtool");
        if (File.Exists(cached))
            return cached;
        Tools.Need("promtool");
        return "promtool";
    }

    private static void AssertKnown(string text) => Assert.All(Names(text), name => Assert.Contains(name, Metrics));

    private static HashSet<string> Names(string text) => [.. MetricName().Matches(text).Select(match => match.Value)];

    /// <summary>Anchors of a page's headings, as GitHub makes them.</summary>
    private static HashSet<string> Anchors(string page) => [.. Heading().Matches(page).Select(match =>
        NoLetter().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\b(icmpstream_(build|ingest|processor)|messaging_client|dotnet_(process|gc))_[a-z_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NoLetter();
}
