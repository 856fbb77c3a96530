using System.CommandLine;
using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Registry;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream tail</c>: records of a topic as JSON lines.</summary>
internal sealed class TailCommand : CliCommand
{
    /// <summary>How long a poll waits: the pause between two looks at Ctrl-C where nothing comes.</summary>
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    private static readonly Argument<string> Topic = new("TOPIC")
    {
        Description = "a topic without its prefix, such as icmp.event.v1 or icmp.alert.v1",
        Arity = ArgumentArity.ExactlyOne,
    };

    private static readonly ValueSetting<ReadFrom?> From = new(
        "from", "WHERE", ValueKinds.OneOf<ReadFrom>(), null, "beginning, or end (the default): where to start");

    private static readonly ValueSetting<long?> Number = new("number", "N", ValueKinds.OptionalWhole(1), null, "stop after N records; else at Ctrl-C", "-n");

    private static readonly SwitchSetting UntilEnd = new("until-end", "stop once all that was there at the start has been shown");

    public TailCommand()
        : base(
            "tail",
            "Show the records of a topic as JSON lines, addresses as text.",
            """
            icmpstream tail icmp.alert.v1 --brokers kafka:9092  # until Ctrl-C
            icmpstream tail icmp.event.v1 --brokers kafka:9092 --from beginning -n 10
            icmpstream tail icmp.rate.v1 --brokers kafka:9092 --from beginning --until-end
            """,
            [.. KafkaSettings.All, .. RegistrySettings.All, From, Number, UntilEnd]) =>
        Arguments.Add(Topic);

    public override Task<int> RunAsync(CommandContext context)
    {
        TopicCatalog catalog = KafkaSettings.Topics(context);
        string topic = context.Read(KafkaSettings.TopicPrefix) + context.Argument(Topic);
        using KafkaLog log = KafkaSettings.Connect(context);
        using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = [topic], From = context.Read(From) ?? ReadFrom.End });
        using SchemaRegistry? registry = RegistrySettings.Open(context);
        WriterSchemas? writers = registry is null ? null : new RegistrySchemas(registry).Writers(context.Stop);
        using var lines = new RecordLines(catalog, topic, context.Terminal.Output, writers);
        long left = context.Read(Number) ?? long.MaxValue;
        bool endsThere = context.Read(UntilEnd);
        while (left > 0 && !(endsThere && reader.HasReachedEnds) && !context.Stop.IsCancellationRequested)
        {
            RecordBatch? batch = reader.Poll(PollTime, CancellationToken.None);
            for (int i = 0; i < (batch?.Count ?? 0) && left > 0; i++, left--)
                lines.Write(batch!, i);
            lines.Flush();
        }

        return Task.FromResult(ExitCode.Success);
    }
}
