using System.Text;
using IcmpStream.Kafka.Registry;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Process;

/// <summary>
/// What a processor needs of a schema registry, asked once at its start: the ids that its own records carry, and which ids of the input topics stand for
/// schemas that it reads. A registry that goes down later is not missed.
/// </summary>
internal static class ProcessSchemas
{
    /// <summary>The options with a registry's ids. Throws where it cannot be reached, or refuses a schema as incompatible.</summary>
    public static async Task<ProcessorOptions> WithAsync(ProcessorOptions options, SchemaRegistry registry, TopicCatalog topics, CancellationToken stop)
    {
        var schemas = new RegistrySchemas(registry);
        var headers = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach ((string topic, SchemaText schema) in ContractSubjects.Of(topics))
        {
            headers[topic] = await schemas.HeaderAsync(topic, schema, stop);
            foreach ((int id, string text) in await registry.VersionsAsync(RegistrySchemas.SubjectOf(topic), stop))
            {
                if (ParsingCanonicalForm.TryTransform(Encoding.UTF8.GetBytes(text), out string form))
                    options.Schemas.Register(id, AvroFingerprint.Of(Encoding.UTF8.GetBytes(form)));
            }
        }

        return options with
        {
            Headers = options.Headers with
            {
                Event = headers[topics.Event.Name],
                Partial = headers[topics.Partial.Name],
                Finding = headers[topics.Finding.Name],
                Echo = headers[topics.Echo.Name],
                Rate = headers[topics.Rate.Name],
                Alert = headers[topics.Alert.Name],
            },
        };
    }
}
