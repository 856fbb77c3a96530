using IcmpStream.Schemas;

namespace IcmpStream.Kafka.Registry;

/// <summary>
/// How records say which schema wrote them: what a writer puts in front of a body. Asked when something starts, never for each record.
/// </summary>
public interface IRecordSchemas
{
    /// <summary>The header of records with this schema on this topic.</summary>
    /// <exception cref="LogException">A registry is used and cannot be reached, or refuses the schema.</exception>
    Task<ReadOnlyMemory<byte>> HeaderAsync(string topic, SchemaText schema, CancellationToken cancellationToken);
}
