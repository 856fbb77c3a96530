using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>Prometheus itself, with our configuration and alert rules, on loopback; its data go with the test.</summary>
internal sealed class PrometheusServer : IDisposable
{
    private readonly ProcessRun _run;
    private readonly HttpClient _client;

    private PrometheusServer(ProcessRun run, int port)
    {
        _run = run;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/"), Timeout = ProcessRun.Patience };
    }

    /// <summary>One of the programs of Prometheus: where infra/prometheus/fetch.sh has put it, or the machine's own.</summary>
    public static string Program(string name)
    {
        string cache = Environment.GetEnvironmentVariable("ICMPSTREAM_CACHE") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "icmpstream");
        string cached = Path.Combine(cache, "prometheus", name);
        if (File.Exists(cached))
            return cached;
        Tools.Need(name);
        return name;
    }

    /// <summary>Starts it on infra/prometheus/prometheus.yaml, every second instead of every fifteen, with these ports in place of compose's containers.</summary>
    public static PrometheusServer Start(TemporaryFolder folder, string tokenFile, int ingestPort, int processPort)
    {
        string configuration = Repository.Read("infra/prometheus/prometheus.yaml");
        foreach ((string old, string mine) in (ReadOnlySpan<(string, string)>)[
            ("15s", "1s"), ("alerts.yaml", Repository.PathOf("infra/prometheus/alerts.yaml")), ("/run/secrets/http_token", tokenFile),
            ("ingest:9464", $"127.0.0.1:{ingestPort}"), ("process:9464", $"127.0.0.1:{processPort}")])
        {
            Assert.Contains(old, configuration);
            configuration = configuration.Replace(old, mine, StringComparison.Ordinal);
        }

        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        return new PrometheusServer(
            ProcessRun.Start(
                Program("prometheus"), $"--config.file={folder.Write("prometheus.yaml", configuration)}", $"--storage.tsdb.path={folder.PathOf("tsdb")}",
                $"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"),
            port);
    }

    public void Dispose()
    {
        _client.Dispose();
        _run.Dispose();
    }

    /// <summary>Waits until it listens and the query has a row.</summary>
    public async Task UntilAsync(string query, CancellationToken end)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await HasRowsAsync(query, end))
        {
            Assert.False(_run.HasExited, string.Join('\n', _run.Errors));
            Assert.True(clock.Elapsed < ProcessRun.Patience, $"never true: {query}: {string.Join('\n', _run.Errors)}");
            await Task.Delay(100, end);
        }
    }

    /// <summary>How many rows a query has; a query that it refuses fails.</summary>
    public async Task<int> RowsAsync(string query, CancellationToken end)
    {
        using JsonDocument answer = await AskAsync($"query?query={Uri.EscapeDataString(query)}", end);
        return answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    /// <summary>The names of all series.</summary>
    public async Task<string[]> NamesAsync(CancellationToken end)
    {
        using JsonDocument answer = await AskAsync("label/__name__/values", end);
        return [.. answer.RootElement.GetProperty("data").EnumerateArray().Select(name => name.GetString()!)];
    }

    /// <summary>Every alert rule, and whether it could be evaluated.</summary>
    public async Task<(string Name, string Health)[]> RulesAsync(CancellationToken end)
    {
        using JsonDocument answer = await AskAsync("rules", end);
        return [.. answer.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray().SelectMany(group => group.GetProperty("rules").EnumerateArray())
            .Select(rule => (rule.GetProperty("name").GetString()!, rule.GetProperty("health").GetString()!))];
    }

    private async Task<bool> HasRowsAsync(string query, CancellationToken end)
    {
        try
        {
            return await RowsAsync(query, end) > 0;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet, or still starts (503).
            return false;
        }
    }

    private async Task<JsonDocument> AskAsync(string path, CancellationToken end)
    {
        using HttpResponseMessage response = await _client.GetAsync(new Uri(path, UriKind.Relative), end);
        string body = await response.Content.ReadAsStringAsync(end);
        Assert.True(response.StatusCode != HttpStatusCode.BadRequest, string.Create(CultureInfo.InvariantCulture, $"{path}: {body}"));
        response.EnsureSuccessStatusCode();
        return JsonDocument.Parse(body);
    }
}
