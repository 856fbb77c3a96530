using IcmpStream.Schemas;

namespace IcmpStream.Kafka.Registry;

/// <summary>
/// How records say which schema wrote them: what a writer puts in front of a body, and what a reader needs to know of a header that it does not
/// recognise. Asked when something starts and when something new turns up, never for each record.
/// </summary>
public interface IRecordSchemas
{
    /// <summary>The header of records with this schema on this topic.</summary>
    /// <exception cref="LogException">A registry is used and cannot be reached, or refuses the schema.</exception>
    Task<ReadOnlyMemory<byte>> HeaderAsync(string topic, SchemaText schema, CancellationToken cancellationToken);

    /// <summary>
    /// Finds out which schema an id stands for, and makes it known to <paramref name="writers"/>.
    /// </summary>
    /// <returns>False if there is no such id: the record is a dead letter.</returns>
    /// <exception cref="LogException">The registry cannot be reached: the record is none yet.</exception>
    Task<bool> LearnAsync(int schemaId, WriterSchemas writers, CancellationToken cancellationToken);
}
