using System.Net;
using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Process;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Registry;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.Runtime.Http;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream process</c>: Kafka to Kafka.</summary>
internal sealed class ProcessCommand : CliCommand
{
    private static readonly ValueSetting<string?> Group = new("group", "G", ValueKinds.Text, null, "consumer group; processes of one group share the work");

    private static readonly SwitchSetting UntilEnd = new("until-end", "stop once all that was there at the start is handled and every stream has ended");

    private static readonly ValueSetting<TimeSpan?> Idle = new(
        "idle-timeout", "S", ValueKinds.Seconds, TimeSpan.FromSeconds(30), "with --until-end: give up after S seconds without progress (default 30)");

    private static readonly ValueSetting<long> Threads = new("threads", "N", ValueKinds.Whole(1, KeyGroup.Count), 1, "members of the group in this process, a thread each (default 1)");

    private static readonly ValueSetting<Guarantee?> Promise = new(
        "guarantee", "G", Guarantees(), null, "exactly-once (the default) or at-least-once");

    private static readonly ValueSetting<string?> Instance = new("instance-id", "ID", ValueKinds.Text, null, "static membership: a name of this process that outlives restarts");

    private static readonly ValueSetting<long> Commits = new("commit-interval", "MS", ValueKinds.Whole(1, 60_000), 100, "milliseconds between commits (default 100)");

    private static readonly ValueSetting<long> Checkpoints = new("checkpoint-interval", "S", ValueKinds.Whole(0, 86_400), 30, "seconds between checkpoints of a partition, 0 for none (default 30)");

    private static readonly ValueSetting<string?> Http = new("http", "[HOST:]PORT", ValueKinds.Text, null, "answer questions about the state there: /sources/ADDRESS, /top, /exchanges/A/B, /healthz, /readyz (HOST default 127.0.0.1)");

    private static readonly ValueSetting<string?> Token = new("http-token", "TOKEN", ValueKinds.Text, null, "what a client must bear; needed for any HOST but a loopback address (better as ICMPSTREAM_HTTP_TOKEN)");

    private static readonly ValueSetting<string?> Advertise = new("advertise", "HOST:PORT", ValueKinds.Text, null, "where others reach --http, to be told who asks for what this process owns");

    public ProcessCommand()
        : base(
            "process",
            "Read events from Kafka and write exchanges, rates and alerts back to it.",
            """
            icmpstream process --brokers kafka:9092 --group icmpstream
            icmpstream process --brokers kafka:9092 --group once --until-end
            """,
            [.. KafkaSettings.All, .. RegistrySettings.All, Group, UntilEnd, Idle, Threads, Promise, Instance, Commits, Checkpoints, Http, Token, Advertise, CommonSettings.Json])
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        ProcessorOptions options = new()
        {
            Group = context.Read(Group) ?? throw new UsageException("--group is needed: the name of the consumer group"),
            Topics = KafkaSettings.Topics(context),
            Threads = (int)context.Read(Threads),
            Guarantee = context.Read(Promise) ?? Guarantee.ExactlyOnce,
            InstanceId = context.Read(Instance),
            UntilEnd = context.Read(UntilEnd),
            IdleTimeout = context.Read(Idle)!.Value,
            CheckpointInterval = TimeSpan.FromSeconds(context.Read(Checkpoints)),
            CommitInterval = TimeSpan.FromMilliseconds(context.Read(Commits)),
            Http = Questions(context),
            Note = context.Note,
        };
        using (SchemaRegistry? registry = RegistrySettings.Open(context))
        {
            if (registry is not null)
                options = await ProcessSchemas.WithAsync(options, registry, KafkaSettings.Topics(context), context.Stop);
        }

        using KafkaLog log = KafkaLog.Connect(KafkaSettings.Cluster(context));
        ProcessorExit exit = await new ProcessorHost(log, options).RunAsync(context.Stop);
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

    private static string Idleness(ProcessorExit exit, ProcessorOptions options)
    {
        string waited = $"nothing came for {options.IdleTimeout.TotalSeconds:g} s";
        if (exit.OpenStreams.Count > 0)
            return $"{waited}, and streams have not ended: {string.Join(", ", exit.OpenStreams)}";
        return exit.Behind.Count > 0
            ? $"{waited}, and the group has not committed all that was there: {string.Join(", ", exit.Behind)}"
            : $"{waited}, and this process has been given no partitions: another member of the group, or one that has just left, still has them";
    }

    private static HttpOptions? Questions(CommandContext context)
    {
        if (context.Read(Http) is not { } where)
            return context.Read(Advertise) is null ? null : throw new UsageException("--advertise says where --http is reached, and there is no --http");
        string whole = where.All(char.IsAsciiDigit) ? $"{IPAddress.Loopback}:{where}" : where;
        if (!IPEndPoint.TryParse(whole, out IPEndPoint? endPoint) || !whole.EndsWith($":{endPoint.Port}", StringComparison.Ordinal))
            throw new UsageException($"--http {where}: PORT, or ADDRESS:PORT");
        var options = new HttpOptions { EndPoint = endPoint, Token = context.Read(Token), Advertise = context.Read(Advertise) };
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
    });
}
