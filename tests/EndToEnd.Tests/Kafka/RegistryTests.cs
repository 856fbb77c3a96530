using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Registry;
using IcmpStream.Kafka.Tests.Registry;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>The commands with a schema registry, over HTTP.</summary>
public sealed class RegistryTests : IDisposable
{
    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();

    public RegistryTests()
    {
        using KafkaLog log = _kafka.Connect();
        log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 2, HostPartitions = 2 }).All, TimeSpan.FromSeconds(60));
    }

    public void Dispose() => _kafka.Dispose();

    [Fact]
    public async Task From_ingest_to_alerts_records_carry_ids_that_are_asked_for_once()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        await RunAsync(registry.Url, "ingest", "--source", CorpusFolder.Message("mixed.pcap"));
        Assert.Equal(1, registry.Requests);
        using (KafkaLog log = _kafka.Connect())
        using (ILogReader reader = log.OpenReader(new ReaderOptions { Topics = ["icmp.event.v1"] }))
        {
            int records = 0;
            while (!reader.HasReachedEnds)
            {
                if (reader.Poll(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken) is not { } batch)
                    continue;
                foreach (LogRecord record in batch)
                {
                    Assert.Equal(AvroError.None, RecordFrame.Parse(record.Value, out RecordFrame frame));
                    Assert.Equal((RecordFraming.Confluent, 100), (frame.Framing, frame.SchemaId));
                    records++;
                }
            }

            Assert.True(records >= 89);
        }

        CliRun process = await RunAsync(registry.Url, "process", "--group", "g", "--until-end", "--guarantee", "at-least-once", "--json");
        JsonElement books = JsonDocument.Parse(Assert.Single(process.Lines)).RootElement;
        Assert.True(books.GetProperty("balanced").GetBoolean());
        Assert.Equal(89, books.GetProperty("processed").GetInt32());
    }

    [Fact]
    public async Task An_incompatible_schema_is_refused_with_the_registrys_reason_before_anything_is_written()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        registry.Incompatible = "IcmpEventBatch";
        CliRun run = await TryAsync(registry.Url, "ingest", "--source", CorpusFolder.Message("mixed.pcap"), "--quiet");
        run.FailedWith(1, "icmp.event.v1-value", "incompatible", "field gone");
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task A_registry_that_is_down_at_the_start_is_one_clear_line_and_one_that_goes_down_later_is_not_missed()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        var nobody = new Uri($"http://127.0.0.1:{((IPEndPoint)socket.LocalEndpoint).Port}");
        socket.Stop();
        foreach (string[] command in (string[][])[["ingest", "--source", CorpusFolder.Message("mixed.pcap")], ["process", "--group", "g"]])
            (await TryAsync(nobody, [.. command, "--quiet"])).FailedWith(1, "schema registry", $"{nobody.Port}", "cannot be reached");

        await using TestRegistry registry = await TestRegistry.StartAsync();
        var stop = new CancellationTokenSource();
        Task<CliRun> ingest = CliRun.RunAsync(
            [], stop.Token, "ingest", "--source", CorpusFolder.Message("mixed.pcap"), "--loop", "1000000", "--brokers", _kafka.Brokers, "--schema-registry", registry.Url.ToString(), "--quiet");
        using (KafkaLog log = _kafka.Connect())
        {
            // By the ends of the partitions: the embedded Kafka drops what this run writes faster than a reader asks for it.
            LogPartition[] partitions = [new("icmp.event.v1", 0), new("icmp.event.v1", 1)];
            LogPosition[] Ends() => [.. log.EndOffsets(partitions, TimeSpan.FromSeconds(60))];
            await UntilAsync(() => Ends().Any(end => end.Offset > 0), ingest);
            registry.Failing = int.MaxValue;
            LogPosition[] before = Ends();
            await UntilAsync(() => Ends().Zip(before).All(pair => pair.First.Offset > pair.Second.Offset + 1000), ingest);
        }

        await stop.CancelAsync();
        Assert.Contains("interrupted", (await ingest).Error);
        Assert.Equal(1, registry.Requests);
    }

    [Fact]
    public async Task Registering_the_contract_holds_subjects_to_its_rule_and_doctor_shows_it()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        CliRun before = await TryAsync(registry.Url, "doctor");
        Assert.Contains("not registered yet", before.Text);
        CliRun.Of("schemas", "register", "--schema-registry", registry.Url.ToString()).Succeeded();
        Assert.Equal("FULL_TRANSITIVE", registry.Demands["icmp.event.v1-value"]);
        Assert.Equal(8, registry.Demands.Count);
        Assert.Contains("8 schemas found", (await TryAsync(registry.Url, "doctor")).Text);
        registry.Incompatible = "EchoExchange";
        CliRun check = CliRun.Of("schemas", "check", "--schema-registry", registry.Url.ToString()).FailedWith(1, "1 incompatibilities");
        Assert.Contains("icmp.echo.v1-value", check.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Records_of_a_newer_compatible_schema_are_read_and_none_is_a_dead_letter(bool isKnownAtTheStart)
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        await RunAsync(registry.Url, "ingest", "--source", CorpusFolder.Message("mixed.pcap"));
        string newer = SchemaText.IcmpEventBatch.ToString().Replace(
            "\"name\": \"count\"", "\"name\": \"mood\", \"type\": [\"null\", \"string\"], \"default\": null }, { \"name\": \"count\"", StringComparison.Ordinal);
        Assert.NotEqual(SchemaText.IcmpEventBatch.ToString(), newer);
        Assert.Empty(SchemaResolution.Problems(SchemaText.IcmpEventBatch.ToString(), newer));
        string subject = isKnownAtTheStart ? "new.icmp.event.v1-value" : "somewhere-else";
        int written = 0;
        using (var client = new SchemaRegistry(RegistryOptions.Parse(registry.Url.ToString())))
        using (KafkaLog log = _kafka.Connect())
        {
            log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { Prefix = "new.", PairPartitions = 2, HostPartitions = 2 }).All, TimeSpan.FromSeconds(60));
            byte[] header = RecordFrame.ConfluentHeader(await client.RegisterAsync(subject, newer, TestContext.Current.CancellationToken));
            SchemaTranscoder transcoder = SchemaTranscoder.TryMake(newer, SchemaText.IcmpEventBatch.ToString())!;
            using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = ["icmp.event.v1"] });
            using ILogAppender appender = log.OpenAppender(new AppenderOptions());
            while (!reader.HasReachedEnds)
            {
                if (reader.Poll(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken) is not { } batch)
                    continue;
                var outgoing = new OutgoingBatch("new.icmp.event.v1");
                foreach (LogRecord record in batch)
                {
                    Assert.Equal(AvroError.None, RecordFrame.Parse(record.Value, out RecordFrame frame));
                    Assert.Equal(AvroError.None, transcoder.Transcode(frame.Body, out ReadOnlySpan<byte> body));
                    outgoing.Add(batch.Partition.Partition, record.Key, [.. header, .. body]);
                    written++;
                }

                appender.Append(outgoing, TestContext.Current.CancellationToken);
            }

            Assert.True(appender.Flush(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        }

        CliRun process = await RunAsync(registry.Url, "process", "--group", "g", "--until-end", "--guarantee", "at-least-once", "--topic-prefix", "new.", "--json");
        JsonElement books = JsonDocument.Parse(Assert.Single(process.Lines)).RootElement;
        Assert.Equal((89, 0), (books.GetProperty("processed").GetInt32(), books.GetProperty("dead_letters").GetInt32()));
        CliRun old = await RunAsync(registry.Url, "tail", "icmp.event.v1", "--from", "beginning", "-n", $"{written}");
        CliRun tail = await RunAsync(registry.Url, "tail", "icmp.event.v1", "--from", "beginning", "-n", $"{written}", "--topic-prefix", "new.");
        Assert.Equal(old.Lines.Order(StringComparer.Ordinal), tail.Lines.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("raw", tail.Text);
    }

    [Fact]
    public async Task Credentials_come_from_variables_and_are_never_shown()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        registry.Authorization = "Bearer hunter2";
        string[] command = ["ingest", "--source", CorpusFolder.Message("5-pings.pcap"), "--brokers", _kafka.Brokers, "--schema-registry", registry.Url.ToString()];
        (await CliRun.RunAsync(new() { ["ICMPSTREAM_SCHEMA_REGISTRY_TOKEN"] = "hunter2" }, CancellationToken.None, command)).Succeeded();
        foreach ((string name, string value) in (ReadOnlySpan<(string, string)>)[("ICMPSTREAM_SCHEMA_REGISTRY_TOKEN", "hunter3"), ("ICMPSTREAM_SCHEMA_REGISTRY_PASSWORD", "hunter3"), ("ICMPSTREAM_KAFKA", "hunter3")])
        {
            CliRun run = CliRun.With(new() { [name] = value, ["ICMPSTREAM_SCHEMA_REGISTRY_USER"] = "me" }, command);
            Assert.NotEqual(0, run.ExitCode);
            Assert.DoesNotContain("hunter", run.Error + run.Text);
        }
    }

    private async Task<CliRun> RunAsync(Uri registry, params string[] command) => (await TryAsync(registry, command)).Succeeded();

    private Task<CliRun> TryAsync(Uri registry, params string[] command) =>
        CliRun.RunAsync([], CancellationToken.None, [.. command, "--brokers", _kafka.Brokers, "--schema-registry", registry.ToString()]);

    private static async Task UntilAsync(Func<bool> condition, Task running)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.False(running.IsCompleted, "it ended too soon");
            Assert.True(clock.Elapsed < ProcessRun.Patience);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
