using IcmpStream.Schemas;

namespace IcmpStream.Kafka.Registry;

/// <summary>No registry: Avro's single-object encoding, whose header is the schema's fingerprint.</summary>
public sealed class SingleObjectSchemas : IRecordSchemas
{
    /// <inheritdoc/>
    public Task<ReadOnlyMemory<byte>> HeaderAsync(string topic, SchemaText schema, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return Task.FromResult<ReadOnlyMemory<byte>>(RecordFrame.SingleObjectHeader(schema.Fingerprint));
    }
}
