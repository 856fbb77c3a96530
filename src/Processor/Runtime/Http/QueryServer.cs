using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IcmpStream.Kafka;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IcmpStream.Processor.Runtime.Http;

/// <summary>
/// Answers questions about the state of this process, and says who answers where it cannot. Each answer is that of one moment between
/// two batches of the owner.
/// </summary>
/// <remarks>
/// <code>
///   GET /healthz                      200 while all members work
///   GET /readyz                       200 once all members have joined and restored their state, else 503 and why
///   GET /sources/{address}            what an address sent and received in the current window
///   GET /top?by=packets|bytes&amp;n=20    the loudest addresses of this process's partitions
///   GET /exchanges/{a}/{b}            requests between two addresses that are still open
/// </code>
/// Of a key that another process owns: 307 to it where it has advertised itself, else 421.
/// </remarks>
internal sealed class QueryServer : IAsyncDisposable
{
    /// <summary>The most addresses that one question gets.</summary>
    private const int MaxTop = 1000;

    /// <summary>The most open exchanges that one question gets.</summary>
    private const int MaxExchanges = 1000;

    /// <summary>Connections at once: people and dashboards, not the public.</summary>
    private const int MaxConnections = 64;

    /// <summary>How long an owner may take: several commits and a checkpoint of a large state.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly WebApplication _application;
    private readonly IReadOnlyList<ProcessorMember> _members;
    private readonly Func<string?> _notReady;
    private readonly ProcessorOptions _options;
    private readonly MemberDirectory _directory;
    private readonly byte[]? _token;
    private readonly int _pairPartitions;
    private readonly int _hostPartitions;

    private QueryServer(ILog log, ProcessorOptions options, IReadOnlyList<ProcessorMember> members, Func<string?> notReady)
    {
        _notReady = notReady;
        _options = options;
        _members = members;
        _directory = new MemberDirectory(log, options);
        _token = options.Http!.Token is { } token ? Encoding.UTF8.GetBytes(token) : null;
        IReadOnlyDictionary<string, int> topics = log.Topics.List(options.LogTimeout);
        _pairPartitions = topics.GetValueOrDefault(options.Topics.Event.Name, 1);
        _hostPartitions = topics.GetValueOrDefault(options.Topics.Partial.Name, 1);
        // Empty: no configuration files of the working directory and no variables but our own, any of which could open more ports; no log on the standard output.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(options.Http.EndPoint);
        });
        _application = builder.Build();
        if (options.Http.Gate is { } gate)
            _application.Use(gate);
        _application.Use(Guard);
        _application.MapGet("/healthz", () => Results.Text("ok\n"));
        _application.MapGet("/readyz", Ready);
        options.Http.Routes?.Invoke(_application);
        _application.MapGet("/sources/{address}", SourceAsync);
        _application.MapGet("/top", TopAsync);
        _application.MapGet("/exchanges/{a}/{b}", ExchangesAsync);
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">The address is taken, or not one of this machine.</exception>
    public static async Task<QueryServer> StartAsync(ILog log, ProcessorOptions options, IReadOnlyList<ProcessorMember> members, Func<string?> notReady)
    {
        var server = new QueryServer(log, options, members, notReady);
        await server._application.StartAsync();
        server.Address = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server;
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    // Probes of a supervisor bear no token, and tell nothing.
    private async Task Guard(HttpContext context, RequestDelegate next)
    {
        if (_token is not null && context.Request.Path.Value is not ("/healthz" or "/readyz") && !BearsToken(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return;
        }

        try
        {
            await next(context);
        }
        catch (Exception e) when (e is MailboxFullException or TimeoutException or LogException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync(e.Message + "\n");
        }
    }

    private bool BearsToken(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(header[Scheme.Length..]), _token);
    }

    private IResult Ready() =>
        _notReady() is { } why ? Results.Text($"{why}\n", statusCode: StatusCodes.Status503ServiceUnavailable) : Results.Text("ready\n");

    private async Task<IResult> SourceAsync(string address, HttpContext context)
    {
        if (!Schemas.Address.TryParse(address, out Address asked))
            return Wrong($"{address} is no address");
        var partition = new LogPartition(_options.Topics.Partial.Name, KeyGroup.Partition(KeyGroup.Of(asked), _hostPartitions));
        return await OfOwnerAsync(partition, context, task =>
        {
            var found = new List<HostSummary>();
            task.Describe(asked, found);
            return Results.Json(found.ConvertAll(View), Json);
        });
    }

    private async Task<IResult> ExchangesAsync(string a, string b, HttpContext context)
    {
        if (!Schemas.Address.TryParse(a, out Address one))
            return Wrong($"{a} is no address");
        if (!Schemas.Address.TryParse(b, out Address other))
            return Wrong($"{b} is no address");
        var partition = new LogPartition(_options.Topics.Event.Name, KeyGroup.Partition(KeyGroup.Of(EventKey.Of(one, other)), _pairPartitions));
        return await OfOwnerAsync(partition, context, task =>
        {
            var found = new List<OpenExchange>();
            task.CollectOpen(one, other, MaxExchanges, found);
            return Results.Json(found.ConvertAll(View), Json);
        });
    }

    private async Task<IResult> TopAsync(string? by, int? n)
    {
        HostRank rank = HostRank.Packets;
        if (by is not (null or "packets" or "bytes"))
            return Wrong($"by={by}: packets or bytes");
        if (by == "bytes")
            rank = HostRank.Bytes;
        int count = n ?? 20;
        if (count is < 1 or > MaxTop)
            return Wrong($"n={count}: 1 to {MaxTop}");
        var found = new List<HostSummary>();
        var partitions = new List<int>();
        foreach (ProcessorMember member in _members)
        {
            (List<HostSummary> hosts, List<int> owned) = await member.Mailbox.AskAsync(tasks => LoudestOf(tasks, rank, count)).WaitAsync(Patience);
            found.AddRange(hosts);
            partitions.AddRange(owned);
        }

        IEnumerable<object> top = found
            .OrderByDescending(host => rank == HostRank.Packets ? host.Source.Packets + host.Destination.Packets : host.Source.Bytes + host.Destination.Bytes)
            .ThenBy(host => host.Address)
            .ThenBy(host => host.Domain)
            .Take(count)
            .Select(View);
        return Results.Json(new { Partitions = partitions.Order(), Of = _hostPartitions, Top = top }, Json);
    }

    private static (List<HostSummary> Hosts, List<int> Partitions) LoudestOf(IReadOnlyDictionary<LogPartition, StageTask> tasks, HostRank rank, int count)
    {
        var found = new List<HostSummary>();
        var partitions = new List<int>();
        foreach (HostTask task in tasks.Values.OfType<HostTask>())
        {
            task.CollectLoudest(rank, count, found);
            partitions.Add(task.Partition.Partition);
        }

        return (found, partitions);
    }

    private async Task<IResult> OfOwnerAsync(LogPartition partition, HttpContext context, Func<StageTask, IResult> answer)
    {
        foreach (ProcessorMember member in _members)
        {
            IResult? result = await member.Mailbox.AskAsync(tasks => tasks.TryGetValue(partition, out StageTask? task) ? answer(task) : null).WaitAsync(Patience);
            if (result is not null)
                return result;
        }

        string? owner = await Task.Run(() => _directory.OwnerOf(partition));
        if (owner is not null && !string.Equals(owner, _options.Http!.Advertise, StringComparison.Ordinal))
            return Results.Redirect($"http://{owner}{context.Request.Path}{context.Request.QueryString}", permanent: false, preserveMethod: true);
        return Results.Json(new { Error = $"{partition} is another process's, which has not advertised itself" }, Json, statusCode: StatusCodes.Status421MisdirectedRequest);
    }

    private static IResult Wrong(string error) => Results.Json(new { Error = error }, Json, statusCode: StatusCodes.Status400BadRequest);

    private static object View(HostSummary host) => new { host.Domain, Address = host.Address.ToString(), host.WindowStartNs, host.Source, host.Destination };

    private static object View(OpenExchange open) => new
    {
        open.Domain,
        Requester = open.Requester.ToString(),
        Responder = open.Responder.ToString(),
        open.Type,
        Ident = open.Identifier,
        Seq = open.Sequence,
        RequestNs = open.TimeNs,
        open.State,
    };
}
