using System.Net;
using System.Text;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Operations;

/// <summary>Metrics by OTLP, as a receiver gets them.</summary>
public sealed class OtlpTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly HttpListener _receiver = new();

    public void Dispose()
    {
        _receiver.Close();
        _kafka.Dispose();
    }

    [Fact]
    public async Task The_last_numbers_reach_the_receiver_before_the_process_ends()
    {
        using (KafkaLog log = _kafka.Connect())
            log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 1, HostPartitions = 1 }).All, TimeSpan.FromSeconds(60));
        string address = Listen();
        Task<(string Path, string? Type, byte[] Body)> received = ReceiveAsync();
        CliRun run = await CliRun.RunAsync(
            [], CancellationToken.None, "ingest", "--source", CorpusFolder.Message("mixed.pcap"), "--brokers", _kafka.Brokers, "--otlp", address + "v1/metrics", "--quiet");
        run.Succeeded();
        (string path, string? type, byte[] body) = await received.WaitAsync(ProcessRun.Patience, TestContext.Current.CancellationToken);
        Assert.Equal("/v1/metrics", path);
        Assert.Equal("application/x-protobuf", type);
        string text = Encoding.Latin1.GetString(body);
        foreach (string word in (string[])["icmpstream.ingest.packets", "icmpstream.ingest.outcomes", "not_icmp", "messaging.client.sent.messages", "dotnet.gc.collections", "service.name"])
            Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet.thread_pool", text, StringComparison.Ordinal);
    }

    private string Listen()
    {
        // HttpListener cannot choose a port itself: one that was free a moment ago will do, and another is taken where it is not.
        for (int attempt = 0; ; attempt++)
        {
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            string address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            _receiver.Prefixes.Clear();
            _receiver.Prefixes.Add(address);
            try
            {
                _receiver.Start();
                return address;
            }
            catch (HttpListenerException) when (attempt < 10)
            {
                // Taken meanwhile.
            }
        }
    }

    private async Task<(string Path, string? Type, byte[] Body)> ReceiveAsync()
    {
        HttpListenerContext context = await _receiver.GetContextAsync();
        var body = new MemoryStream();
        await context.Request.InputStream.CopyToAsync(body);
        context.Response.Close();
        return (context.Request.Url!.AbsolutePath, context.Request.ContentType, body.ToArray());
    }
}
