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

    /// <summary>
    /// What a reader knows of writers: nothing yet, and all that the registry can be asked for when a record with a new id turns up. A registry that does not answer then is a
    /// <see cref="LogException"/> out of the reading: the record is no dead letter for that.
    /// </summary>
    public WriterSchemas Writers(CancellationToken cancellationToken) =>
        new() { Lookup = id => registry.SchemaAsync(id, cancellationToken).GetAwaiter().GetResult() };
}
