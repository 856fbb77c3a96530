using System.Globalization;
using IcmpStream.Cli.Kafka;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Kafka.Registry;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream schemas list</c>: which topic has which schema.</summary>
internal sealed class SchemasListCommand : CliCommand
{
    public SchemasListCommand()
        : base("list", "Show which topic has which schema, with the subject and the fingerprint.", "icmpstream schemas list", [KafkaSettings.TopicPrefix, CommonSettings.Json])
    {
    }

    public override Task<int> RunAsync(CommandContext context)
    {
        IReadOnlyList<(string Topic, SchemaText Schema)> subjects = ContractSubjects.Of(KafkaSettings.Topics(context));
        if (!context.Read(CommonSettings.Json))
        {
            Page.OfOutput(context.Terminal).Table(
                ["topic", "subject", "schema", "fingerprint"],
                subjects.Select(s => (IReadOnlyList<string>)[s.Topic, RegistrySchemas.SubjectOf(s.Topic), s.Schema.Name, Fingerprint(s.Schema)]));
            return Task.FromResult(ExitCode.Success);
        }

        foreach ((string topic, SchemaText schema) in subjects)
        {
            JsonLine.Write(context.Terminal, json =>
            {
                json.WriteString("topic", topic);
                json.WriteString("subject", RegistrySchemas.SubjectOf(topic));
                json.WriteString("schema", schema.Name);
                json.WriteString("fingerprint", Fingerprint(schema));
            });
        }

        return Task.FromResult(ExitCode.Success);
    }

    private static string Fingerprint(SchemaText schema) => schema.Fingerprint.ToString("x16", CultureInfo.InvariantCulture);
}
