using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using IcmpStream.Cli.Invocation;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>The commands on an embedded Kafka, over the real protocol.</summary>
public sealed class KafkaTests : IDisposable
{
    private const int Partitions = 4;

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();

    public void Dispose() => _kafka.Dispose();

    [Fact]
    public async Task A_foreign_client_reads_what_ingest_wrote_count_and_keys_right()
    {
        Tools.Need("kcat");
        Create("t.");
        string capture = CorpusFolder.Message("mixed.pcap");
        CliRun ingest = Run("ingest", "--source", capture, "--topic-prefix", "t.", "--json").Succeeded();
        JsonElement books = JsonDocument.Parse(Assert.Single(ingest.Lines)).RootElement;
        Assert.True(books.GetProperty("balanced").GetBoolean());

        using var kcat = ProcessRun.Bash($"kcat -b {_kafka.Brokers} -C -t t.icmp.event.v1 -o beginning -e -q -f '%p %K %k\\n' | xxd -p | tr -d '\\n'");
        (int code, string hex, string[] errors) = await kcat.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        List<(int Partition, byte[] Key)> records = Parse(Convert.FromHexString(hex));

        Assert.Equal(books.GetProperty("records").GetInt32(), records.Count);
        Assert.Equal(books.GetProperty("ticks").GetInt32(), records.Count(record => record.Key.Length == 0));
        var keys = records.Where(record => record.Key.Length > 0).ToList();
        Assert.Equal(books.GetProperty("events").GetInt32(), keys.Count);
        Assert.Equal(ExpectedKeys(capture).Order(), keys.Select(record => EventKey.Read(record.Key).ToString()).Order());
        Assert.All(keys, record => Assert.Equal(Murmur2.Partition(record.Key, Partitions), record.Partition));
    }

    [Fact]
    public void Books_of_an_ingest_balance_in_words_too()
    {
        Create("");
        CliRun run = Run("ingest", "--source", CorpusFolder.Message("mixed.pcap"), "--run-id", "monday").Succeeded();
        Assert.Contains("205 frames = 89 events + 116 others (116 not_icmp)", run.Error);
        Assert.Contains("0 failed", run.Error);
        Assert.Empty(run.Output);
        Assert.Empty(Run("ingest", "--source", CorpusFolder.Message("5-pings.pcap"), "--quiet").Succeeded().Error);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("512")]
    public void Through_Kafka_come_the_exchanges_round_trip_times_and_rates_that_analyze_finds(string pack)
    {
        Create("");
        using var folder = new TemporaryFolder();
        string capture = CorpusFolder.Message("mixed.pcap");
        CliRun.Of("analyze", capture, "--out", folder.FullName).Succeeded();
        string run = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(capture)).AsSpan(0, RunId.Size));
        Run("ingest", "--source", capture, "--run-id", run, "--pack", pack).Succeeded();
        CliRun process = Run("process", "--group", "g", "--until-end", "--guarantee", "at-least-once", "--json").Succeeded();
        JsonElement books = JsonDocument.Parse(Assert.Single(process.Lines)).RootElement;
        Assert.True(books.GetProperty("balanced").GetBoolean());
        Assert.Equal(89, books.GetProperty("processed").GetInt32());
        foreach ((string topic, string file) in (ReadOnlySpan<(string, string)>)[("icmp.echo.v1", "echo.jsonl"), ("icmp.rtt.v1", "rtt.jsonl"), ("icmp.rate.v1", "rates.jsonl")])
        {
            string[] expected = File.ReadAllLines(folder.PathOf(file));
            string[] found = Run("tail", topic, "--from", "beginning", "-n", $"{expected.Length}").Succeeded().Lines;
            Assert.Equal(expected.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void Tail_shows_events_with_their_envelope()
    {
        Create("");
        Run("ingest", "--source", CorpusFolder.Message("5-pings.pcap"), "--sensor", "tap-7").Succeeded();
        CliRun run = Run("tail", "icmp.event.v1", "--from", "beginning", "-n", "12").Succeeded();
        JsonElement[] records = [.. run.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.All(records, record => Assert.Equal("tap-7", record.GetProperty("sensor").GetString()));
        Assert.Contains(records, record => record.GetProperty("events").GetArrayLength() == 1);
    }

    [Fact]
    public void A_damaged_capture_is_delivered_up_to_the_damage()
    {
        Create("");
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(CorpusFolder.Message("5-pings.pcap"));
        string cut = folder.Write("cut.pcap", whole.AsSpan(0, whole.Length - 30));
        CliRun run = Run("ingest", "--source", cut, "--json", "--quiet").FailedWith(1, cut, "cut short");
        JsonElement books = JsonDocument.Parse(Assert.Single(run.Lines)).RootElement;
        Assert.Equal(9, books.GetProperty("events").GetInt32());
        Assert.Equal(books.GetProperty("records").GetInt32(), books.GetProperty("delivered").GetInt32());
    }

    [Fact]
    public void A_missing_topic_says_how_to_make_it()
    {
        Run("ingest", "--source", CorpusFolder.Message("5-pings.pcap"), "--quiet").FailedWith(1, "icmp.event.v1");
        Run("process", "--group", "g").FailedWith(1, "icmp.");
        Run("tail", "icmp.event.v1").FailedWith(1, "icmp.event.v1");
    }

    [Fact]
    public void Streams_that_never_end_are_named()
    {
        Create("");
        using (KafkaLog log = _kafka.Connect())
        using (IcmpStream.Kafka.ILogAppender appender = log.OpenAppender(new()))
        {
            var publisher = new IcmpStream.Ingest.Publish.EventPublisher(
                appender, "icmp.event.v1", RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint), 1, CancellationToken.None);
            publisher.Accept(new BatchEnvelope { Sensor = "tap-9", Run = RunId.FromText("open"), WatermarkNs = 1_000_000_000 }, new EventBuffer());
            Assert.True(appender.Flush(TimeSpan.FromSeconds(60), CancellationToken.None));
        }

        Run("process", "--group", "g", "--until-end", "--guarantee", "at-least-once", "--idle-timeout", "3", "--quiet")
            .FailedWith(1, "have not ended", RunId.FromText("open").ToString());
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_named_by_every_command()
    {
        string[][] commands =
        [
            ["ingest", "--source", CorpusFolder.Message("5-pings.pcap")],
            ["process", "--group", "g"],
            ["topics", "apply"],
            ["topics", "list"],
            ["tail", "icmp.event.v1"],
            ["demo"],
        ];
        CliRun[] runs = await Task.WhenAll(commands.Select(command =>
            Task.Run(() => CliRun.Of([.. command, "--brokers", "127.0.0.1:1"]))));
        Assert.All(runs, run => run.FailedWith(1, "127.0.0.1:1"));
    }

    [Fact]
    public async Task Whoever_stops_the_waiting_for_a_broker_need_not_wait_for_its_end()
    {
        // It takes the connection and never says a word.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var stop = new CancellationTokenSource();
        var options = new ClusterOptions { Brokers = silent.LocalEndpoint.ToString()!, ConnectTimeout = TimeSpan.FromHours(1) };
        Task<KafkaLog> connecting = Task.Run(() => KafkaLog.Connect(options, stop.Token), TestContext.Current.CancellationToken);
        using (await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
        {
            await stop.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => connecting.WaitAsync(ProcessRun.Patience, TestContext.Current.CancellationToken));
        }

        CliRun interrupted = await CliRun.RunAsync([], stop.Token, "topics", "list", "--brokers", options.Brokers);
        interrupted.FailedWith(1, "interrupted");
    }

    [Fact]
    public void Brokers_without_a_controller_are_told_from_slow_ones()
    {
        using var log = KafkaLog.Connect(new ClusterOptions { Brokers = _kafka.Brokers });
        LogException failure = Assert.Throws<LogException>(() => log.Topics.Apply(new TopicCatalog().All, TimeSpan.FromSeconds(3)));
        Assert.Contains("controller", failure.Message, StringComparison.Ordinal);
        Assert.Contains("embedded", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--source is needed", "ingest")]
    [InlineData("--brokers is needed", "tail", "icmp.event.v1")]
    [InlineData("--group is needed", "process")]
    [InlineData("--pack: '0'", "ingest", "--source", "x", "--pack", "0")]
    [InlineData("--speed: 'fast'", "ingest", "--source", "x", "--speed", "fast")]
    [InlineData("--partitions: '3'", "topics", "apply", "--partitions", "3")]
    [InlineData("--from: 'middle'", "tail", "icmp.event.v1", "--brokers", "127.0.0.1:1", "--from", "middle")]
    [InlineData("--guarantee: 'maybe'", "process", "--group", "g", "--guarantee", "maybe")]
    [InlineData("no.such.setting", "topics", "list", "--brokers", "127.0.0.1:1", "--kafka", "no.such.setting=1")]
    [InlineData("--group", "tail", "icmp.event.v1", "--brokers", "127.0.0.1:1", "--kafka", "group.id=g")]
    [InlineData("key=value", "ingest", "--source", "x", "--brokers", "b", "--kafka", "linger")]
    public void Wrong_usage_is_told_before_anything_is_asked_of_a_broker(string words, params string[] args) => CliRun.Of(args).FailedWith(2, words);

    [Fact]
    public void Doctor_checks_the_brokers_and_says_how_to_mend_them()
    {
        CliRun run = CliRun.Of("doctor", "--brokers", "127.0.0.1:1", "--json");
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        JsonElement brokers = run.Lines.Select(line => JsonDocument.Parse(line).RootElement).Single(check => check.GetProperty("check").GetString() == "brokers");
        Assert.Equal("broken", brokers.GetProperty("state").GetString());
        Assert.NotEmpty(brokers.GetProperty("mend").GetString()!);
    }

    private void Create(string prefix)
    {
        using KafkaLog log = _kafka.Connect();
        log.Topics.Apply(
            new TopicCatalog(new TopicCatalogOptions { Prefix = prefix, PairPartitions = Partitions, HostPartitions = Partitions }).All, TimeSpan.FromSeconds(60));
    }

    private CliRun Run(params string[] args) => CliRun.Of([.. args, "--brokers", _kafka.Brokers]);

    /// <summary>Keys by what decode says: the quoted pair of an error, else the pair itself.</summary>
    private static IEnumerable<string> ExpectedKeys(string capture)
    {
        string[] lines = CliRun.Of("decode", capture, "--format", "tsv").Succeeded().Lines;
        string[] names = lines[0].Split('\t');
        foreach (string[] row in lines.Skip(1).Select(line => line.Split('\t')))
        {
            string Column(string name) => row[Array.IndexOf(names, name)];
            bool isQuoted = Column("quoted_src").Length > 0;
            yield return EventKey.Of(ParseAddress(Column(isQuoted ? "quoted_src" : "icmp_src")), ParseAddress(Column(isQuoted ? "quoted_dst" : "icmp_dst"))).ToString();
        }
    }

    private static Address ParseAddress(string text)
    {
        Assert.True(Address.TryParse(text, out Address address), text);
        return address;
    }

    /// <summary>Records in kcat's form "partition length key newline", whose keys may hold any byte; -1 is a length of none.</summary>
    private static List<(int Partition, byte[] Key)> Parse(byte[] output)
    {
        var records = new List<(int, byte[])>();
        for (int at = 0; at < output.Length;)
        {
            int partition = Number(output, ref at);
            int length = Math.Max(0, Number(output, ref at));
            records.Add((partition, output[at..(at + length)]));
            at += length + 1;
        }

        return records;
    }

    private static int Number(byte[] output, ref int at)
    {
        int space = Array.IndexOf(output, (byte)' ', at);
        int number = int.Parse(Encoding.ASCII.GetString(output, at, space - at));
        at = space + 1;
        return number;
    }
}
