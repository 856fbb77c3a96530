using IcmpStream.Kafka.Registry;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Process;

/// <summary>
/// What a processor needs of a schema registry, asked once at its start: the ids that its own records carry, and the schemas that the ids of the input topics stand for. A
/// registry that goes down later is not missed, until a producer comes with a schema that is newer than this start.
/// </summary>
internal static class ProcessSchemas
{
    /// <summary>The options with a registry's ids. Throws where it cannot be reached, or refuses a schema as incompatible.</summary>
    public static async Task<ProcessorOptions> WithAsync(ProcessorOptions options, SchemaRegistry registry, TopicCatalog topics, CancellationToken stop)
    {
        var schemas = new RegistrySchemas(registry);
        WriterSchemas writers = schemas.Writers(stop);
        var headers = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach ((string topic, SchemaText schema) in ContractSubjects.Of(topics))
        {
            headers[topic] = await schemas.HeaderAsync(topic, schema, stop);
            foreach ((int id, string text) in await registry.VersionsAsync(RegistrySchemas.SubjectOf(topic), stop))
                writers.Register(id, text);
        }

        return options with
        {
            Schemas = writers,
            Headers = options.Headers with
            {
                Event = headers[topics.Event.Name],
                Partial = headers[topics.Partial.Name],
                Finding = headers[topics.Finding.Name],
                Echo = headers[topics.Echo.Name],
                Rtt = headers[topics.Rtt.Name],
                Rate = headers[topics.Rate.Name],
                Alert = headers[topics.Alert.Name],
            },
        };
    }
}
