using System.Diagnostics;
using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Kafka;
using IcmpStream.EndToEnd.Tests.Live;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Tests.Registry;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>
/// Where the commands of a page are run as they stand there: a folder with captures, a Kafka of three brokers with a controller and without topics, a schema registry, and an interface with
/// traffic for what is called with sudo. Names of the reader's own (brokers, registry, interface, ports) become those of the stage; nothing else is changed.
/// </summary>
internal sealed partial class DocumentStage : IAsyncDisposable
{
    /// <summary>What stands behind a command that goes on until its user ends it.</summary>
    private const string Endless = "# until Ctrl-C";

    private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start(brokers: 3);
    private readonly ControllerDoor _controller;
    private readonly KafkaLog _log;
    private readonly TestRegistry _registry;
    private readonly List<ProcessRun> _inBackground = [];
    private NetworkPair? _network;
    private NamespaceDoor? _networkDoor;
    private ProcessRun? _traffic;

    private DocumentStage(TestRegistry registry)
    {
        _registry = registry;
        _controller = new ControllerDoor(_kafka);
        _log = _kafka.Connect();
    }

    public TemporaryFolder Folder { get; } = new();

    public string Brokers => _controller.Brokers;

    /// <summary>A stage for these blocks; the interface only where one of them asks for it.</summary>
    public static async Task<DocumentStage> OpenAsync(IReadOnlyList<DocumentBlock> blocks)
    {
        var stage = new DocumentStage(await TestRegistry.StartAsync());
        foreach (DocumentBlock file in blocks.Where(block => block.Tag.Contains('.', StringComparison.Ordinal)))
            stage.Folder.Write(file.Tag, file.Text);
        CliRun.Of("generate", "-o", stage.Folder.PathOf("made"), "--duration", "5", "--traffic", "ordinary:rate=40,sources=2,targets=2", "--traffic", "sweep:start=0,rate=20", "--quiet").Succeeded();
        File.Copy(CorpusFolder.Message("5-pings.pcap"), stage.Folder.PathOf("a.pcap"));
        File.Copy(CorpusFolder.Message("capture_test.pcapng"), stage.Folder.PathOf("b.pcapng"));
        string bin = Directory.CreateDirectory(stage.Folder.PathOf("bin")).FullName;
        File.CreateSymbolicLink(Path.Combine(bin, "icmpstream"), ProcessRun.Executable);
        if (blocks.Any(block => NeedsInterface().IsMatch(block.Text)))
            stage.OpenNetwork(bin);
        return stage;
    }

    /// <summary>Runs a block, as a reader does: from top to bottom, what never ends by itself until it has shown what it does.</summary>
    public async Task RunAsync(DocumentBlock block)
    {
        File.Copy(Folder.PathOf("made"), Folder.PathOf("capture.pcap"), overwrite: true);
        string text = await OwnNamesAsync(block.Text);
        string[] lines = [.. text.Split('\n').Where(line => line.Length > 0)];
        if (!lines.Any(line => line.Contains(Endless, StringComparison.Ordinal) || IsInBackground(line)))
        {
            await EndAsync(block, Start(text, "output"), text);
            return;
        }

        foreach (string line in lines)
        {
            if (IsInBackground(line))
                _inBackground.Add(Start($"exec {line[..^1]}", $"background{_inBackground.Count}"));
            else if (line.Contains(Endless, StringComparison.Ordinal))
                await FollowAsync(block, line);
            else
                await EndAsync(block, Start(line, "output"), line);
        }
    }

    /// <summary>Ends what was started in the background, which must end well.</summary>
    public async Task EndBackgroundAsync()
    {
        foreach (ProcessRun run in _inBackground)
        {
            await run.SignalAsync("INT");
            (int code, _, string[] errors) = await run.EndAsync();
            Assert.True(code == 0, string.Join('\n', errors));
        }

        _inBackground.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        _inBackground.ForEach(run => run.Dispose());
        _traffic?.Dispose();
        _networkDoor?.Dispose();
        _network?.Dispose();
        _log.Dispose();
        _controller.Dispose();
        _kafka.Dispose();
        await _registry.DisposeAsync();
        Folder.Dispose();
    }

    private static bool IsInBackground(string line) => line.EndsWith(" &", StringComparison.Ordinal);

    private void OpenNetwork(string bin)
    {
        NetworkPair.NeedProgram("tcpdump");
        NetworkPair.NeedProgram("ping");
        _network = new NetworkPair(hasIpv6: false);
        _networkDoor = new NamespaceDoor(_network.Right, Brokers);
        _traffic = ProcessRun.Start("ip", "netns", "exec", _network.Left, "ping", "-q", "-i", "0.05", NetworkPair.RightAddress);
        string tcpdump = new[] { "/usr/bin/tcpdump", "/usr/sbin/tcpdump" }.First(File.Exists);
        foreach ((string name, string command) in ((string, string)[])[("sudo", ""), ("tcpdump", $"{tcpdump} -Z root -i right --immediate-mode")])
        {
            string file = Path.Combine(bin, name);
            File.WriteAllText(file, $"#!/bin/sh\nexec ip netns exec {_network.Right} {command} \"$@\"\n");
            NetworkPair.Run("chmod", "+x", file);
        }
    }

    private async Task<string> OwnNamesAsync(string text)
    {
        text = text.Replace("kafka:9092", Brokers, StringComparison.Ordinal).Replace("bin/icmpstream", "icmpstream", StringComparison.Ordinal);
        text = RegistryUrl().Replace(text, _registry.Url.ToString().TrimEnd('/'));
        text = HttpPort().Replace(text, "--http 0");
        text = InterfaceName().Replace(text, "right");
        // The page shows a made-up id, or none of its reader's alerts would be as old as the page.
        if (text.Contains("--explain 5f0c", StringComparison.Ordinal))
        {
            string alerts = await File.ReadAllTextAsync(Folder.PathOf("results/alerts.jsonl"));
            text = text.Replace("--explain 5f0c", $"--explain {alerts.Split('"')[3][..8]}", StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>A session of its own, so that a whole pipe can be interrupted, as the terminal does it.</summary>
    private ProcessRun Start(string script, string output) => ProcessRun.Start(
        "setsid", "bash", "-c", $"set -euo pipefail; export PATH={Folder.PathOf("bin")}:/usr/bin:$PATH; cd {Folder.FullName}; exec > {Folder.PathOf(output)}\n{script}");

    private async Task EndAsync(DocumentBlock block, ProcessRun run, string script)
    {
        using (run)
        {
            (int code, _, string[] errors) = await run.EndAsync();
            Assert.True(code == 0, $"{block.Place} ended with {code}: {string.Join('\n', errors)}\n{script}\n{await File.ReadAllTextAsync(Folder.PathOf("output"))}");
        }
    }

    /// <summary>Lets a command that never ends show what it does, then interrupts it, which it must take for a good end.</summary>
    private async Task FollowAsync(DocumentBlock block, string line)
    {
        Func<ProcessRun, bool> hasShown = WhatShows(line);
        File.Delete(Folder.PathOf("output"));
        ProcessRun run = Start(line, "output");
        var clock = Stopwatch.StartNew();
        while (!hasShown(run))
        {
            if (clock.Elapsed > ProcessRun.Patience || run.HasExited)
            {
                string[] errors = run.Errors;
                run.Dispose();
                Assert.Fail($"{block.Place}: {line} showed nothing: {string.Join('\n', errors)}");
            }

            await Task.Delay(50);
        }

        using (Process kill = Process.Start("kill", ["-INT", "--", $"-{run.Id}"]))
            await kill.WaitForExitAsync();
        await EndAsync(block, run, line);
    }

    /// <summary>How it is seen that a command does what its page says: by the topic that it fills, by what it says, or by its output.</summary>
    private Func<ProcessRun, bool> WhatShows(string line)
    {
        string prefix = TopicPrefix().Match(line) is { Success: true } match ? match.Groups[1].Value : "";
        if (line.Contains("icmpstream process ", StringComparison.Ordinal))
        {
            CliRun.Of("ingest", "--source", Folder.PathOf("made"), "--brokers", Brokers, "--topic-prefix", prefix, "--pack", "64", "--quiet").Succeeded();
            long before = Written($"{prefix}icmp.echo.v1");
            return _ => Written($"{prefix}icmp.echo.v1") > before;
        }

        if (line.Contains(" demo ", StringComparison.Ordinal))
            return run => run.Errors.Any(error => error.Contains("holding", StringComparison.Ordinal));
        if (line.Contains("icmpstream analyze ", StringComparison.Ordinal) || line.Contains("icmpstream ingest ", StringComparison.Ordinal))
            return run => run.Errors.Any(error => error.Contains("reading ", StringComparison.Ordinal) || error.Contains("analyzing ", StringComparison.Ordinal));
        return _ =>
        {
            if (line.Contains("icmpstream tail ", StringComparison.Ordinal) && !line.Contains("--from beginning", StringComparison.Ordinal))
                WriteAgain($"{prefix}{Topic().Match(line).Groups[1].Value}");
            return new FileInfo(Folder.PathOf("output")) is { Exists: true, Length: > 0 };
        };
    }

    private long Written(string topic)
    {
        int partitions = _log.Topics.List(ProcessRun.Patience)[topic];
        return _log.EndOffsets([.. Enumerable.Range(0, partitions).Select(partition => new LogPartition(topic, partition))], ProcessRun.Patience).Sum(end => end.Offset);
    }

    /// <summary>Whoever follows a topic from its end sees what comes: its first record once more.</summary>
    private void WriteAgain(string topic)
    {
        using ILogReader reader = _log.OpenReader(new ReaderOptions { Topics = [topic] });
        while (!reader.HasReachedEnds)
        {
            if (reader.Poll(TimeSpan.FromMilliseconds(100), CancellationToken.None) is not { Count: > 0 } records)
                continue;
            var batch = new OutgoingBatch(topic);
            batch.Add(records.Partition.Partition, records[0].Key, records[0].Value);
            using ILogAppender appender = _log.OpenAppender(new AppenderOptions());
            appender.Append(batch, CancellationToken.None);
            Assert.True(appender.Flush(ProcessRun.Patience, CancellationToken.None));
            return;
        }

        Assert.Fail($"{topic} has no record");
    }

    [GeneratedRegex(@"\bsudo icmpstream|\btcpdump\b")]
    private static partial Regex NeedsInterface();

    [GeneratedRegex(@"http://(localhost|registry):8081")]
    private static partial Regex RegistryUrl();

    [GeneratedRegex(@"--http 94\d\d\b")]
    private static partial Regex HttpPort();

    [GeneratedRegex(@"\beth\d\b")]
    private static partial Regex InterfaceName();

    [GeneratedRegex(@"--topic-prefix (\S+)")]
    private static partial Regex TopicPrefix();

    [GeneratedRegex(@"icmpstream tail (\S+)")]
    private static partial Regex Topic();
}
