using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Settings;

namespace IcmpStream.Cli.Http;

/// <summary>What a process that runs for long can be told about watching it.</summary>
internal static class HttpSettings
{
    /// <summary>Shorter tokens can be guessed; this many characters of base64 hold 96 bits.</summary>
    private const int LeastTokenChars = 16;

    public static ValueSetting<IPEndPoint?> Http { get; } = new(
        "http", "[ADDR:]PORT", Places(), null, "answer /metrics, /healthz, /readyz and, of a processor, questions about its state; on loopback where no address is given, elsewhere only with --http-token-file");

    public static ValueSetting<string?> TokenFile { get; } = new(
        "http-token-file", "FILE", ValueKinds.Text, null, "file with the token that requests must carry: Authorization: Bearer TOKEN");

    public static ValueSetting<Uri?> Otlp { get; } = new(
        "otlp", "URL", Addresses(), null, "send metrics by OTLP over HTTP, as to http://prometheus:9090/api/v1/otlp/v1/metrics");

    /// <summary>The settings of every command that runs for long.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Http, TokenFile, Otlp];

    /// <summary>
    /// The token, null where there is none. Throws <see cref="UsageException"/> where the port can be reached from other machines and
    /// there is none.
    /// </summary>
    public static string? Token(CommandContext context)
    {
        string? path = context.Read(TokenFile);
        if (path is not null)
            return ReadToken(path);
        if (context.Read(Http) is { } place && !IPAddress.IsLoopback(place.Address))
            throw new UsageException($"--http {place} can be reached from other machines and needs --http-token-file");
        return null;
    }

    /// <summary>Why the port could not be opened, in one line.</summary>
    public static CommandFailedException NotOpened(IPEndPoint place, Exception failure) => new(
        $"--http {place}: {((failure.InnerException ?? failure).GetBaseException() switch
        {
            SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => "another process has this port",
            SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => "this machine has no such address",
            SocketException { SocketErrorCode: SocketError.AccessDenied } => "ports below 1024 take a privilege that this process has not",
            Exception other => Failure.Reason(other),
        })}",
        failure);

    private static string ReadToken(string path)
    {
        try
        {
            string token = File.ReadAllText(path).Trim();
            bool isUsable = token.Length >= LeastTokenChars && token.All(c => c is > ' ' and <= '~');
            return isUsable ? token : throw new UsageException($"--http-token-file: {path} must hold one word of at least {LeastTokenChars} printable characters");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"cannot read the token in {path}: {Failure.Reason(e)}", e);
        }
    }

    private static ValueKind<IPEndPoint?> Places() => new("a port, or an IP address and a port as 0.0.0.0:9464 or [::]:9464", (string text, out IPEndPoint? place) =>
    {
        place = null;
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            place = new IPEndPoint(IPAddress.Loopback, port);
        else if (text.Contains(':', StringComparison.Ordinal) && HasPort(text) && IPEndPoint.TryParse(text, out IPEndPoint? parsed))
            place = parsed;
        return place is not null;
    });

    /// <summary>The parser takes <c>10.0.0.1</c> for port 0, and <c>::1</c> too.</summary>
    private static bool HasPort(string text) => text.StartsWith('[') ? text.Contains("]:", StringComparison.Ordinal) : text.Count(c => c == ':') == 1;

    private static ValueKind<Uri?> Addresses() => new("a URL that begins with http:// or https://", (string text, [MaybeNullWhen(false)] out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address) && address.Scheme is "http" or "https");
}
