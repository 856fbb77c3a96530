using System.Collections.Concurrent;
using System.Text;

namespace IcmpStream.Schemas;

/// <summary>
/// Which schemas wrote the records of a log: by a registry's ids, and by the fingerprints of released versions. Whoever talks to the registry makes ids
/// known, or is asked for them. Any thread.
/// </summary>
public sealed class WriterSchemas
{
    private static readonly Dictionary<ulong, string> Released = SchemaRelease.All
        .Select(release => (Fingerprint: FingerprintOf(release.Json), release.Json))
        .Where(release => release.Fingerprint is not null)
        .DistinctBy(release => release.Fingerprint)
        .ToDictionary(release => release.Fingerprint!.Value, release => release.Json);

    /// <summary>Ids that no registry knows, of damaged records: after so many no more are asked for, since each is a request.</summary>
    private const int MaxUnknownIds = 1000;

    private readonly ConcurrentDictionary<int, (ulong Fingerprint, string? Json)> _writers = new();
    private int _unknown;

    /// <summary>
    /// Asked for the schema of an id that is not known, once for each; null where there is no such id. It may wait, and throw where nobody answers: then it is asked again.
    /// </summary>
    public Func<int, string?>? Lookup { get; init; }

    /// <summary>Makes known which schema, by its text, a registry's id stands for. False where the text is no schema: then the id stays unknown.</summary>
    public bool Register(int schemaId, string json)
    {
        if (FingerprintOf(json) is not { } fingerprint)
            return false;
        _writers[schemaId] = (fingerprint, json);
        return true;
    }

    /// <summary>The text of the schema that wrote a record, and its fingerprint; false where it is not known.</summary>
    internal bool TryFind(in RecordFrame frame, out ulong fingerprint, out string? json)
    {
        if (frame.Framing == RecordFraming.Confluent)
            return TryFind(frame.SchemaId, out fingerprint, out json);
        fingerprint = frame.Fingerprint;
        Released.TryGetValue(fingerprint, out json);
        return true;
    }

    private static ulong? FingerprintOf(string json) =>
        ParsingCanonicalForm.TryTransform(Encoding.UTF8.GetBytes(json), out string form) ? AvroFingerprint.Of(Encoding.UTF8.GetBytes(form)) : null;

    private bool TryFind(int schemaId, out ulong fingerprint, out string? json)
    {
        if (!_writers.TryGetValue(schemaId, out (ulong Fingerprint, string? Json) known))
        {
            // An id that the registry does not have is remembered too, as a schema that nobody has: garbage must not become a question a record.
            if (Lookup is not { } lookup || _unknown >= MaxUnknownIds)
            {
                (fingerprint, json) = (0, null);
                return false;
            }

            string? text = lookup(schemaId);
            known = (text is null ? 0 : FingerprintOf(text) ?? 0, text);
            if (known.Fingerprint == 0)
                Interlocked.Increment(ref _unknown);
            _writers[schemaId] = known;
        }

        (fingerprint, json) = known;
        json ??= Released.GetValueOrDefault(fingerprint);
        return fingerprint != 0;
    }
}
