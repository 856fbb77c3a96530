using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace IcmpStream.Processor.Runtime.Http;

/// <summary>How a process answers questions about its state.</summary>
public sealed record HttpOptions
{
    /// <summary>
    /// Where it listens; port 0 takes any that is free. Loopback unless told otherwise: state names who talks to whom.
    /// </summary>
    public IPEndPoint EndPoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>What a client must bear (<c>Authorization: Bearer ...</c>); needed for any address but loopback.</summary>
    public string? Token { get; init; }

    /// <summary>HOST:PORT under which others reach it; it is written to the member topic with the partitions owned. Null for none.</summary>
    public string? Advertise { get; init; }

    /// <summary>Turns requests away before any other step; null for none.</summary>
    public Func<HttpContext, RequestDelegate, Task>? Gate { get; init; }

    /// <summary>Adds paths of the process's own, such as its metrics; null for none.</summary>
    public Action<IEndpointRouteBuilder>? Routes { get; init; }

    /// <summary>What makes no sense, in words; null for nothing.</summary>
    public string? Problem
    {
        get
        {
            if (!IPAddress.IsLoopback(EndPoint.Address) && string.IsNullOrWhiteSpace(Token))
                return $"queries on {EndPoint} need a token, since anybody could ask there; only a loopback address needs none";
            return Advertise is { } address && !Uri.TryCreate($"http://{address}", UriKind.Absolute, out _) ? $"{address} is not of the form HOST:PORT" : null;
        }
    }

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public void Validate()
    {
        if (Problem is { } problem)
            throw new ArgumentException(problem);
    }
}
