using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace IcmpStream.Cli.Http;

/// <summary>
/// Who may ask. With a token, whoever has it. Without one the port is on loopback, and the request must say so too: a page in a
/// browser of this machine that has another name point at 127.0.0.1 (DNS rebinding) is turned away.
/// </summary>
internal sealed class RequestGate
{
    /// <summary>Paths that say only whether the process is well, in a word: probes of kubelets and load balancers have no tokens.</summary>
    private static readonly string[] Probes = ["/healthz", "/readyz"];

    private const string Scheme = "Bearer ";

    private readonly byte[]? _digest;

    /// <summary>A gate that asks for <paramref name="token"/>, or, where that is null, for a loopback name.</summary>
    public RequestGate(string? token) => _digest = token is null ? null : Digest(token);

    /// <summary>Lets a request pass, or answers it with what is missing.</summary>
    public Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        int refusal = Judge(context.Request);
        if (refusal == 0)
            return next(context);
        context.Response.StatusCode = refusal;
        if (refusal == StatusCodes.Status401Unauthorized)
            context.Response.Headers.WWWAuthenticate = Scheme.Trim();
        return Task.CompletedTask;
    }

    private int Judge(HttpRequest request)
    {
        if (_digest is null)
            return IsLoopback(request.Host.Host) ? 0 : StatusCodes.Status421MisdirectedRequest;
        if (Probes.Contains(request.Path.Value, StringComparer.Ordinal))
            return 0;
        string given = request.Headers.Authorization.ToString();
        bool isKnown = given.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            // Digests of one length: the time that comparing takes tells nothing, not even the token's length.
            && CryptographicOperations.FixedTimeEquals(Digest(given[Scheme.Length..].Trim()), _digest);
        return isKnown ? 0 : StatusCodes.Status401Unauthorized;
    }

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
