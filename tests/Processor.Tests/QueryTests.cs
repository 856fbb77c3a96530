using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.Runtime.Http;
using IcmpStream.Processor.Tests.Support;

namespace IcmpStream.Processor.Tests;

public sealed class QueryTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LogHarness _log = new(2, 2);
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public void Dispose()
    {
        _client.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task A_process_answers_for_its_partitions()
    {
        var packets = new List<Packet>();
        for (int i = 0; i < 40; i++)
            packets.Add(Packet.Request(100 + (i * 20), "10.0.0.1", $"192.0.2.{1 + (i % 5)}", i));
        packets.Add(Packet.Request(2000, "10.0.0.2", "192.0.2.9"));
        _log.Publish(packets, final: false);
        await WithProcessorAsync(new HttpOptions(), async at =>
        {
            await UntilAsync(async () => await StatusAsync($"{at}/readyz") == HttpStatusCode.OK);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync($"{at}/healthz"));
            await UntilAsync(async () => (await JsonAsync($"{at}/sources/10.0.0.1")).GetArrayLength() > 0);
            JsonElement source = (await JsonAsync($"{at}/sources/10.0.0.1"))[0];
            Assert.Equal("10.0.0.1", source.GetProperty("address").GetString());
            Assert.Equal(40, source.GetProperty("source").GetProperty("packets").GetInt64());
            Assert.Equal(5, source.GetProperty("source").GetProperty("peers").GetInt64());
            Assert.Equal(0, source.GetProperty("destination").GetProperty("packets").GetInt64());

            JsonElement top = await JsonAsync($"{at}/top?n=2");
            Assert.Equal([0, 1], top.GetProperty("partitions").EnumerateArray().Select(p => p.GetInt32()));
            Assert.Equal(2, top.GetProperty("top").GetArrayLength());
            Assert.Equal("10.0.0.1", top.GetProperty("top")[0].GetProperty("address").GetString());

            JsonElement open = await JsonAsync($"{at}/exchanges/192.0.2.1/10.0.0.1");
            Assert.Equal(8, open.GetArrayLength());
            Assert.Equal("10.0.0.1", open[0].GetProperty("requester").GetString());
        });
    }

    [Theory]
    [InlineData("/sources/10.0.0.300")]
    [InlineData("/exchanges/10.0.0.1/nobody")]
    [InlineData("/top?n=0")]
    [InlineData("/top?by=name")]
    public async Task Nonsense_is_a_bad_request(string path) =>
        await WithProcessorAsync(new HttpOptions(), async at => Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(at + path)));

    [Fact]
    public async Task With_a_token_only_probes_are_answered_without_it() =>
        await WithProcessorAsync(new HttpOptions { Token = "secret" }, async at =>
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync($"{at}/healthz"));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{at}/top"));
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync($"{at}/top"));
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");
            Assert.Equal(HttpStatusCode.OK, await StatusAsync($"{at}/top"));
        });

    [Fact]
    public void Any_address_but_loopback_needs_a_token()
    {
        var open = new HttpOptions { EndPoint = new IPEndPoint(IPAddress.Any, 0) };
        Assert.Contains("token", Assert.Throws<ArgumentException>(open.Validate).Message, StringComparison.Ordinal);
        (open with { Token = "secret" }).Validate();
    }

    [Fact]
    public async Task What_another_process_owns_is_answered_with_its_address()
    {
        string[] at = new string[2];
        var options = new HttpOptions();
        await WithProcessorAsync(options with { Advertise = "first.example:8080" }, async first =>
            await WithProcessorAsync(options with { Advertise = "second.example:8080" }, async second =>
            {
                at[0] = first;
                at[1] = second;
                HttpResponseMessage[] answers = [];
                await UntilAsync(async () =>
                {
                    answers = [await _client.GetAsync($"{first}/sources/10.0.0.1"), await _client.GetAsync($"{second}/sources/10.0.0.1")];
                    return answers.Count(answer => answer.StatusCode == HttpStatusCode.OK) == 1 && answers.Count(answer => answer.StatusCode == HttpStatusCode.TemporaryRedirect) == 1;
                });
                Uri location = answers.Single(answer => answer.StatusCode == HttpStatusCode.TemporaryRedirect).Headers.Location!;
                string owner = answers[0].StatusCode == HttpStatusCode.OK ? "first" : "second";
                Assert.Equal($"http://{owner}.example:8080/sources/10.0.0.1", location.ToString());
            }));
    }

    private async Task WithProcessorAsync(HttpOptions http, Func<string, Task> ask)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var host = new ProcessorHost(_log.Log, _log.Options with { UntilEnd = false, Http = http });
        Task<ProcessorExit> run = host.RunAsync(stop.Token);
        await UntilAsync(() => Task.FromResult(host.HttpAddress is not null || run.IsCompleted));
        if (!run.IsCompleted)
            await ask(host.HttpAddress!);
        await stop.CancelAsync();
        Assert.Equal(ExitReason.Stopped, (await run).Reason);
    }

    private async Task<HttpStatusCode> StatusAsync(string url)
    {
        using HttpResponseMessage answer = await _client.GetAsync(url, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private async Task<JsonElement> JsonAsync(string url)
    {
        string text = await _client.GetStringAsync(url, TestContext.Current.CancellationToken);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        long start = Environment.TickCount64;
        while (!await condition())
        {
            Assert.True(Environment.TickCount64 - start < Patience.TotalMilliseconds, "it did not come to pass");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
