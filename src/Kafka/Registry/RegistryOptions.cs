namespace IcmpStream.Kafka.Registry;

/// <summary>Where a schema registry is and how to talk to it.</summary>
public sealed record RegistryOptions
{
    /// <summary>Its address, <c>http</c> or <c>https</c>. A user and password in it are used and never shown.</summary>
    public required Uri Url { get; init; }

    /// <summary>User for basic authentication; null for none.</summary>
    public string? Username { get; init; }

    /// <summary>Password for basic authentication.</summary>
    public string? Password { get; init; }

    /// <summary>Bearer token; goes before user and password.</summary>
    public string? Token { get; init; }

    /// <summary>A file of certificates (PEM) that are trusted in place of the system's; null for the system's.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <summary>How long one request may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often a request is tried that fails in a way that may pass: no connection, no answer, 429 and 5xx. Three times over about a
    /// second outlasts a registry's change of leader.
    /// </summary>
    public int Attempts { get; init; } = 3;

    /// <summary>The wait before the second attempt; it doubles for each further one.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads the address of the command line.</summary>
    /// <exception cref="LogException">It is not an http or https address.</exception>
    public static RegistryOptions Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps))
            throw new LogException(LogError.Configuration, "--schema-registry must be an http or https address, for example http://localhost:8081");
        return new RegistryOptions { Url = parsed };
    }
}
