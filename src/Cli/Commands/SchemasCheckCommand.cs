using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Presentation;
using IcmpStream.Kafka.Registry;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream schemas check</c>: holds the working schemas against every released one, and against a registry.</summary>
internal sealed class SchemasCheckCommand : CliCommand
{
    public SchemasCheckCommand()
        : base(
            "check",
            "Hold this version's schemas against every released one (FULL_TRANSITIVE), and with --schema-registry against the subjects there.",
            """
            icmpstream schemas check
            icmpstream schemas check --schema-registry http://localhost:8081
            """,
            [.. RegistrySettings.All, KafkaSettings.TopicPrefix])
    {
    }

    public override async Task<int> RunAsync(CommandContext context)
    {
        List<string> problems = [.. SchemaText.All.SelectMany(SchemaRelease.Problems)];
        string[] versions = [.. SchemaRelease.All.Select(release => release.Version).Distinct(StringComparer.Ordinal)];
        string against = $"{versions.Length} release{(versions.Length == 1 ? "" : "s")}";
        using SchemaRegistry? registry = RegistrySettings.Open(context);
        if (registry is not null)
        {
            against += " and the registry";
            foreach ((string topic, SchemaText schema) in ContractSubjects.Of(KafkaSettings.Topics(context)))
            {
                string subject = RegistrySchemas.SubjectOf(topic);
                Compatibility found = await registry.CheckAsync(subject, schema.ToString(), context.Stop);
                if (!found.IsCompatible)
                    problems.Add($"{schema.Name} is not compatible with subject {subject}: {string.Join("; ", found.Reasons)}");
            }
        }

        foreach (string problem in problems)
            Page.OfOutput(context.Terminal).Line(problem);
        if (problems.Count > 0)
            throw new CommandFailedException($"{problems.Count} incompatibilities between {SchemaText.All.Count} schemas and {against}");
        context.Note($"{SchemaText.All.Count} schemas are FULL_TRANSITIVE with {against}");
        return ExitCode.Success;
    }
}
