using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace IcmpStream.Kafka.Registry;

/// <summary>Requests to a registry with credentials, time limits and further attempts.</summary>
internal sealed class RegistryRequests : IDisposable
{
    /// <summary>The registry's media type (its API's documentation).</summary>
    private const string MediaType = "application/vnd.schemaregistry.v1+json";

    /// <summary>The longest answer, bytes: the largest schema of this project is 30 KB.</summary>
    private const int MaxAnswerBytes = 4 << 20;

    private readonly RegistryOptions _options;
    private readonly HttpClient _client;
    private readonly string _where;

    public RegistryRequests(RegistryOptions options)
    {
        _options = options;
        // Without what may stand before the host.
        _where = options.Url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        _client = new HttpClient(Handler(options)) { BaseAddress = Base(options.Url), Timeout = options.Timeout, MaxResponseContentBufferSize = MaxAnswerBytes };
        _client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaType));
        _client.DefaultRequestHeaders.Authorization = Credentials(options);
    }

    /// <param name="method">The method.</param>
    /// <param name="path">Path below the registry's address, escaped.</param>
    /// <param name="field">The one field of the request's body; null for a request without one.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="LogException">No answer, in as many attempts as there are.</exception>
    public async Task<RegistryAnswer> SendAsync(HttpMethod method, string path, (string Name, string Value)? field, CancellationToken cancellationToken)
    {
        var backoff = _options.Backoff;
        for (var attempt = 1; ; attempt++)
        {
            var isLast = attempt >= _options.Attempts;
            try
            {
                using var request = new HttpRequestMessage(method, path) { Content = field is { } given ? Body(given.Name, given.Value) : null };
                using var response = await _client.SendAsync(request, cancellationToken);
                if (isLast || !MayPass(response.StatusCode)) return new RegistryAnswer(_where, response.StatusCode, await ReadAsync(response, cancellationToken));
            }
            catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.SecureConnectionError)
            {
                throw new LogException(LogError.Authentication, $"TLS with the schema registry at {_where} failed: check its certificate and the trusted authorities", failure);
            }
            catch (HttpRequestException failure) when (isLast)
            {
                throw Unreachable(failure.Message, failure);
            }
            catch (OperationCanceledException failure) when (isLast && !cancellationToken.IsCancellationRequested)
            {
                throw Unreachable($"no answer within {_options.Timeout.TotalSeconds:0.#} s", failure);
            }
            catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // It may pass: again, after a while.
            }

            await Task.Delay(backoff, cancellationToken);
            backoff *= 2;
        }
    }

    public void Dispose() => _client.Dispose();

    private static bool MayPass(HttpStatusCode status) => status == HttpStatusCode.TooManyRequests || (int)status >= 500;

    private static ByteArrayContent Body(string name, string value)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString(name, value);
            json.WriteEndObject();
        }

        var content = new ByteArrayContent(stream.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue(MediaType);
        return content;
    }

    private static async Task<JsonDocument?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        }
        catch (JsonException)
        {
            // A proxy's page, for example: the status says what there is to say.
            return null;
        }
    }

    private static Uri Base(Uri url) => new(url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/') + "/");

    private static AuthenticationHeaderValue? Credentials(RegistryOptions options)
    {
        if (options.Token is { } token) return new AuthenticationHeaderValue("Bearer", token);
        var pair = options.Username is { } user ? $"{user}:{options.Password}" : Uri.UnescapeDataString(options.Url.UserInfo);
        return pair.Length == 0 ? null : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    private static SocketsHttpHandler Handler(RegistryOptions options)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = options.Timeout };
        if (options.CertificateAuthorities is not { } file) return handler;
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException)
        {
            handler.Dispose();
            throw new LogException(LogError.Configuration, $"the certificates in {file} cannot be read: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }

        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        return handler;
    }

    private LogException Unreachable(string why, Exception failure) =>
        new(LogError.Unreachable, $"the schema registry at {_where} cannot be reached: check --schema-registry, and that it runs ({why.ReplaceLineEndings(" ")})", failure);
}
