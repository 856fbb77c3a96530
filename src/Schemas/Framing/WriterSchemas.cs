using System.Collections.Concurrent;

namespace IcmpStream.Schemas;

/// <summary>
/// Says whether a record can be read: finds, from its framing, the schema that wrote it. Confluent ids are made known by whoever
/// talks to the registry. A writer's schema other than the reader's own is <see cref="AvroError.UnknownSchema"/> until it is
/// resolved here.
/// </summary>
public sealed class WriterSchemas
{
    private readonly ConcurrentDictionary<int, ulong> _fingerprints = new();

    /// <summary>Makes known which schema, by its fingerprint, a registry's id stands for.</summary>
    public void Register(int schemaId, ulong fingerprint) => _fingerprints[schemaId] = fingerprint;

    /// <summary>
    /// <see cref="AvroError.None"/> where the body of <paramref name="frame"/> was written with <paramref name="reader"/>. An id
    /// never registered is <see cref="AvroError.UnknownSchema"/>: ask the registry, register it, and try again.
    /// </summary>
    public AvroError Resolve(in RecordFrame frame, SchemaText reader)
    {
        ulong fingerprint = frame.Fingerprint;
        if (frame.Framing == RecordFraming.Confluent && !_fingerprints.TryGetValue(frame.SchemaId, out fingerprint))
            return AvroError.UnknownSchema;
        return fingerprint == reader.Fingerprint ? AvroError.None : AvroError.UnknownSchema;
    }
}
