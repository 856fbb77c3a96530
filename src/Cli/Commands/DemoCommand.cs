using IcmpStream.Cli.Demo;
using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream demo</c>: the main job, from packets to alerts, in one process on an embedded Kafka.</summary>
internal sealed class DemoCommand : CliCommand
{
    /// <summary>Enough to show that work is shared, few enough for a small machine.</summary>
    private const int DemoPartitions = 4;

    private static readonly SwitchSetting Hold = new("hold", "keep Kafka running at the end, until Ctrl-C, to look at the topics");

    private static readonly ValueSetting<string?> Capture = new("capture", "FILE", ValueKinds.Text, null, "a capture of Ethernet frames instead of the one that comes along");

    public DemoCommand()
        : base(
            "demo",
            "Replay a real capture, with a flood, a sweep and a tunnel mixed in, through Kafka and the processor, and show the alerts. Without --brokers it starts a Kafka of its own in "
                + "this process.",
            """
            icmpstream demo
            icmpstream demo --hold  # until Ctrl-C
            icmpstream demo --brokers kafka:9092 --topic-prefix demo.
            """,
            [Hold, Capture, .. KafkaSettings.All])
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        using var folder = new DemoFolder();
        string mixed = Path.Combine(folder.FullName, "mixed.pcap");
        DemoTraffic.Write(context.Read(Capture), mixed);
        if (context.Read(KafkaSettings.Brokers) is not null)
        {
            using KafkaLog log = KafkaSettings.Connect(context);
            return await RunAsync(context, log, log.Options.Brokers, mixed);
        }

        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using KafkaLog embedded = kafka.Connect(new ClusterOptions { Brokers = kafka.Brokers, Settings = context.Read(KafkaSettings.Client) });
        context.Note($"an embedded Kafka listens on {kafka.Brokers}");
        return await RunAsync(context, embedded, kafka.Brokers, mixed);
    }

    private static async Task<int> RunAsync(CommandContext context, KafkaLog log, string brokers, string capture)
    {
        string prefix = context.Read(KafkaSettings.TopicPrefix);
        var topics = new TopicCatalog(new TopicCatalogOptions { Prefix = prefix, PairPartitions = DemoPartitions, HostPartitions = DemoPartitions });
        log.Topics.Apply(topics.All, TopicsApplyCommand.Patience);
        var run = new DemoRun(log, topics, prefix, context.Stop);
        await ProgressBar.RunAsync(context.Terminal, context.Quiet, "packets to alerts", () => run.Progress, () => run.RunAsync(capture, context.Note));
        DemoPage.Print(context.Terminal, run);
        context.Terminal.Flush();
        Judge(run);
        if (context.Read(Hold))
        {
            DemoPage.PrintHints(context.Terminal, brokers, prefix);
            context.Terminal.Flush();
            context.Note("holding until Ctrl-C");
            await Task.Delay(Timeout.Infinite, context.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            context.Note("with --hold it keeps running, and says how to look at the topics with kcat");
        }

        return ExitCode.Success;
    }

    private static void Judge(DemoRun run)
    {
        if (!run.IsBalanced)
            throw new CommandFailedException("the books do not balance");
        if (!run.Alerts.Exists(alert => alert.State == AlertState.Open && alert.Rule.StartsWith("flood.", StringComparison.Ordinal) && alert.Destination == DemoTraffic.Victim))
            throw new CommandFailedException($"no alert for the flood on {DemoTraffic.Victim}");
    }
}
