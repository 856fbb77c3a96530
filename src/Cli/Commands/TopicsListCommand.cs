using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream topics list</c>: every topic of the installation, and whether it is there as it should be.</summary>
internal sealed class TopicsListCommand : CliCommand
{
    public TopicsListCommand()
        : base(
            "list",
            "List the topics of an installation and whether they are there as they should be. Changes nothing.",
            "icmpstream topics list --brokers kafka:9092",
            [.. KafkaSettings.All, CommonSettings.Json])
    {
    }

    public override Task<int> RunAsync(CommandContext context)
    {
        TopicCatalog catalog = KafkaSettings.Topics(context);
        using KafkaLog log = KafkaSettings.Connect(context);
        IReadOnlyList<TopicFinding> findings = log.Topics.Check(catalog.All, TopicsApplyCommand.Patience);
        TopicPage.Print(context.Terminal, findings, context.Read(CommonSettings.Json));
        return Task.FromResult(ExitCode.Success);
    }
}
