using System.Text.Json;
using System.Text.RegularExpressions;
using IcmpStream.Cli.Telemetry;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;
using YamlDotNet.RepresentationModel;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>Dashboard and alert rules against the metrics that there are.</summary>
public partial class PrometheusTests
{
    private const string DashboardFile = "infra/grafana/icmpstream.json";

    private static readonly HashSet<string> Metrics = [.. MetricCatalog.All.Select(metric => metric.PrometheusName)];

    [Fact]
    public void Every_metric_of_the_dashboard_exists()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Repository.Read(DashboardFile));
        JsonElement[] panels = [.. dashboard.RootElement.GetProperty("panels").EnumerateArray()];
        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        string[] expressions = DashboardExpressions();
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
        string tool = PrometheusServer.Program("promtool");
        string folder = Repository.PathOf("infra/prometheus");
        // The file with the token is the container's; all else is checked.
        using ProcessRun run = ProcessRun.Bash($"cd {folder} && {tool} check rules alerts.yaml && {tool} check config --syntax-only prometheus.yaml && {tool} test rules alerts.test.yaml");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, output + string.Join('\n', errors));
    }

    [Fact]
    public async Task Every_expression_of_the_page_on_metrics_is_PromQL()
    {
        string[] expressions = [.. Repository.Read("docs/operators/metrics.md").Split("<!-- end -->")[1].Split('\n')
            .SelectMany(line => Expression().Matches(line)).Select(match => match.Groups[1].Value).Where(text => Names(text).Count > 0)];
        Assert.True(expressions.Length >= 8, $"{expressions.Length} expressions");
        using var folder = new TemporaryFolder();
        string rules = folder.Write("page.yaml", "groups:\n- name: page\n  rules:\n" + string.Concat(expressions.Select((text, i) => $"  - record: page:{i}\n    expr: '{text}'\n")));
        using ProcessRun run = ProcessRun.Start(PrometheusServer.Program("promtool"), "check", "rules", rules);
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, output + string.Join('\n', errors));
        Assert.Contains($"{expressions.Length} rules found", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rule_is_shown_to_fire_and_to_keep_quiet()
    {
        string[] rules = [.. Yaml.Document(Repository.PathOf("infra/prometheus/alerts.yaml")).At("groups", "0", "rules").Items().Select(rule => rule.At("alert").Text()!)];
        YamlNode[] cases = [.. Yaml.Document(Repository.PathOf("infra/prometheus/alerts.test.yaml")).At("tests").Items().SelectMany(test => test.At("alert_rule_test").Items())];
        Assert.Equal(rules.Order(), cases.Where(test => test.At("exp_alerts").Items().Any()).Select(test => test.At("alertname").Text()!).Distinct().Order());
        Assert.Equal(rules.Order(), cases.Where(test => !test.At("exp_alerts").Items().Any()).Select(test => test.At("alertname").Text()!).Distinct().Order());
    }

    [Fact]
    public async Task A_real_Prometheus_scrapes_what_compose_starts_and_answers_every_query_of_the_dashboard()
    {
        CancellationToken end = TestContext.Current.CancellationToken;
        using var kafka = EmbeddedKafka.Start();
        using (KafkaLog log = kafka.Connect())
            log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 1, HostPartitions = 1 }).All, TimeSpan.FromSeconds(60));
        using var folder = new TemporaryFolder();
        string token = folder.Write("token", "a-token-of-the-test-alone\n");
        using ProcessRun ingest = Service("ingest", kafka.Brokers, token), process = Service("process", kafka.Brokers, token);
        using PrometheusServer server = PrometheusServer.Start(folder, token, await PortAsync(ingest), await PortAsync(process));

        // Two scrapes make a rate.
        await server.UntilAsync("count(count_over_time(up{job=\"icmpstream\"}[1m]) > 3) == 2 and sum(up) == 2", end);
        string[] names = await server.NamesAsync(end);
        Assert.Equal(Metrics.Order(StringComparer.Ordinal), names.Where(name => MetricName().IsMatch(name)).Order(StringComparer.Ordinal));
        foreach (string expression in DashboardExpressions())
        {
            // What is shown only above zero need not be; all else has a line.
            string filled = expression.Replace("$instance", ".*", StringComparison.Ordinal).Replace("$__rate_interval", "1m", StringComparison.Ordinal);
            Assert.True(await server.RowsAsync(filled.EndsWith("> 0", StringComparison.Ordinal) ? filled[..^3] : filled, end) > 0, $"no data: {filled}");
        }

        foreach (Match query in DocumentedQuery().Matches(Repository.Read("docs/operators/metrics.md")))
            await server.RowsAsync(query.Groups[1].Value, end);
        Assert.Equal(2, await server.RowsAsync("icmpstream_build_info", end));
        Assert.All(await server.RulesAsync(end), rule => Assert.Equal("ok", rule.Health));
    }

    /// <summary>The command line that compose.yaml gives a service, with this machine's places for the container's.</summary>
    private static ProcessRun Service(string name, string brokers, string token)
    {
        var places = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["kafka:9092"] = brokers,
            ["0.0.0.0:9464"] = "0.0.0.0:0",
            ["/run/secrets/http_token"] = token,
            ["pcap:/capture.pcap"] = CorpusFolder.Message("mixed.pcap"),
        };
        string[] command = Yaml.Document(Repository.PathOf("infra/compose.yaml")).At("services", name, "command").Texts();
        return ProcessRun.Start(ProcessRun.Executable, [.. command.Select(word => places.GetValueOrDefault(word, word))]);
    }

    private static async Task<int> PortAsync(ProcessRun run)
    {
        await run.WaitForErrorAsync("http://");
        return new Uri("http://" + run.Errors.First(line => line.Contains("http://", StringComparison.Ordinal)).Split("http://")[1]).Port;
    }

    private static string[] DashboardExpressions()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Repository.Read(DashboardFile));
        return [.. dashboard.RootElement.GetProperty("panels").EnumerateArray().Where(panel => panel.TryGetProperty("targets", out _))
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray()).Select(target => target.GetProperty("expr").GetString()!)];
    }

    private static void AssertKnown(string text) => Assert.All(Names(text), name => Assert.Contains(name, Metrics));

    private static HashSet<string> Names(string text) => [.. MetricName().Matches(text).Select(match => match.Value)];

    /// <summary>A piece of code that names a metric of ours: in that page a query.</summary>
    [GeneratedRegex("`([^`]*(?:icmpstream_|messaging_client_)[^`]*[ (][^`]*)`")]
    private static partial Regex DocumentedQuery();

    /// <summary>Anchors of a page's headings, as GitHub makes them.</summary>
    private static HashSet<string> Anchors(string page) => [.. Heading().Matches(page).Select(match =>
        NoLetter().Replace(match.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-'))];

    [GeneratedRegex(@"\b(icmpstream_(build|ingest|processor)|messaging_client|dotnet_(process|gc))_[a-z_]+\b")]
    private static partial Regex MetricName();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Expression();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 _-]")]
    private static partial Regex NoLetter();
}
