namespace IcmpStream.Cli.Telemetry;

/// <summary>
/// Every metric that there is. What is not here is not exported, and what is here stands in docs/operators/metrics.md: a test
/// compares both ways.
/// </summary>
/// <remarks>
/// <c>messaging.*</c> follow OpenTelemetry's semantic conventions for messaging clients. A packet's addresses are never a label: a spoofed
/// flood would make as many series as it has sources.
/// </remarks>
internal static class MetricCatalog
{
    private const MetricKind Counter = MetricKind.Counter;
    private const MetricKind Gauge = MetricKind.Gauge;

    // The process.
    public static readonly MetricDefinition Build = new(
        "icmpstream.build.info", Gauge, "1", "Always 1; the labels say which build runs", "version", "commit", "librdkafka");

    // Ingest: packets in = events + named outcomes.
    public static readonly MetricDefinition IngestPackets = new("icmpstream.ingest.packets", Counter, "{packet}", "Frames read from the source");
    public static readonly MetricDefinition IngestKernelDrops = new(
        "icmpstream.ingest.kernel.drops", Counter, "{packet}", "Frames that the kernel, or the capture's maker, lost before they reached the source");
    public static readonly MetricDefinition IngestCaptured = new("icmpstream.ingest.captured", Counter, "By", "Captured bytes of the frames read");
    public static readonly MetricDefinition IngestOutcomes = new(
        "icmpstream.ingest.outcomes", Counter, "{packet}", "Frames by what decoding made of them; they add up to the frames read", "outcome");
    public static readonly MetricDefinition IngestDecoded = new(
        "icmpstream.ingest.decoded", Counter, "{event}", "Frames that became an event, whole or malformed");
    public static readonly MetricDefinition IngestEvents = new("icmpstream.ingest.events", Counter, "{event}", "Events encoded and given to the log");
    public static readonly MetricDefinition IngestLate = new("icmpstream.ingest.late", Counter, "{event}", "Events marked late by their stream");
    public static readonly MetricDefinition IngestFolded = new("icmpstream.ingest.folded", Counter, "{packet}", "Packets that travel in folded events, by their count");
    public static readonly MetricDefinition IngestShed = new("icmpstream.ingest.shed", Counter, "{packet}", "Packets dropped because the log's queue was full");
    public static readonly MetricDefinition IngestSpilled = new("icmpstream.ingest.spilled", MetricKind.UpDownCounter, "{packet}", "Packets that wait on disk for the brokers to take them");
    public static readonly MetricDefinition IngestResumed = new(
        "icmpstream.ingest.resumed", Counter, "{event}", "Events that an earlier attempt at the run had written");
    public static readonly MetricDefinition IngestTicks = new(
        "icmpstream.ingest.ticks", Counter, "{record}", "Records without events, which carry the watermark alone");
    public static readonly MetricDefinition IngestRecords = new("icmpstream.ingest.records", Counter, "{record}", "Records given to the log, ticks among them");
    public static readonly MetricDefinition IngestInFlight = new(
        "icmpstream.ingest.inflight", MetricKind.UpDownCounter, "{record}", "Records given to the log whose fate is not known yet");
    public static readonly MetricDefinition IngestRetried = new(
        "icmpstream.ingest.retried", Counter, "{record}", "Records sent to the brokers more than once, at least; looked up every five seconds");
    public static readonly MetricDefinition IngestDelivered = new(
        "icmpstream.ingest.delivered", Counter, "By", "Bytes of the keys and values that all in-sync replicas have");

    // The processor: events = processed + late + duplicate.
    public static readonly MetricDefinition ProcessorReplayed = new(
        "icmpstream.processor.replayed", Counter, "{record}", "Records read again to rebuild state, outputs suppressed");
    public static readonly MetricDefinition ProcessorDeadLetters = new(
        "icmpstream.processor.dead_letters", Counter, "{record}", "Records that could not be read and went to the dead letters");
    public static readonly MetricDefinition ProcessorEvents = new(
        "icmpstream.processor.events", Counter, "{event}", "Events by fate: processed, late, duplicate", "fate");
    public static readonly MetricDefinition ProcessorEventsRead = new("icmpstream.processor.events.read", Counter, "{event}", "Events read");
    public static readonly MetricDefinition ProcessorCopies = new(
        "icmpstream.processor.copies", Counter, "{packet}", "Packets of processed events that another sensor of the domain saw too, counted once");
    public static readonly MetricDefinition ProcessorOfOthers = new(
        "icmpstream.processor.of_other_groups", Counter, "{record}", "Records between stages that another group of the same topics wrote, passed over");
    public static readonly MetricDefinition ProcessorMissing = new(
        "icmpstream.processor.missing", Counter, "{event}", "Sequence numbers of events that never came");
    public static readonly MetricDefinition ProcessorEvicted = new(
        "icmpstream.processor.evicted", Counter, "{entry}", "Requests and addresses that limits pushed out of the state before their time");
    public static readonly MetricDefinition ProcessorUnforwarded = new(
        "icmpstream.processor.unforwarded", Counter, "{packet}", "Requests to broadcast or multicast addresses, and replies without a request, too many in a slot to be matched with each other");
    public static readonly MetricDefinition ProcessorExchanges = new(
        "icmpstream.processor.exchanges", Counter, "{exchange}", "Exchanges put out, untracked ones among them, by outcome", "outcome");
    public static readonly MetricDefinition ProcessorRtts = new(
        "icmpstream.processor.rtts", Counter, "{rtt}", "Round-trip times by fate: summed up in a record, too sparse for one, dropped by limits, negative", "fate");
    public static readonly MetricDefinition ProcessorRttRecords = new(
        "icmpstream.processor.rtt.records", Counter, "{record}", "Records of round-trip times put out, one for a pair and window");
    public static readonly MetricDefinition ProcessorRates = new("icmpstream.processor.rates", Counter, "{rate}", "Rates put out");
    public static readonly MetricDefinition ProcessorFindings = new("icmpstream.processor.findings", Counter, "{finding}", "Findings that reached the verdict stage");
    public static readonly MetricDefinition ProcessorAlerts = new("icmpstream.processor.alerts", Counter, "{alert}", "Alerts opened, by rule", "rule");
    public static readonly MetricDefinition ProcessorCommits = new("icmpstream.processor.commits", Counter, "{commit}", "Units of work committed");
    public static readonly MetricDefinition ProcessorLag = new(
        "icmpstream.processor.lag", Gauge, "{record}", "Records of an input that the group has not committed, looked up every ten seconds",
        "messaging.destination.name", "messaging.destination.partition.id");
    public static readonly MetricDefinition ProcessorOpenStreams = new(
        "icmpstream.processor.streams.open", Gauge, "{stream}", "Streams of events that have not ended");
    public static readonly MetricDefinition ProcessorOpenWindows = new(
        "icmpstream.processor.windows.open", Gauge, "{window}", "Slots of 100 ms and windows of rates that event time has not closed");
    public static readonly MetricDefinition ProcessorState = new(
        "icmpstream.processor.state", Gauge, "By", "State of the partitions owned, as their latest checkpoints wrote it down");

    // What every Kafka client has.
    public static readonly MetricDefinition Sent = new(
        "messaging.client.sent.messages", Counter, "{message}", "Records that a client tried to send; error.type says why one was given up",
        "messaging.system", "messaging.operation.name", "messaging.destination.name", "error.type");
    public static readonly MetricDefinition Consumed = new(
        "messaging.client.consumed.messages", Counter, "{message}", "Records read, those read again to rebuild state among them",
        "messaging.system", "messaging.operation.name", "messaging.consumer.group.name");

    /// <summary>Ours, in the order of the documentation.</summary>
    public static IReadOnlyList<MetricDefinition> Own { get; } =
    [
        Build,
        IngestPackets, IngestKernelDrops, IngestCaptured, IngestOutcomes, IngestDecoded, IngestEvents, IngestLate, IngestFolded, IngestShed, IngestSpilled, IngestResumed, IngestTicks, IngestRecords, IngestInFlight, IngestRetried, IngestDelivered,
        ProcessorEventsRead, ProcessorEvents, ProcessorCopies, ProcessorOfOthers, ProcessorMissing, ProcessorReplayed, ProcessorDeadLetters, ProcessorEvicted, ProcessorUnforwarded, ProcessorExchanges, ProcessorRtts, ProcessorRttRecords, ProcessorRates,
        ProcessorFindings, ProcessorAlerts, ProcessorCommits, ProcessorLag, ProcessorOpenStreams, ProcessorOpenWindows, ProcessorState,
        Sent, Consumed,
    ];

    /// <summary>Those of .NET's own meter, <c>System.Runtime</c>, that say how the process is.</summary>
    public static IReadOnlyList<MetricDefinition> Runtime { get; } =
    [
        new("dotnet.process.cpu.time", Counter, "s", "CPU time of the process", "cpu.mode"),
        new("dotnet.process.memory.working_set", MetricKind.UpDownCounter, "By", "Memory of the process that is in RAM"),
        new("dotnet.gc.collections", Counter, "{collection}", "Garbage collections", "gc.heap.generation"),
        new("dotnet.gc.pause.time", Counter, "s", "Time for which the process stood still for a garbage collection"),
        new("dotnet.gc.heap.total_allocated", Counter, "By", "Bytes allocated on the managed heap"),
    ];

    /// <summary>All that a process can export.</summary>
    public static IEnumerable<MetricDefinition> All => Own.Concat(Runtime);
}
