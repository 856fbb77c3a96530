using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace IcmpStream.Kafka.Tests.Registry;

/// <summary>A registry of a few lines: ids by schema text, and whatever misbehaviour a test asks for.</summary>
internal sealed class TestRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<string>> _subjects = new(StringComparer.Ordinal);
    private readonly List<string> _schemas = [];

    private TestRegistry(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public int Requests { get; private set; }

    /// <summary>How many requests from now on are answered 503.</summary>
    public int Failing { get; set; }

    /// <summary>A schema that contains this is incompatible.</summary>
    public string? Incompatible { get; set; }

    /// <summary>The Authorization header that is demanded.</summary>
    public string? Authorization { get; set; }

    /// <summary>Answers with something that is not JSON.</summary>
    public bool IsSomethingElse { get; set; }

    public Dictionary<string, string> Demands { get; } = new(StringComparer.Ordinal);

    public static async Task<TestRegistry> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var registry = new TestRegistry(app);
        app.Run(registry.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return registry;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = context.Request.ContentLength > 0 ? await JsonDocument.ParseAsync(context.Request.Body) : null;
        string text;
        lock (_gate)
        {
            Requests++;
            (context.Response.StatusCode, text) = Answer(context.Request, body);
        }

        await context.Response.WriteAsync(text);
    }

    private (int Status, string Body) Answer(HttpRequest request, JsonDocument? body)
    {
        if (Failing > 0)
        {
            Failing--;
            return (503, "<html>overloaded</html>");
        }

        if (IsSomethingElse) return (200, "<html>a web site</html>");
        if (Authorization is { } demanded && request.Headers.Authorization != demanded) return (401, """{"error_code":401,"message":"Unauthorized"}""");
        var schema = body is not null && body.RootElement.TryGetProperty("schema", out var given) ? given.GetString()! : "";
        var isIncompatible = Incompatible is { } part && schema.Contains(part, StringComparison.Ordinal);
        switch (request.Method, request.Path.Value!.Split('/')[1..])
        {
            case ("POST", ["subjects", var subject, "versions"]):
                if (isIncompatible) return (409, """{"error_code":409,"message":"Schema being registered is incompatible:\nfield gone"}""");
                if (!_schemas.Contains(schema)) _schemas.Add(schema);
                _subjects.TryAdd(subject, []);
                if (!_subjects[subject].Contains(schema)) _subjects[subject].Add(schema);
                return (200, $$"""{"id":{{_schemas.IndexOf(schema) + 100}}}""");
            case ("GET", ["subjects", var subject, "versions"]):
                return _subjects.TryGetValue(subject, out var registered)
                    ? (200, JsonSerializer.Serialize(Enumerable.Range(1, registered.Count)))
                    : (404, """{"error_code":40401,"message":"Subject not found"}""");
            case ("GET", ["subjects", var subject, "versions", var version]):
                var text = _subjects[subject][int.Parse(version) - 1];
                return (200, $$"""{"id":{{_schemas.IndexOf(text) + 100}},"schema":{{JsonSerializer.Serialize(text)}}}""");
            case ("POST", ["subjects", var subject]):
                if (!_subjects.TryGetValue(subject, out var known)) return (404, """{"error_code":40401,"message":"Subject not found"}""");
                return known.Contains(schema) ? (200, $$"""{"id":{{_schemas.IndexOf(schema) + 100}},"version":1}""") : (404, """{"error_code":40403,"message":"Schema not found"}""");
            case ("GET", ["schemas", "ids", var id]):
                var index = int.Parse(id) - 100;
                return index >= 0 && index < _schemas.Count
                    ? (200, $$"""{"schema":{{JsonSerializer.Serialize(_schemas[index])}}}""")
                    : (404, """{"error_code":40403,"message":"Schema not found"}""");
            case ("POST", ["compatibility", "subjects", var subject, "versions"]):
                if (!_subjects.ContainsKey(subject)) return (404, """{"error_code":40401,"message":"Subject not found"}""");
                return isIncompatible ? (200, """{"is_compatible":false,"messages":["field gone has no default"]}""") : (200, """{"is_compatible":true}""");
            case ("PUT", ["config", var subject]):
                Demands[subject] = body!.RootElement.GetProperty("compatibility").GetString()!;
                return (200, $$"""{"compatibility":"{{Demands[subject]}}"}""");
            default:
                return (404, """{"error_code":404,"message":"HTTP 404 Not Found"}""");
        }
    }
}
