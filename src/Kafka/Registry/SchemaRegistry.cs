using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace IcmpStream.Kafka.Registry;

/// <summary>What a registry says of a schema that would be a subject's next.</summary>
/// <param name="IsCompatible">True if it may be registered.</param>
/// <param name="Reasons">Why not, one line each, as far as the registry tells.</param>
public sealed record Compatibility(bool IsCompatible, IReadOnlyList<string> Reasons);

/// <summary>
/// Client of the Confluent Schema Registry's REST interface, as far as records of this project need it. Answers that cannot change - the id of a
/// schema under a subject, the schema of an id - are asked once and kept: a registry that goes down later is not noticed by what has started.
/// </summary>
/// <remarks>All calls throw <see cref="LogException"/> with one line: unreachable, refused, or incompatible.</remarks>
public sealed class SchemaRegistry : IDisposable
{
    /// <summary>Registry error codes: the subject, the version, or the schema is not there.</summary>
    private const int SubjectMissing = 40401, SchemaMissing = 40403;

    private readonly RegistryRequests _requests;
    private readonly ConcurrentDictionary<(string Subject, string Schema), int> _ids = new();
    private readonly ConcurrentDictionary<int, string> _schemas = new();

    /// <summary>Makes a client; it connects with the first call.</summary>
    /// <exception cref="LogException">The file of certificates cannot be read.</exception>
    public SchemaRegistry(RegistryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _requests = new RegistryRequests(options);
    }

    /// <summary>The id of a schema under a subject; registers it if it is not there yet.</summary>
    /// <exception cref="LogException">The registry cannot be reached, refuses, or finds the schema incompatible with the subject's others.</exception>
    public async Task<int> RegisterAsync(string subject, string schema, CancellationToken cancellationToken)
    {
        if (_ids.TryGetValue((subject, schema), out var known)) return known;
        using var answer = await _requests.SendAsync(HttpMethod.Post, $"subjects/{Escape(subject)}/versions", ("schema", schema), cancellationToken);
        if (answer.Status == HttpStatusCode.Conflict)
            throw new LogException(LogError.Incompatible, $"subject {subject}: the registry refuses the schema as incompatible: {answer.Message}");
        return _ids[(subject, schema)] = answer.Expect().GetProperty("id").GetInt32();
    }

    /// <summary>The id of a schema under a subject, without registering it; null where it is not there.</summary>
    /// <exception cref="LogException">The registry cannot be reached, or refuses.</exception>
    public async Task<int?> FindAsync(string subject, string schema, CancellationToken cancellationToken)
    {
        if (_ids.TryGetValue((subject, schema), out var known)) return known;
        using var answer = await _requests.SendAsync(HttpMethod.Post, $"subjects/{Escape(subject)}", ("schema", schema), cancellationToken);
        if (answer.ErrorCode is SubjectMissing or SchemaMissing) return null;
        return _ids[(subject, schema)] = answer.Expect().GetProperty("id").GetInt32();
    }

    /// <summary>The schema of an id; null where the registry has no such id.</summary>
    /// <exception cref="LogException">The registry cannot be reached, or refuses.</exception>
    public async Task<string?> SchemaAsync(int id, CancellationToken cancellationToken)
    {
        if (_schemas.TryGetValue(id, out var known)) return known;
        using var answer = await _requests.SendAsync(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"schemas/ids/{id}"), null, cancellationToken);
        if (answer.ErrorCode == SchemaMissing) return null;
        return _schemas[id] = answer.Expect().GetProperty("schema").GetString() ?? "";
    }

    /// <summary>Every version of a subject, oldest first, with its id; none where the subject is not there.</summary>
    /// <exception cref="LogException">The registry cannot be reached, or refuses.</exception>
    public async Task<IReadOnlyList<(int Id, string Schema)>> VersionsAsync(string subject, CancellationToken cancellationToken)
    {
        using var versions = await _requests.SendAsync(HttpMethod.Get, $"subjects/{Escape(subject)}/versions", null, cancellationToken);
        if (versions.ErrorCode == SubjectMissing) return [];
        List<(int, string)> all = [];
        foreach (var version in versions.Expect().EnumerateArray())
        {
            using var answer = await _requests.SendAsync(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"subjects/{Escape(subject)}/versions/{version.GetInt32()}"), null, cancellationToken);
            var body = answer.Expect();
            all.Add((body.GetProperty("id").GetInt32(), body.GetProperty("schema").GetString() ?? ""));
        }

        return all;
    }

    /// <summary>Whether a schema may be a subject's next; the first of a subject always may.</summary>
    /// <exception cref="LogException">The registry cannot be reached, or refuses.</exception>
    public async Task<Compatibility> CheckAsync(string subject, string schema, CancellationToken cancellationToken)
    {
        using var answer = await _requests.SendAsync(HttpMethod.Post, $"compatibility/subjects/{Escape(subject)}/versions?verbose=true", ("schema", schema), cancellationToken);
        if (answer.ErrorCode == SubjectMissing) return new Compatibility(true, []);
        var body = answer.Expect();
        List<string> reasons = [];
        if (body.TryGetProperty("messages", out var messages) && messages.ValueKind == JsonValueKind.Array)
            foreach (var message in messages.EnumerateArray()) reasons.Add((message.GetString() ?? "").ReplaceLineEndings(" "));
        return new Compatibility(body.GetProperty("is_compatible").GetBoolean(), reasons);
    }

    /// <summary>Sets what the registry demands of a subject's next schema, for example <c>FULL_TRANSITIVE</c>.</summary>
    /// <exception cref="LogException">The registry cannot be reached, or refuses.</exception>
    public async Task DemandAsync(string subject, string compatibility, CancellationToken cancellationToken)
    {
        using var answer = await _requests.SendAsync(HttpMethod.Put, $"config/{Escape(subject)}", ("compatibility", compatibility), cancellationToken);
        answer.Expect();
    }

    /// <summary>Closes connections.</summary>
    public void Dispose() => _requests.Dispose();

    private static string Escape(string subject) => Uri.EscapeDataString(subject);
}
