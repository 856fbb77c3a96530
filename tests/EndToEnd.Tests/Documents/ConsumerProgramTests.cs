using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>
/// The programs of docs/consumers, taken out of their pages, against a Kafka with single and with packed records of two captures, what the processor makes of
/// them, and a record that nobody can read. What they print must be what <c>icmpstream tail</c> does.
/// </summary>
public sealed class ConsumerProgramTests : IClassFixture<ConsumerProgramTests.FilledKafka>, IDisposable
{
    private const string PackedPrefix = "packed.";

    /// <summary>Topics of rows, their schemas, and the fields that are printed of them.</summary>
    private static readonly (string Topic, string Schema, string[] Fields)[] Rows =
    [
        ("icmp.echo.v1", "EchoExchange", ["outcome", "requester", "responder", "ident", "seq", "rtt_ns"]),
        ("icmp.rtt.v1", "PairRtt", ["window_start_ns", "requester", "responder", "count", "p50_ns", "p99_ns"]),
        ("icmp.rate.v1", "SourceRate", ["window_start_ns", "role", "packets", "peers"]),
        ("icmp.alert.v1", "Alert", ["id", "revision", "state", "rule", "severity"]),
    ];

    private readonly EmbeddedKafka _kafka;
    private readonly TemporaryFolder _folder = new();

    public ConsumerProgramTests(FilledKafka kafka)
    {
        _kafka = kafka.Kafka;
        foreach (string name in (string[])["IcmpEventBatch", "EchoExchange", "PairRtt", "SourceRate", "Alert"])
            File.Copy(Repository.PathOf($"src/Schemas/Avro/{name}.avsc"), _folder.PathOf($"{name}.avsc"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Programs_in_Python_read_every_topic()
    {
        Tools.NeedThat(File.Exists("/usr/bin/python3"), "python3 is not installed");
        TakeOut("python", "events.py", "rows.py", "text.py");
        await CheckAsync("/usr/bin/python3 events.py", "/usr/bin/python3 rows.py", "/usr/bin/python3 text.py", printsJson: false);
    }

    [Fact]
    public async Task Programs_in_Java_read_every_topic()
    {
        Tools.Need("javac");
        Tools.Need("kcat");
        Tools.NeedThat(File.Exists("/usr/share/java/avro.jar"), "libavro-java is not installed");
        string classes = $"{_folder.FullName}:/usr/share/java/avro.jar:/usr/share/java/jackson-core-asl.jar:/usr/share/java/jackson-mapper-asl.jar:/usr/share/java/slf4j-api.jar";
        string[] sources = TakeOut("java", "Events.java", "Rows.java", "Text.java");
        if (Environment.GetEnvironmentVariable("ICMPSTREAM_KAFKA_CLIENTS") is { Length: > 0 } client)
            classes += $":{client}";
        else
            sources = [.. sources, .. Directory.GetFiles(Repository.PathOf("tests/EndToEnd.Tests/Documents/KafkaClients"), "*.java", SearchOption.AllDirectories)];
        await BuildAsync("javac", ["-cp", classes, "-d", _folder.FullName, .. sources]);
        string java = $"java -XX:TieredStopAtLevel=1 -cp {classes}";
        await CheckAsync($"{java} Events", $"{java} Rows", $"{java} Text", printsJson: false);
    }

    [Fact]
    public async Task Programs_in_CSharp_read_every_topic()
    {
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string root = Path.GetFullPath(Path.Combine(runtime, "../../.."));
        string? compiler = Directory.GetFiles(Path.Combine(root, "sdk"), "csc.dll", SearchOption.AllDirectories).FirstOrDefault();
        Tools.NeedThat(compiler is not null, "there is no SDK beside the runtime");
        string[] libraries = [.. new[] { "Confluent.Kafka", "IcmpStream.Schemas" }.Select(name => Path.Combine(AppContext.BaseDirectory, $"{name}.dll"))];
        foreach (string library in libraries)
            File.Copy(library, _folder.PathOf(Path.GetFileName(library)));
        File.Copy(Directory.GetFiles(AppContext.BaseDirectory, "librdkafka.so", SearchOption.AllDirectories)[0], _folder.PathOf("librdkafka.so"));
        string[] references = [.. Directory.GetFiles(runtime, "System*.dll"), .. libraries];
        List<string> commands = [];
        foreach (string source in TakeOut("csharp", "Events.cs", "Rows.cs", "Text.cs"))
        {
            string program = Path.ChangeExtension(source, ".dll");
            await BuildAsync("dotnet", ["exec", compiler!, "-nologo", "-nullable", "-langversion:latest", $"-out:{program}", .. references.Select(reference => $"-r:{reference}"), source]);
            File.Copy(Path.Combine(AppContext.BaseDirectory, "icmpstream.runtimeconfig.json"), Path.ChangeExtension(source, ".runtimeconfig.json"));
            commands.Add($"dotnet exec {program}");
        }

        await CheckAsync(commands[0], commands[1], commands[2], printsJson: true);
    }

    private string[] TakeOut(string language, params string[] files) =>
    [
        .. files.Select(file => _folder.Write(
            file, Assert.Single(DocumentBlock.All, block => (block.Language, block.Tag) == (language, file) && block.Page.StartsWith("docs/consumers/", StringComparison.Ordinal)).Text)),
    ];

    private static async Task BuildAsync(string compiler, string[] args)
    {
        using ProcessRun run = ProcessRun.Start(compiler, args);
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, output + string.Join('\n', errors));
    }

    /// <summary>Runs all three programs of a page on all their topics, at once.</summary>
    private async Task CheckAsync(string events, string rows, string text, bool printsJson)
    {
        List<Task> checks = [];
        foreach (string prefix in (string[])["", PackedPrefix])
        {
            string[] expected = [.. Tail("icmp.event.v1", prefix).Where(record => record.TryGetProperty("events", out _))
                .SelectMany(record => record.GetProperty("events").EnumerateArray())
                .Select(e => $"{e.GetProperty("first_ns")} {e.GetProperty("src")} {e.GetProperty("dst")} {e.GetProperty("type")} {e.GetProperty("code")} {(e.TryGetProperty("count", out JsonElement count) ? count.GetInt64() : 1)}")];
            Assert.True(expected.Length > 100, $"{expected.Length} events");
            checks.Add(CheckAsync($"{events} {_kafka.Brokers} {prefix}icmp.event.v1 IcmpEventBatch.avsc", expected));
        }

        foreach ((string topic, string schema, string[] fields) in Rows)
        {
            JsonElement[] records = Tail(topic);
            string[] expected = printsJson
                ? [.. records.Select(record => record.GetRawText())]
                : [.. records.Select(record => string.Join(' ', fields.Select(field => record.TryGetProperty(field, out JsonElement value) ? $"{value}" : "null")))];
            checks.Add(CheckAsync(printsJson ? $"{rows} {_kafka.Brokers} {topic}" : $"{rows} {_kafka.Brokers} {topic} {schema}.avsc {string.Join(' ', fields)}", expected));
        }

        checks.Add(CheckAsync($"{text} {_kafka.Brokers} icmp.alert.ecs.v1", [.. Tail("icmp.alert.ecs.v1").Select(record => record.GetRawText())]));
        checks.Add(CheckAsync(
            $"{text} {_kafka.Brokers} icmp.dlq.v1",
            [.. Tail("icmp.dlq.v1").Select(record => string.Join(' ', record.EnumerateObject().Where(field => field.Name.StartsWith("header.", StringComparison.Ordinal))
                .Select(field => $"{field.Name["header.".Length..]}={Encoding.UTF8.GetString(Convert.FromHexString(field.Value.GetString()!))}")))]));
        await Task.WhenAll(checks);
    }

    /// <summary>Runs a program until it has printed as many lines as are due, and holds them against these.</summary>
    private async Task CheckAsync(string command, string[] expected)
    {
        Assert.NotEmpty(expected);
        string file = _folder.PathOf($"{Guid.NewGuid():N}.out");
        using ProcessRun run = ProcessRun.Bash($"cd {_folder.FullName} && exec {command} > {file}");
        var clock = Stopwatch.StartNew();
        string[] lines = [];
        while (lines.Length < expected.Length)
        {
            Assert.True(clock.Elapsed < ProcessRun.Patience && !run.HasExited, $"{command}: {lines.Length} of {expected.Length} lines; {string.Join('\n', run.Errors)}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
            lines = File.Exists(file) ? [.. (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Split('\n')[..^1]] : [];
        }

        Assert.Equal(expected.Select(Same).Order(StringComparer.Ordinal), lines.Select(Same).Order(StringComparer.Ordinal));
    }

    /// <summary>One spelling of addresses and of nothing, where languages have several.</summary>
    private static string Same(string line) => line is ['{', ..]
        ? line
        : string.Join(' ', line.Split(' ').Select(word => word == "None" ? "null" : word.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(word, out IPAddress? address) ? $"{address}" : word));

    private JsonElement[] Tail(string topic, string prefix = "")
    {
        long records;
        using (KafkaLog log = _kafka.Connect())
        {
            using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = [prefix + topic] });
            records = log.EndOffsets(reader.Partitions, ProcessRun.Patience).Sum(end => end.Offset);
        }

        return [.. CliRun.Of("tail", topic, "--brokers", _kafka.Brokers, "--topic-prefix", prefix, "--from", "beginning", "-n", $"{records}").Succeeded().Lines.Select(line => JsonDocument.Parse(line).RootElement)];
    }

    /// <summary>A Kafka with something in every topic, single and packed; filled once.</summary>
    public sealed class FilledKafka : IDisposable
    {
        public FilledKafka()
        {
            using var folder = new TemporaryFolder();
            string sweep = folder.PathOf("sweep.pcap");
            CliRun.Of("generate", "-o", sweep, "--duration", "6", "--traffic", "sweep:from=2001:db8::7,to=2001:db8:1::1,rate=50,start=0").Succeeded();
            foreach ((string prefix, string pack) in (ReadOnlySpan<(string, string)>)[("", "1"), (PackedPrefix, "512")])
            {
                using KafkaLog log = Kafka.Connect();
                log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 4, HostPartitions = 4, Prefix = prefix }).All, ProcessRun.Patience);
                foreach (string capture in (string[])[CorpusFolder.Message("mixed.pcap"), sweep])
                    CliRun.Of("ingest", "--source", capture, "--brokers", Kafka.Brokers, "--topic-prefix", prefix, "--pack", pack).Succeeded();
            }

            using (KafkaLog log = Kafka.Connect())
            using (ILogAppender appender = log.OpenAppender(new AppenderOptions()))
            {
                var damaged = new OutgoingBatch("icmp.partial.v1");
                damaged.Add(0, [], "not Avro"u8);
                appender.Append(damaged, CancellationToken.None);
                Assert.True(appender.Flush(ProcessRun.Patience, CancellationToken.None));
            }

            CliRun.Of("process", "--brokers", Kafka.Brokers, "--group", "g", "--until-end", "--guarantee", "at-least-once").Succeeded();
        }

        public EmbeddedKafka Kafka { get; } = EmbeddedKafka.Start();

        public void Dispose() => Kafka.Dispose();
    }
}
