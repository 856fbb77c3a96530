using System.Net;
using System.Net.Sockets;
using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace IcmpStream.Cli.Http;

/// <summary>
/// How a running ingest is watched: its HTTP port with <c>/metrics</c>, <c>/healthz</c>, <c>/readyz</c>, and its metrics by OTLP. Nothing is
/// opened unless asked for. A processor has its own server, for questions about its state, to which the metrics are added.
/// </summary>
internal sealed class OperationsServer : IAsyncDisposable
{
    /// <summary>Scrapers and people with curl: more connections than this are a mistake or an attack.</summary>
    private const int MaxConnections = 64;

    private readonly WebApplication? _web;
    private readonly IDisposable? _otlp;

    private OperationsServer(WebApplication? web, IDisposable? otlp)
    {
        _web = web;
        _otlp = otlp;
    }

    /// <summary>Opens what the user asked for, before the work starts.</summary>
    /// <param name="context">The command's settings; it has all of <see cref="HttpSettings.All"/>.</param>
    /// <param name="telemetry">The metrics.</param>
    /// <param name="service">What the process does: <c>ingest</c> or <c>process</c>.</param>
    /// <param name="notReady">Why the process is not ready for work, in a few words; null when it is.</param>
    /// <exception cref="CommandFailedException">The port cannot be opened.</exception>
    /// <exception cref="UsageException">The port can be reached from other machines and there is no token.</exception>
    public static async Task<OperationsServer> StartAsync(
        CommandContext context, ProcessTelemetry telemetry, string service, Func<string?> notReady)
    {
        string? token = HttpSettings.Token(context);
        WebApplication? web = null;
        if (context.Read(HttpSettings.Http) is { } place)
        {
            web = Build(place, new RequestGate(token), telemetry, notReady);
            await ListenAsync(web, place);
            context.Note($"http on {web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()}");
        }

        return new OperationsServer(web, StartExport(context, telemetry, service));
    }

    /// <summary>Sends metrics by OTLP where the user asked for it; disposing of what is returned sends the last ones.</summary>
    public static IDisposable? StartExport(CommandContext context, ProcessTelemetry telemetry, string service) => context.Read(HttpSettings.Otlp) is { } endpoint
        ? OtlpExport.Start(telemetry, endpoint, service, $"{Environment.MachineName}:{Environment.ProcessId}")
        : null;

    /// <summary>Adds <c>/metrics</c> to a server.</summary>
    public static void MapMetrics(IEndpointRouteBuilder routes, ProcessTelemetry telemetry) =>
        routes.MapGet("/metrics", (RequestDelegate)(http => WriteMetricsAsync(http, telemetry)));

    /// <summary>Sends the last metrics and closes the port.</summary>
    public async ValueTask DisposeAsync()
    {
        _otlp?.Dispose();
        if (_web is not null)
            await _web.DisposeAsync();
    }

    // Empty: no configuration files of the working directory, no variables but our own, no log on the standard output.
    private static WebApplication Build(IPEndPoint place, RequestGate gate, ProcessTelemetry telemetry, Func<string?> notReady)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxConcurrentConnections = MaxConnections;
            options.Limits.MaxRequestBodySize = 0;
            options.Listen(place);
        });
        builder.Services.AddRoutingCore();
        WebApplication web = builder.Build();
        web.Use(gate.CheckAsync);
        web.UseRouting();
        MapMetrics(web, telemetry);
        web.MapGet("/healthz", (RequestDelegate)(http => http.Response.WriteAsync("ok\n", http.RequestAborted)));
        web.MapGet("/readyz", (RequestDelegate)(http =>
        {
            string? reason = notReady();
            http.Response.StatusCode = reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return http.Response.WriteAsync($"{reason ?? "ok"}\n", http.RequestAborted);
        }));
        return web;
    }

    private static Task WriteMetricsAsync(HttpContext http, ProcessTelemetry telemetry)
    {
        var text = new StringWriter();
        PrometheusText.Write(telemetry, text);
        http.Response.ContentType = PrometheusText.ContentType;
        return http.Response.WriteAsync(text.ToString(), http.RequestAborted);
    }

    private static async Task ListenAsync(WebApplication web, IPEndPoint place)
    {
        try
        {
            await web.StartAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await web.DisposeAsync();
            throw HttpSettings.NotOpened(place, e);
        }
    }
}
