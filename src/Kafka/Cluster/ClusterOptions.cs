using System.Collections.ObjectModel;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IcmpStream.Kafka.Cluster;

/// <summary>Where a Kafka cluster is and how to talk to it.</summary>
public sealed record ClusterOptions
{
    /// <summary>Host and port of one or more brokers, separated by commas (<c>bootstrap.servers</c>).</summary>
    public required string Brokers { get; init; }

    /// <summary>
    /// Further client settings by librdkafka's names, as <c>--kafka key=value</c> gives them; a later one of the same name wins. They go before
    /// this project's defaults, except for the few that its correctness hangs on, which are refused.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, string>> Settings { get; init; } = ReadOnlyCollection<KeyValuePair<string, string>>.Empty;

    /// <summary>The name that brokers log for these clients.</summary>
    public string ClientId { get; init; } = "icmpstream";

    /// <summary>
    /// How long a start waits for a broker to answer: long enough for a slow handshake over TLS, short enough that a mistyped address is noticed
    /// by whoever typed it.
    /// </summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// True to write and read through Confluent.Kafka's own objects instead of librdkafka's batch calls: slower, and the oracle of the other.
    /// Members of groups are native either way, since the managed handlers cannot put a revocation off until its work is committed.
    /// </summary>
    public bool UseManagedClient { get; init; }

    /// <summary>Where the client library's own log lines go.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>
    /// Told, in one line and at most every <see cref="LostInterval"/>, that a client which was connected reaches no broker any more. It goes on trying.
    /// Called from the client library's threads.
    /// </summary>
    public Action<string>? BrokersLost { get; init; }

    /// <summary>The shortest time between two such lines.</summary>
    public static readonly TimeSpan LostInterval = TimeSpan.FromSeconds(30);

    /// <summary>Reads one <c>key=value</c> of the command line.</summary>
    /// <exception cref="LogException">There is no <c>=</c>, or no key before it.</exception>
    public static KeyValuePair<string, string> ParseSetting(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.IndexOf('=', StringComparison.Ordinal);
        // The text is not repeated: it may be a secret that lost its key.
        if (at <= 0) throw new LogException(LogError.Configuration, "a client setting must be key=value, for example linger.ms=20");
        return new KeyValuePair<string, string>(text[..at].Trim(), text[(at + 1)..]);
    }
}
