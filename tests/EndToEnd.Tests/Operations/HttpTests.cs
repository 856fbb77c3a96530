using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Operations;

/// <summary>The HTTP port of a running process: what it answers, and to whom.</summary>
public sealed class HttpTests : IDisposable
{
    private const string Token = "correct-horse-battery-staple";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = ProcessRun.Patience };

    public HttpTests()
    {
        using KafkaLog log = _kafka.Connect();
        log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 1, HostPartitions = 1 }).All, TimeSpan.FromSeconds(60));
    }

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
        _kafka.Dispose();
    }

    [Fact]
    public async Task On_loopback_it_answers_those_who_ask_for_loopback()
    {
        using ProcessRun run = Start("--http", "0");
        Uri root = await RootAsync(run);
        Assert.Equal("127.0.0.1", root.Host);
        Assert.Equal("ok\n", await _client.GetStringAsync(new Uri(root, "/healthz"), TestContext.Current.CancellationToken));
        await ReadyAsync(root);
        HttpResponseMessage metrics = await GetAsync(root, "/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", metrics.Content.Headers.ContentType!.ToString());
        ExpositionText text = ExpositionText.Parse(await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, text.Value("icmpstream_processor_events_read_total"));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(root, "/nothing")).StatusCode);
        // A page of the web that has its own name point here.
        Assert.Equal(HttpStatusCode.MisdirectedRequest, (await GetAsync(root, "/metrics", host: "rebound.example")).StatusCode);
        await StopAsync(run);
    }

    [Theory]
    [InlineData("ingest", "--source")]
    [InlineData("process", "--group")]
    public void A_port_that_cannot_be_opened_is_named_once_with_the_reason(string command, string setting)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string value = command == "ingest" ? CorpusFolder.Message("5-pings.pcap") : "taken";
        string[] call = [command, setting, value, "--brokers", _kafka.Brokers, "--quiet", "--http"];
        CliRun busy = CliRun.Of([.. call, $"{((IPEndPoint)taken.LocalEndpoint).Port}"]);
        Assert.Equal((1, $"icmpstream: --http {taken.LocalEndpoint}: another process has this port\n"), (busy.ExitCode, busy.Error));
        // A documentation address (RFC 5737), which no interface has.
        CliRun.Of([.. call, "192.0.2.99:9464", "--http-token-file", _folder.Write("token", Token)]).FailedWith(1, "--http 192.0.2.99:9464: this machine has no such address");
    }

    [Fact]
    public async Task From_elsewhere_it_wants_the_token_and_tells_it_nobody()
    {
        string file = _folder.Write("token", Token + "\n");
        using ProcessRun run = Start("--http", "0.0.0.0:0", "--http-token-file", file);
        Uri root = new UriBuilder(await RootAsync(run)) { Host = "127.0.0.1" }.Uri;
        await ReadyAsync(root);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(root, "/metrics")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(root, "/metrics", token: Token + "r")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(root, "/nothing")).StatusCode);
        HttpResponseMessage metrics = await GetAsync(root, "/metrics", token: Token);
        Assert.Equal(HttpStatusCode.OK, metrics.StatusCode);
        Assert.DoesNotContain(Token, await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        string[] said = await StopAsync(run);
        Assert.DoesNotContain(said, line => line.Contains(Token, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("0.0.0.0:9464")]
    [InlineData("[::]:9464")]
    [InlineData("10.1.2.3:9464")]
    public void A_port_that_others_can_reach_needs_a_token(string place) =>
        CliRun.Of("process", "--brokers", _kafka.Brokers, "--group", "g", "--http", place).FailedWith(2, "--http-token-file");

    [Theory]
    [InlineData("http")]
    [InlineData("10.1.2.3")]
    [InlineData("::1")]
    [InlineData("70000")]
    [InlineData("localhost:9464")]
    public void A_place_is_an_address_and_a_port(string place) =>
        CliRun.Of("process", "--brokers", _kafka.Brokers, "--group", "g", "--http", place).FailedWith(2, "--http", place);

    [Theory]
    [InlineData("process --group g --guarantee at-least-once")]
    [InlineData("ingest --speed 0.001x --source")]
    public async Task Only_the_option_opens_a_port(string command)
    {
        // What ASP.NET's own hosts read: a file in the working directory, and variables that container images set.
        int[] ports = [FreePort(), FreePort(), FreePort()];
        _folder.Write("appsettings.json", $$"""{"Kestrel": {"Endpoints": {"A": {"Url": "http://127.0.0.1:{{ports[0]}}"} } } }""");
        string capture = command.StartsWith("ingest", StringComparison.Ordinal) ? CorpusFolder.Message("mixed.pcap") : "";
        using ProcessRun run = ProcessRun.Bash(
            $"cd {_folder.FullName} && Kestrel__Endpoints__B__Url=http://127.0.0.1:{ports[1]} ASPNETCORE_HTTP_PORTS={ports[2]} exec $icmpstream {command} {capture} --brokers {_kafka.Brokers} --http 0");
        Uri root = await RootAsync(run);
        Assert.Equal("ok\n", await _client.GetStringAsync(new Uri(root, "/healthz"), TestContext.Current.CancellationToken));
        foreach (int port in ports)
        {
            using var other = new TcpClient();
            SocketException refused = await Assert.ThrowsAsync<SocketException>(() => other.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken).AsTask());
            Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        }
    }

    [Theory]
    [InlineData("short")]
    [InlineData("two words are no token at all")]
    [InlineData("")]
    public void A_token_that_can_be_guessed_is_refused(string token) =>
        CliRun.Of("process", "--brokers", _kafka.Brokers, "--group", "g", "--http", "0", "--http-token-file", _folder.Write("t", token)).FailedWith(2, "--http-token-file");

    private ProcessRun Start(params string[] options) =>
        ProcessRun.Start(ProcessRun.Executable, ["process", "--brokers", _kafka.Brokers, "--group", "g", "--guarantee", "at-least-once", .. options]);

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task<Uri> RootAsync(ProcessRun run)
    {
        const string Said = "http://";
        await run.WaitForErrorAsync(Said);
        return new Uri(Said + run.Errors.First(line => line.Contains(Said, StringComparison.Ordinal)).Split(Said)[1]);
    }

    private async Task ReadyAsync(Uri root)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while ((await GetAsync(root, "/readyz")).StatusCode != HttpStatusCode.OK)
        {
            Assert.True(clock.Elapsed < ProcessRun.Patience, "it never became ready");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private async Task<HttpResponseMessage> GetAsync(Uri root, string path, string? token = null, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(root, path));
        request.Headers.Host = host;
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await _client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task<string[]> StopAsync(ProcessRun run)
    {
        await run.SignalAsync("INT");
        (int code, string _, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        return errors;
    }
}
