using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Recovery;

/// <summary>
/// Processors as real processes, killed with SIGKILL at random moments of a replay. What they leave in the log must be what one
/// undisturbed processor leaves there, record by record, and what <c>analyze</c> finds in one process. The embedded Kafka forgets offsets that are
/// committed in transactions, so the promise is at-least-once here: repeated records count once.
/// </summary>
/// <remarks><c>ICMPSTREAM_TEST_KILLS=20</c> kills more often, in more shapes, than a test run has time for.</remarks>
public sealed class KilledProcessorTests : IDisposable
{
    /// <summary>Two lives are longer than the traffic lasts, so that some are killed while they rebuild the state of another.</summary>
    private const int LongestLifeMs = 700;

    private const int DefaultKills = 2;

    private const string Group = "processors";

    private static readonly int Kills =
        Environment.GetEnvironmentVariable("ICMPSTREAM_TEST_KILLS") is { } kills ? int.Parse(kills, CultureInfo.InvariantCulture) : DefaultKills;

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();
    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new();
    private readonly List<ProcessRun> _started = [];

    public void Dispose()
    {
        foreach (ProcessRun run in _started)
            run.Dispose();
        _folder.Dispose();
        _kafka.Dispose();
    }

    /// <summary>Partitions, processes, speed: all of them where more kills are asked for.</summary>
    public static TheoryData<int, int, string> Shapes { get; } = IsShort
        ? new() { { 1, 1, "max" }, { 16, 3, "8x" } }
        : new() { { 1, 1, "max" }, { 1, 3, "4x" }, { 4, 1, "real" }, { 4, 3, "max" }, { 16, 1, "8x" }, { 16, 3, "max" } };

    private static bool IsShort => Kills <= DefaultKills;

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_processor_that_is_killed_again_and_again_leaves_what_an_undisturbed_one_leaves(int partitions, int processes, string speed)
    {
        string capture = _folder.PathOf("capture.pcap");
        CliRun.Of(
            "generate", "-o", capture, "--duration", "16", "--traffic", "ordinary:rate=60", "--traffic", "flood:rate=1500,sources=30,start=4,duration=7",
            "--traffic", "tunnel:rate=8,start=1", "--traffic", "sweep:rate=20,start=2,targets=100", "--quiet").Succeeded();
        string run = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(capture)).AsSpan(0, RunId.Size));
        CliRun.Of("analyze", capture, "--out", _folder.FullName).Succeeded();

        using KafkaLog log = _kafka.Connect();
        TopicCatalog calm = Create(log, "calm.", partitions), rough = Create(log, "rough.", partitions);
        Ingest(capture, "calm.", run, "max");
        Task<(int Code, string Output, string[] Errors)> undisturbed = Start("calm.", "--until-end").EndAsync(TimeSpan.FromMinutes(3));
        await EndsWell(undisturbed);

        Task ingest = Task.Run(() => Ingest(capture, "rough.", run, speed));
        ProcessRun[] running = [.. Enumerable.Range(0, processes).Select(_ => StartSlow())];
        await KillAgainAndAgain(log, rough, running);
        await ingest;
        // What is left is killed too: there is no last word to rely on.
        foreach (ProcessRun last in running)
            await last.SignalAsync("KILL");
        running = [.. running.Select(_ => Start("rough.", "--until-end", "--idle-timeout", "60"))];
        foreach (ProcessRun last in running)
            await EndsWell(last.EndAsync(TimeSpan.FromMinutes(4)));

        SortedSet<string> expected = OutputRecords.Read(log, calm, out int repeated);
        Assert.Equal(0, repeated);
        Assert.Equal(expected, OutputRecords.Read(log, rough, out _));
        foreach ((string topic, string file) in (ReadOnlySpan<(string, string)>)[("icmp.echo.v1", "echo.jsonl"), ("icmp.rtt.v1", "rtt.jsonl"), ("icmp.rate.v1", "rates.jsonl"), ("icmp.alert.v1", "alerts.jsonl")])
        {
            string[] lines = File.ReadAllLines(_folder.PathOf(file));
            Assert.NotEmpty(lines);
            string[] found = CliRun.Of("tail", topic, "--brokers", _kafka.Brokers, "--topic-prefix", "calm.", "--from", "beginning", "-n", $"{lines.Length}").Succeeded().Lines;
            Assert.Equal(lines.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
            Assert.Equal(lines.Length, expected.Count(record => record.StartsWith(topic + "[", StringComparison.Ordinal)));
        }
    }

    private async Task KillAgainAndAgain(KafkaLog log, TopicCatalog topics, ProcessRun[] running)
    {
        for (int killed = 0; killed < Kills; killed++)
        {
            long before = Committed(log, topics);
            int victim = _random.Next(running.Length);
            await WaitUntilAsync(() => IsAtWork(log, topics, before));
            await Task.Delay(_random.Next(LongestLifeMs));
            await running[victim].SignalAsync("KILL");
            Assert.Equal(137, (await running[victim].EndAsync()).ExitCode);
            running[victim] = StartSlow();
        }
    }

    // Something new is committed, or there is nothing new to commit: then whoever is killed may be rebuilding its state.
    private static bool IsAtWork(KafkaLog log, TopicCatalog topics, long before)
    {
        long now = Committed(log, topics);
        return now > before || (now > 0 && now >= log.EndOffsets(Events(topics), ProcessRun.Patience).Sum(end => end.Offset));
    }

    private static long Committed(KafkaLog log, TopicCatalog topics) =>
        log.CommittedOffsets("rough." + Group, Events(topics), ProcessRun.Patience).Sum(position => Math.Max(0, position.Offset));

    private static LogPartition[] Events(TopicCatalog topics) => [.. Enumerable.Range(0, topics.Event.Partitions).Select(p => new LogPartition(topics.Event.Name, p))];

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < ProcessRun.Patience, "no processor commits anything");
            await Task.Delay(20);
        }
    }

    private static async Task EndsWell(Task<(int Code, string Output, string[] Errors)> end)
    {
        (int code, _, string[] errors) = await end;
        Assert.True(code == 0, string.Join('\n', errors));
    }

    private static TopicCatalog Create(KafkaLog log, string prefix, int partitions)
    {
        var topics = new TopicCatalog(new TopicCatalogOptions { Prefix = prefix, PairPartitions = partitions, HostPartitions = partitions });
        log.Topics.Apply(topics.All, TimeSpan.FromSeconds(60));
        return topics;
    }

    // Small batches, of which a processor to be killed fetches a few at a time, or else it would be through before.
    private void Ingest(string capture, string prefix, string run, string speed) => CliRun.Of(
        "ingest", "--source", capture, "--brokers", _kafka.Brokers, "--topic-prefix", prefix, "--run-id", run, "--speed", speed, "--kafka", "batch.num.messages=100", "--quiet").Succeeded();

    private ProcessRun StartSlow(params string[] more) => Start(
        "rough.", ["--kafka", "fetch.message.max.bytes=16000", "--kafka", "queued.min.messages=1", "--kafka", "fetch.queue.backoff.ms=10", .. more]);

    private ProcessRun Start(string prefix, params string[] more)
    {
        var run = ProcessRun.Start(
            ProcessRun.Executable,
            [
                "process", "--brokers", _kafka.Brokers, "--topic-prefix", prefix, "--group", prefix + Group, "--guarantee", "at-least-once", "--commit-interval", "20", "--checkpoint-interval", "1",
                "--kafka", "session.timeout.ms=2000", "--kafka", "heartbeat.interval.ms=300", .. more,
            ]);
        _started.Add(run);
        return run;
    }
}
