using IcmpStream.Cli.Kafka;
using IcmpStream.Kafka.Registry;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream schemas register</c>: tells a registry of the contract.</summary>
internal sealed class SchemasRegisterCommand : CliCommand
{
    public SchemasRegisterCommand()
        : base(
            "register",
            "Register every schema under its topic's subject, and hold the subjects to FULL_TRANSITIVE. Running it again changes nothing.",
            "icmpstream schemas register --schema-registry http://localhost:8081",
            [.. RegistrySettings.All, KafkaSettings.TopicPrefix])
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        using SchemaRegistry registry = RegistrySettings.Open(context) ?? throw new UsageException("--schema-registry is needed: an http or https address");
        await RegisterAsync(registry, KafkaSettings.Topics(context), context);
        return ExitCode.Success;
    }

    /// <summary>Subjects are held to the contract's rule from now on, also against whoever else registers there.</summary>
    internal static async Task RegisterAsync(SchemaRegistry registry, TopicCatalog catalog, CommandContext context)
    {
        foreach ((string topic, SchemaText schema) in ContractSubjects.Of(catalog))
        {
            string subject = RegistrySchemas.SubjectOf(topic);
            await registry.DemandAsync(subject, ContractSubjects.Compatibility, context.Stop);
            int id = await registry.RegisterAsync(subject, schema.ToString(), context.Stop);
            context.Note($"subject {subject}: {schema.Name}, id {id}, {ContractSubjects.Compatibility}");
        }
    }
}
