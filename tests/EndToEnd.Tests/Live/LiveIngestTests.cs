using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Live;

/// <summary>An interface into Kafka and back, by the executable.</summary>
public sealed partial class LiveIngestTests : IDisposable
{
    private const int Partitions = 4;
    private const int Datagrams = 7;

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();

    public LiveIngestTests()
    {
        using KafkaLog log = _kafka.Connect();
        log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = Partitions, HostPartitions = Partitions }).All, TimeSpan.FromSeconds(60));
    }

    public void Dispose() => _kafka.Dispose();

    [Theory]
    [InlineData("afpacket")]
    [InlineData("afxdp")]
    public async Task What_the_interfaces_sent_is_what_the_log_has_and_a_stop_ends_the_stream(string kind)
    {
        using var pair = new NetworkPair(hasIpv6: false);
        using var door = new NamespaceDoor(pair.Right, _kafka.Brokers);
        using ProcessRun run = pair.Read("ingest", "--source", $"{kind}:right", "--brokers", _kafka.Brokers, "--pack", "64", "--fold", "off", "--sensor", "tap", "--json");
        await run.WaitForErrorAsync("reading");
        long before = Sent(pair, isXdp: kind == "afxdp");
        Assert.Equal(20_000, pair.Blast(20, 20_000));
        pair.OnLeft("ping", "-c", "20", "-i", "0.01", "-W", "0.3", NetworkPair.RightAddress);

        // The filter leaves these out, and counts nothing; what the host answers (port unreachable) is ICMP again.
        pair.OnLeft("bash", "-c", $"for i in {{1..{Datagrams}}}; do echo > /dev/udp/{NetworkPair.RightAddress}/9; done");
        await run.SignalAsync("TERM");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));

        JsonElement books = JsonDocument.Parse(output).RootElement;
        Assert.True(books.GetProperty("balanced").GetBoolean());
        long events = books.GetProperty("events").GetInt64(), frames = books.GetProperty("frames").GetInt64();
        Match kernel = BooksLine().Match(string.Join('\n', errors));
        Assert.True(kernel.Success, string.Join('\n', errors));
        long[] counts = [.. kernel.Groups.Values.Skip(1).Select(group => long.Parse(group.ValueSpan, CultureInfo.InvariantCulture))];
        Assert.Equal(counts[0], counts[1] + counts[2]);
        Assert.Equal(frames, counts[1]);
        Assert.Equal(Sent(pair, isXdp: kind == "afxdp") - before, counts[0] + Datagrams);

        JsonElement[] records = ReadBack(books);
        Assert.Equal(frames, events);
        Assert.Equal(events, records.Sum(record => record.GetProperty("events").GetArrayLength()));
        Assert.All(records, record => Assert.Equal(books.GetProperty("run").GetString(), record.GetProperty("run").GetString()));
        AssertEnded(records, streams: 1);
    }

    [Fact]
    public async Task Several_readers_are_tied_to_cores_and_a_pair_stays_on_one_of_them()
    {
        Tools.NeedThat(Environment.ProcessorCount >= 2, "two readers on two cores take two cores");
        using var pair = new NetworkPair(hasIpv6: false);
        using var door = new NamespaceDoor(pair.Right, _kafka.Brokers);
        using ProcessRun run = pair.Read(
            "ingest", "--source", "afpacket:right", "--brokers", _kafka.Brokers, "--pack", "64", "--fold", "off", "--threads", "2", "--cpu", "0,1", "--json");
        await run.WaitForErrorAsync("reading");
        Assert.Equal(10_000, pair.Blast(20, 10_000));
        pair.OnLeft("ping", "-c", "20", "-i", "0.01", "-W", "5", NetworkPair.RightAddress);
        string[] cores = [.. Directory.EnumerateDirectories($"/proc/{run.Id}/task")
            .Where(task => File.ReadAllText(Path.Combine(task, "comm")).StartsWith("reader right", StringComparison.Ordinal))
            .Select(task => File.ReadLines(Path.Combine(task, "status")).First(line => line.StartsWith("Cpus_allowed_list", StringComparison.Ordinal)).Split('\t')[1])];
        Assert.Equal(["0", "1"], cores.Order(StringComparer.Ordinal));
        await run.SignalAsync("TERM");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));

        JsonElement[] books = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(2, books.Length);
        Assert.All(books, own => Assert.True(own.GetProperty("balanced").GetBoolean() && own.GetProperty("events").GetInt32() > 0));
        Assert.Equal(10_000 + 40, books.Sum(own => own.GetProperty("events").GetInt32()));
        JsonElement[] records = ReadBack(books);
        var streams = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonElement record in records)
        {
            int stream = record.GetProperty("stream").GetInt32();
            foreach (JsonElement e in record.GetProperty("events").EnumerateArray())
            {
                string[] ends = [e.GetProperty("src").GetString()!, e.GetProperty("dst").GetString()!];
                string both = string.Join(' ', ends.Order(StringComparer.Ordinal));
                Assert.Equal(stream, streams.GetValueOrDefault(both, stream));
                streams[both] = stream;
            }
        }

        Assert.Equal(256 + 1, streams.Count);
        AssertEnded(records, streams: 2);
    }

    // What both interfaces have sent; XDP sees what comes in alone.
    private static long Sent(NetworkPair pair, bool isXdp) => pair.Counter(isLeft: true, "tx_packets") + (isXdp ? 0 : pair.Counter(isLeft: false, "tx_packets"));

    private JsonElement[] ReadBack(params JsonElement[] books)
    {
        long records = books.Sum(own => own.GetProperty("records").GetInt64());
        CliRun tail = CliRun.Of("tail", "icmp.event.v1", "--from", "beginning", "-n", $"{records}", "--brokers", _kafka.Brokers).Succeeded();
        JsonElement[] read = [.. tail.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(records, read.Length);
        return read;
    }

    // Each stream says in every partition that nothing follows.
    private static void AssertEnded(JsonElement[] records, int streams) =>
        Assert.Equal(streams * Partitions, records.Count(record => record.GetProperty("final").GetBoolean()));

    [GeneratedRegex(@"(\d+) received by the kernel = (\d+) read \+ (\d+) dropped")]
    private static partial Regex BooksLine();
}
