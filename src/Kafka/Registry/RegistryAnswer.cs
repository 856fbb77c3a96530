using System.Net;
using System.Text.Json;

namespace IcmpStream.Kafka.Registry;

/// <summary>One answer of a registry, error or not.</summary>
internal sealed class RegistryAnswer(string where, HttpStatusCode status, JsonDocument? body) : IDisposable
{
    public HttpStatusCode Status { get; } = status;

    /// <summary>The registry's own code, such as 40401; 0 for none.</summary>
    public int ErrorCode => Field("error_code") is { ValueKind: JsonValueKind.Number } code ? code.GetInt32() : 0;

    /// <summary>What the registry says is wrong, in one line.</summary>
    public string Message => Field("message") is { ValueKind: JsonValueKind.String } text ? (text.GetString() ?? "").ReplaceLineEndings(" ") : $"status {(int)Status}";

    private bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>The body of a success.</summary>
    /// <exception cref="LogException">It is none.</exception>
    public JsonElement Expect()
    {
        if (IsSuccess && body is not null) return body.RootElement;
        throw Status switch
        {
            HttpStatusCode.Unauthorized => new LogException(LogError.Authentication, $"the schema registry at {where} refuses the credentials: check user and password"),
            HttpStatusCode.Forbidden => new LogException(LogError.Authorization, $"the schema registry at {where} does not allow this to these credentials: {Message}"),
            HttpStatusCode.UnprocessableEntity => new LogException(LogError.Configuration, $"the schema registry at {where} cannot use the schema: {Message}"),
            _ when IsSuccess => new LogException(LogError.Configuration, $"what answers at {where} is no schema registry: its answer is not JSON"),
            _ => new LogException(LogError.Fatal, $"the schema registry at {where} refuses: {Message}"),
        };
    }

    public void Dispose() => body?.Dispose();

    private JsonElement? Field(string name) =>
        body is { RootElement.ValueKind: JsonValueKind.Object } && body.RootElement.TryGetProperty(name, out var value) ? value : null;
}
