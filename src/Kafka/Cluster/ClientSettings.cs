using System.Globalization;

namespace IcmpStream.Kafka.Cluster;

/// <summary>
/// The key-values that clients are made from. Names and defaults are librdkafka's (CONFIGURATION.md of 2.15), each value that departs from its
/// default says why.
/// </summary>
public static class ClientSettings
{
    private const string Redacted = "(hidden)";

    /// <summary>
    /// Settings that belong to other options or to how this library works; changing them by hand would break a promise silently.
    /// </summary>
    private static readonly Dictionary<string, string> Owned = new(StringComparer.Ordinal)
    {
        ["bootstrap.servers"] = "use --brokers",
        ["metadata.broker.list"] = "use --brokers",
        ["group.id"] = "use --group",
        ["group.protocol"] = "rebalances are handled in the classic cooperative protocol",
        ["transactional.id"] = "it follows from the group and the instance",
        ["partition.assignment.strategy"] = "rebalances are handled cooperatively",
        ["enable.auto.commit"] = "offsets are committed with the outputs they belong to",
        ["enable.auto.offset.store"] = "offsets are committed with the outputs they belong to",
        ["enable.partition.eof"] = "the end of a partition is how --until-end is known",
        ["isolation.level"] = "aborted records must stay invisible",
        ["allow.auto.create.topics"] = "topics are created by `icmpstream topics apply`",
        ["queue.buffering.max.messages"] = "the queue is limited above the client, so that a full one is never an error",
        ["queue.buffering.max.kbytes"] = "the queue is limited above the client, so that a full one is never an error",
        ["delivery.report.only.error"] = "every delivery is counted",
    };

    /// <summary>Secrets, by parts of their names.</summary>
    private static readonly string[] SecretParts = ["password", "secret", "token", ".pem", "oauthbearer.config", "jaas"];

    /// <summary>Settings of a client that asks and creates.</summary>
    /// <exception cref="LogException">A setting is one that must not be changed.</exception>
    public static IReadOnlyDictionary<string, string> Admin(ClusterOptions cluster) => Build(cluster, []);

    /// <summary>Settings of a producer outside transactions.</summary>
    /// <exception cref="LogException">A setting is one that must not be changed.</exception>
    public static IReadOnlyDictionary<string, string> Producer(ClusterOptions cluster, AppenderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Dictionary<string, string> settings = new(StringComparer.Ordinal);
        AddProducer(settings, options);
        // 0 is for ever (default 300 s): an outage holds a replay back, and a live source sheds at its ring, where it is counted.
        settings["message.timeout.ms"] = Milliseconds(options.DeliveryTimeout ?? TimeSpan.Zero);
        return Build(cluster, settings);
    }

    /// <summary>Settings of a producer of transactions.</summary>
    /// <exception cref="LogException">A setting is one that must not be changed.</exception>
    public static IReadOnlyDictionary<string, string> TransactionalProducer(ClusterOptions cluster, MemberOptions options, string transactionalId)
    {
        ArgumentNullException.ThrowIfNull(options);
        Dictionary<string, string> settings = new(StringComparer.Ordinal);
        AddProducer(settings, options.Outputs);
        settings["transactional.id"] = transactionalId;
        settings["transaction.timeout.ms"] = Milliseconds(options.TransactionTimeout);
        // A record cannot outlive its transaction: the client refuses a longer one.
        if (options.Outputs.DeliveryTimeout is { } timeout && timeout < options.TransactionTimeout) settings["message.timeout.ms"] = Milliseconds(timeout);
        return Build(cluster, settings);
    }

    /// <summary>Settings of a consumer that is a member of a group.</summary>
    /// <exception cref="LogException">A setting is one that must not be changed.</exception>
    public static IReadOnlyDictionary<string, string> Member(ClusterOptions cluster, MemberOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Dictionary<string, string> settings = new(StringComparer.Ordinal);
        AddConsumer(settings);
        settings["group.id"] = options.Group;
        if (options.InstanceId is { } instance) settings["group.instance.id"] = instance;
        // Default range,roundrobin, which takes everything from everybody at each change (KIP-429 is the other way).
        settings["partition.assignment.strategy"] = "cooperative-sticky";
        settings["session.timeout.ms"] = Milliseconds(options.SessionTimeout);
        // A third of the session timeout, as Kafka's documentation advises; the default of 3 s is for one of 45 s.
        settings["heartbeat.interval.ms"] = Milliseconds(TimeSpan.FromMilliseconds(Math.Min(3000, options.SessionTimeout.TotalMilliseconds / 3)));
        settings["isolation.level"] = "read_committed";
        return Build(cluster, settings);
    }

    /// <summary>Settings of a consumer without a group.</summary>
    /// <exception cref="LogException">A setting is one that must not be changed.</exception>
    public static IReadOnlyDictionary<string, string> Reader(ClusterOptions cluster, ReaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Dictionary<string, string> settings = new(StringComparer.Ordinal);
        AddConsumer(settings);
        // The client wants a name even where no group is joined and nothing committed.
        settings["group.id"] = "icmpstream-reader";
        settings["isolation.level"] = options.ReadUncommitted ? "read_uncommitted" : "read_committed";
        return Build(cluster, settings);
    }

    /// <summary>The same settings, to be shown: in order of their names, with secrets hidden.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Redact(IReadOnlyDictionary<string, string> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return [.. settings.OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => IsSecret(setting.Key) ? new(setting.Key, Redacted) : setting)];
    }

    /// <summary>True for a setting whose value must not be shown.</summary>
    public static bool IsSecret(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var part in SecretParts)
            if (name.Contains(part, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static void AddProducer(Dictionary<string, string> settings, AppenderOptions options)
    {
        // Default false: without it a retry can repeat and reorder records.
        settings["enable.idempotence"] = "true";
        // Default all, and what idempotence demands; written down because the guarantee rests on it.
        settings["acks"] = "all";
        if (options.IsPacked)
        {
            // Default none. On packed events zstd at its fastest takes a third less CPU than lz4 and leaves fewer bytes (`make bench`, one client to one
            // broker: 5.9 against 3.8 million events/s). Brokers and clients know it since Kafka 2.1 (KIP-110).
            settings["compression.type"] = "zstd";
            settings["compression.level"] = "1";
        }
        else
        {
            // Default none. Events of one flood differ in a few bytes: lz4 makes a fifth of them, for less CPU than sending the rest costs.
            settings["compression.type"] = "lz4";
        }

        // Default 5 ms, right for a live alert. A replay fills its batches of 1 MB in 50 ms at 100,000 records/s over 8 partitions.
        settings["linger.ms"] = options.Profile == AppendProfile.Replay ? "50" : "5";
        // Default 0, never: retries are told there alone. Making it takes the client some hundred microseconds.
        settings["statistics.interval.ms"] = "5000";
        // Default 1,000,000; a broker's own default (message.max.bytes) is this, and packed records come near it.
        settings["message.max.bytes"] = "1048588";
        // Default 100,000 records; 0 is no limit. The limit stands above the client (AppendQueue), where full is not an error.
        settings["queue.buffering.max.messages"] = "0";
        settings["queue.buffering.max.kbytes"] = "2147483647";
    }

    private static void AddConsumer(Dictionary<string, string> settings)
    {
        settings["enable.auto.commit"] = "false";
        settings["enable.auto.offset.store"] = "false";
        // Default latest, which would skip what was written before a group's first start.
        settings["auto.offset.reset"] = "earliest";
        // Default false: the end of a partition as an event carries the offset past marks and aborted records.
        settings["enable.partition.eof"] = "true";
        settings["allow.auto.create.topics"] = "false";
        // Default 1,000 ms: how long fetching pauses once the local queue is full, four times what a queue lasts at full speed.
        settings["fetch.queue.backoff.ms"] = "1";
        // Default 100,000 records a partition, a tenth of a second; queued.max.messages.kbytes (64 MiB) is what bounds memory.
        settings["queued.min.messages"] = "1000000";
    }

    private static Dictionary<string, string> Build(ClusterOptions cluster, Dictionary<string, string> own)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        if (string.IsNullOrWhiteSpace(cluster.Brokers)) throw new LogException(LogError.Configuration, "no broker is given: use --brokers host:port");
        Dictionary<string, string> settings = new(own, StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = cluster.Brokers,
            ["client.id"] = cluster.ClientId,
            // Default false: a firewall that forgets idle connections would otherwise be found out by a request timing out.
            ["socket.keepalive.enable"] = "true",
            // Default 10,000 ms: after an outage the first record should not wait ten seconds for the next attempt.
            ["reconnect.backoff.max.ms"] = "1000",
        };
        foreach (var (name, value) in cluster.Settings)
        {
            if (Owned.TryGetValue(name, out var reason)) throw new LogException(LogError.Configuration, $"the client setting {name} cannot be changed: {reason}");
            settings[name] = value;
        }

        return settings;
    }

    private static string Milliseconds(TimeSpan time) => ((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
