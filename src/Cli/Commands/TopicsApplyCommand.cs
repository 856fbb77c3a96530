using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Registry;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream topics apply</c>: creates every topic that is missing and checks the others.</summary>
internal sealed class TopicsApplyCommand : CliCommand
{
    /// <summary>A cluster creates dozens of topics in a few seconds; a controller that changes takes some ten.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public TopicsApplyCommand()
        : base(
            "apply",
            "Create every topic that is missing, with its partitions and settings, and check the others; with --schema-registry register their schemas. Running it again changes nothing.",
            "icmpstream topics apply --brokers kafka:9092 --partitions 16",
            [.. KafkaSettings.All, .. RegistrySettings.All, KafkaSettings.Partitions, KafkaSettings.Replication, CommonSettings.Json])
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        long replication = context.Read(KafkaSettings.Replication);
        int partitions = (int)context.Read(KafkaSettings.Partitions);
        var catalog = new TopicCatalog(new TopicCatalogOptions
        {
            Prefix = context.Read(KafkaSettings.TopicPrefix),
            PairPartitions = partitions,
            HostPartitions = partitions,
            ReplicationFactor = replication == 0 ? TopicSpec.BrokerDefault : (short)replication,
        });
        using KafkaLog log = KafkaSettings.Connect(context);
        IReadOnlyList<TopicFinding> findings = log.Topics.Apply(catalog.All, Patience);
        TopicPage.Print(context.Terminal, findings, context.Read(CommonSettings.Json));
        using SchemaRegistry? registry = RegistrySettings.Open(context);
        if (registry is not null)
            await SchemasRegisterCommand.RegisterAsync(registry, catalog, context);
        return ExitCode.Success;
    }
}
