using System.Net.Sockets;
using IcmpStream.Cli.Http;
using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Process;
using IcmpStream.Cli.Settings;
using IcmpStream.Cli.Telemetry;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Registry;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.Runtime.Http;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream process</c>: Kafka to Kafka.</summary>
internal sealed class ProcessCommand : CliCommand
{
    private static readonly ValueSetting<string?> Group = new("group", "G", ValueKinds.Text, null, "consumer group, which is needed; processes of one group share the work");

    private static readonly SwitchSetting UntilEnd = new("until-end", "stop once all that was there at the start is handled and every stream has ended");

    private static readonly ValueSetting<TimeSpan?> Idle = new(
        "idle-timeout", "S", ValueKinds.Seconds, TimeSpan.FromSeconds(30), "with --until-end: give up after S seconds without progress (default 30)");

    private static readonly ValueSetting<long> Threads = new("threads", "N", ValueKinds.Whole(1, KeyGroup.Count), 1, "members of the group in this process, a thread each (default 1)");

    private static readonly ValueSetting<Guarantee?> Promise = new(
        "guarantee", "G", Guarantees(), null, "exactly-once (the default) or at-least-once");

    private static readonly ValueSetting<string?> Instance = new("instance-id", "ID", ValueKinds.Text, null, "static membership: a name of this process that outlives restarts");

    private static readonly ValueSetting<long> Commits = new("commit-interval", "MS", ValueKinds.Whole(1, 60_000), 100, "milliseconds between commits (default 100)");

    private static readonly ValueSetting<long> Checkpoints = new("checkpoint-interval", "S", ValueKinds.Whole(0, 86_400), 30, "seconds between checkpoints of a partition, 0 for none (default 30)");

    private static readonly ValueSetting<long> Dedup = new(
        "dedup", "MS", ValueKinds.Whole(0, 10_000), 0,
        "where sensors of a domain overlap: a packet that another stream of the domain saw at most MS milliseconds before counts once; 500 suits clocks that are kept by NTP (default 0, off)");

    private static readonly ValueSetting<string?> Advertise = new("advertise", "HOST:PORT", ValueKinds.Text, null, "where others reach --http, to be told who asks for what this process owns");

    public ProcessCommand()
        : base(
            "process",
            "Read events from Kafka and write exchanges, rates and alerts back to it.",
            """
            icmpstream process --brokers kafka:9092 --group icmpstream  # until Ctrl-C
            icmpstream process --brokers kafka:9092 --group once --until-end
            """,
            [.. KafkaSettings.All, .. RegistrySettings.All, Group, UntilEnd, Idle, Threads, Promise, Instance, Commits, Checkpoints, Dedup, Advertise, .. HttpSettings.All, CommonSettings.Rules, CommonSettings.Json])
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        using var telemetry = new ProcessTelemetry();
        RuleSet rules = CommonSettings.ReadRules(context);
        ProcessorOptions options = new()
        {
            Pair = new PairOptions { Rules = rules, DedupWindowNs = context.Read(Dedup) * 1_000_000 },
            Host = new HostOptions { Rules = rules },
            Verdict = new VerdictOptions { Networks = rules.Networks },
            Group = context.Read(Group) ?? throw new UsageException("--group is needed: the name of the consumer group"),
            Topics = KafkaSettings.Topics(context),
            Threads = (int)context.Read(Threads),
            Guarantee = context.Read(Promise) ?? Guarantee.ExactlyOnce,
            InstanceId = context.Read(Instance),
            UntilEnd = context.Read(UntilEnd),
            IdleTimeout = context.Read(Idle)!.Value,
            CheckpointInterval = TimeSpan.FromSeconds(context.Read(Checkpoints)),
            CommitInterval = TimeSpan.FromMilliseconds(context.Read(Commits)),
            Http = Questions(context, telemetry),
            Note = context.Note,
        };
        using SchemaRegistry? registry = RegistrySettings.Open(context);
        if (registry is not null)
            options = await ProcessSchemas.WithAsync(options, registry, KafkaSettings.Topics(context), context.Stop);

        using KafkaLog log = KafkaSettings.Connect(context);
        var host = new ProcessorHost(log, options);
        ProcessorExit exit = await RunAsync(context, log, host, options, telemetry);
        if (context.Read(CommonSettings.Json))
            ProcessPage.PrintJson(context.Terminal, exit.Books);
        foreach (string line in ProcessPage.Lines(exit.Books))
            context.Note(line);
        return exit.Reason switch
        {
            ExitReason.Idle => throw new CommandFailedException(Idleness(exit, options)),
            ExitReason.Fenced => throw new CommandFailedException("another process has taken over the place of this one in the group"),
            ExitReason.Stopped when options.UntilEnd => throw new CommandFailedException("interrupted before the end; what was done is committed"),
            _ => ExitCode.Success,
        };
    }

    private async Task<ProcessorExit> RunAsync(CommandContext context, KafkaLog log, ProcessorHost host, ProcessorOptions options, ProcessTelemetry telemetry)
    {
        var lag = new LagWatch(log, options.Group, options.Inputs);
        ProcessorInstruments.Register(telemetry, host, options.Group, lag);
        using IDisposable? export = OperationsServer.StartExport(context, telemetry, Name);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.Stop);
        Task watching = export is not null || options.Http is not null ? lag.RunAsync(over.Token) : Task.CompletedTask;
        try
        {
            return await host.RunAsync(context.Stop);
        }
        catch (Exception e) when (e is IOException or SocketException && options.Http is not null && host.HttpAddress is null)
        {
            throw HttpSettings.NotOpened(options.Http.EndPoint, e);
        }
        finally
        {
            await over.CancelAsync();
            await watching;
        }
    }

    private static string Idleness(ProcessorExit exit, ProcessorOptions options)
    {
        string waited = $"nothing came for {options.IdleTimeout.TotalSeconds:g} s";
        if (exit.OpenStreams.Count > 0)
            return $"{waited}, and streams have not ended: {string.Join(", ", exit.OpenStreams)}";
        if (exit.Behind.Count > 0)
            return $"{waited}, and the group has not committed all that was there: {string.Join(", ", exit.Behind)}";
        return exit.Undrained.Count > 0
            ? $"{waited}, and the end of a run has not come to {string.Join(", ", exit.Undrained)}: is what was before it gone from the log?"
            : $"{waited}, and this process has been given no partitions: another member of the group, or one that has just left, still has them";
    }

    /// <summary>The port, with the metrics beside the questions about the state.</summary>
    private static HttpOptions? Questions(CommandContext context, ProcessTelemetry telemetry)
    {
        if (context.Read(HttpSettings.Http) is not { } place)
            return context.Read(Advertise) is null ? null : throw new UsageException("--advertise says where --http is reached, and there is no --http");
        string? token = HttpSettings.Token(context);
        var options = new HttpOptions
        {
            EndPoint = place,
            Token = token,
            Advertise = context.Read(Advertise),
            Gate = new RequestGate(token).CheckAsync,
            Routes = routes => OperationsServer.MapMetrics(routes, telemetry),
        };
        return options.Problem is { } problem ? throw new UsageException(problem) : options;
    }

    private static ValueKind<Guarantee?> Guarantees() => new("exactly-once or at-least-once", (string text, out Guarantee? value) =>
    {
        value = text switch
        {
            "exactly-once" => Guarantee.ExactlyOnce,
            "at-least-once" => Guarantee.AtLeastOnce,
            _ => null,
        };
        return value is not null;
    })
    {
        Words = ["exactly-once", "at-least-once"],
    };
}
