using System.Globalization;

namespace IcmpStream.Kafka.Topics;

/// <summary>
/// Every topic of an installation, by name and with what it must be. A name carries the version of its contract: an incompatible one would be
/// another topic.
/// </summary>
public sealed class TopicCatalog
{
    /// <summary>The longest name that Kafka allows.</summary>
    public const int MaxNameChars = 249;

    /// <summary>Kafka's default message.max.bytes, written down: packed records and checkpoint chunks are cut to it.</summary>
    public const int MaxMessageBytes = 1_048_588;

    /// <summary>
    /// A day of input: a processor that fails in the evening catches up in the morning. Raw events are most of the volume, so no longer by default.
    /// </summary>
    private static readonly TimeSpan InputRetention = TimeSpan.FromDays(1);

    /// <summary>A week: long enough to look at last weekend on Monday.</summary>
    private static readonly TimeSpan DetailRetention = TimeSpan.FromDays(7);

    /// <summary>A month of what windows came to: the baseline of the month before an incident.</summary>
    private static readonly TimeSpan WindowRetention = TimeSpan.FromDays(30);

    /// <summary>A quarter of alerts, which is what reports cover; a SIEM keeps them longer.</summary>
    private static readonly TimeSpan AlertRetention = TimeSpan.FromDays(90);

    /// <summary>Two weeks: whoever mends what wrote bad records may be on leave.</summary>
    private static readonly TimeSpan DeadLetterRetention = TimeSpan.FromDays(14);

    /// <summary>Lays the topics out.</summary>
    /// <exception cref="LogException">The prefix has characters that a topic name cannot have, or a partition count is not 2^n up to 256.</exception>
    public TopicCatalog(TopicCatalogOptions? options = null)
    {
        options ??= new TopicCatalogOptions();
        CheckPrefix(options.Prefix);
        var pair = options.PairPartitions;
        var host = options.HostPartitions;
        Event = Keyed(options, "icmp.event.v1", pair, InputRetention, "ICMP events, keyed by address pair; where exactly-once starts");
        Partial = Keyed(options, "icmp.partial.v1", host, InputRetention, "counts of one 100 ms slot, from pair partitions to host partitions");
        Finding = Keyed(options, "icmp.finding.v1", 1, InputRetention, "what rules found; one partition, since precedence between rules needs one order");
        Echo = Keyed(options, "icmp.echo.v1", pair, DetailRetention, "echo exchanges, keyed by address pair");
        Rtt = Keyed(options, "icmp.rtt.v1", pair, WindowRetention, "round-trip times by address pair and 10 s window");
        Rate = Keyed(options, "icmp.rate.v1", host, WindowRetention, "rates by address and 10 s window");
        Alert = Keyed(options, "icmp.alert.v1", 1, AlertRetention, "alerts; one partition, so that an alert's opening comes before its close for every reader");
        AlertEcs = Keyed(options, "icmp.alert.ecs.v1", 1, AlertRetention, "the same alerts as ECS JSON, for a SIEM");
        Late = Keyed(options, "icmp.late.v1", pair, DetailRetention, "events that came behind their stream's watermark");
        DeadLetter = Make(options, "icmp.dlq.v1", 1, false, Deleted(DeadLetterRetention), "records that could not be read, with reason and origin in headers");
        Checkpoint = Make(options, "icmp.checkpoint.v1", host, true, Compacted(), "state of the processor in chunks and manifests, the latest of each key");
        Member = Make(options, "icmp.member.v1", 1, true, Compacted(), "which process answers queries for which partition, the latest of each");
        All = [Event, Partial, Finding, Echo, Rtt, Rate, Alert, AlertEcs, Late, DeadLetter, Checkpoint, Member];
        foreach (var spec in All) spec.Validate();
    }

    /// <summary>All topics, in the order in which data passes them.</summary>
    public IReadOnlyList<TopicSpec> All { get; }

    /// <summary>Events: <c>icmp.event.v1</c>.</summary>
    public TopicSpec Event { get; }

    /// <summary>The combiner's output: <c>icmp.partial.v1</c>.</summary>
    public TopicSpec Partial { get; }

    /// <summary>Findings: <c>icmp.finding.v1</c>.</summary>
    public TopicSpec Finding { get; }

    /// <summary>Echo exchanges: <c>icmp.echo.v1</c>.</summary>
    public TopicSpec Echo { get; }

    /// <summary>Round-trip times: <c>icmp.rtt.v1</c>.</summary>
    public TopicSpec Rtt { get; }

    /// <summary>Rates: <c>icmp.rate.v1</c>.</summary>
    public TopicSpec Rate { get; }

    /// <summary>Alerts in Avro: <c>icmp.alert.v1</c>.</summary>
    public TopicSpec Alert { get; }

    /// <summary>Alerts in ECS JSON: <c>icmp.alert.ecs.v1</c>.</summary>
    public TopicSpec AlertEcs { get; }

    /// <summary>Late events: <c>icmp.late.v1</c>.</summary>
    public TopicSpec Late { get; }

    /// <summary>Dead letters: <c>icmp.dlq.v1</c>.</summary>
    public TopicSpec DeadLetter { get; }

    /// <summary>Checkpoints: <c>icmp.checkpoint.v1</c>, compacted.</summary>
    public TopicSpec Checkpoint { get; }

    /// <summary>Members that answer queries: <c>icmp.member.v1</c>, compacted.</summary>
    public TopicSpec Member { get; }

    private static TopicSpec Keyed(TopicCatalogOptions options, string name, int partitions, TimeSpan retention, string purpose) =>
        Make(options, name, partitions, true, Deleted(retention), purpose);

    private static TopicSpec Make(TopicCatalogOptions options, string name, int partitions, bool isKeyed, Dictionary<string, string> config, string purpose)
    {
        // Append time, because retention by a packet's own time would delete a capture of last year as it arrives.
        config["message.timestamp.type"] = "LogAppendTime";
        config["max.message.bytes"] = MaxMessageBytes.ToString(CultureInfo.InvariantCulture);
        // Acknowledged by all means at least two, where there are three: one may fail without loss, and without standing still.
        if (options.ReplicationFactor >= 3) config["min.insync.replicas"] = "2";
        return new TopicSpec
        {
            Name = options.Prefix + name,
            Partitions = partitions,
            IsKeyed = isKeyed,
            ReplicationFactor = options.ReplicationFactor,
            Config = config,
            Purpose = purpose,
        };
    }

    private static Dictionary<string, string> Deleted(TimeSpan retention) => new(StringComparer.Ordinal)
    {
        ["cleanup.policy"] = "delete",
        ["retention.ms"] = ((long)retention.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
    };

    private static Dictionary<string, string> Compacted() => new(StringComparer.Ordinal)
    {
        ["cleanup.policy"] = "compact",
        // Default 0.5 and a week: half of what a restart reads would be stale, and a checkpoint is written every 30 s.
        ["min.cleanable.dirty.ratio"] = "0.1",
        ["segment.ms"] = "600000",
    };

    private static void CheckPrefix(string prefix)
    {
        foreach (var c in prefix)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                throw new LogException(LogError.Configuration, $"--topic-prefix: a topic name has letters, digits, '.', '_' and '-', not '{c}'");
        // The longest name behind it has 18 characters.
        if (prefix.Length > MaxNameChars - 18) throw new LogException(LogError.Configuration, $"--topic-prefix is longer than {MaxNameChars - 18} characters");
    }
}
