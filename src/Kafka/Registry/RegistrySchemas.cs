using System.Text;
using IcmpStream.Schemas;

namespace IcmpStream.Kafka.Registry;

/// <summary>A registry: Confluent's wire format, with the id of the schema under the subject <c>topic-value</c>.</summary>
public sealed class RegistrySchemas(SchemaRegistry registry) : IRecordSchemas
{
    /// <summary>The subject of a topic's values (the registry's TopicNameStrategy).</summary>
    public static string SubjectOf(string topic) => topic + "-value";

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>> HeaderAsync(string topic, SchemaText schema, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return RecordFrame.ConfluentHeader(await registry.RegisterAsync(SubjectOf(topic), schema.ToString(), cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<bool> LearnAsync(int schemaId, WriterSchemas writers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(writers);
        if (await registry.SchemaAsync(schemaId, cancellationToken) is not { } text) return false;
        if (!ParsingCanonicalForm.TryTransform(Encoding.UTF8.GetBytes(text), out var form)) return false;
        writers.Register(schemaId, AvroFingerprint.Of(Encoding.UTF8.GetBytes(form)));
        return true;
    }
}
