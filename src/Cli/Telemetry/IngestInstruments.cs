using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using IcmpStream.Cli.Ingest;
using IcmpStream.Cli.Live;
using IcmpStream.Cli.Output;
using IcmpStream.Kafka;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Telemetry;

/// <summary>The metrics of <c>ingest</c>, read from its books.</summary>
internal static class IngestInstruments
{
    /// <summary>Adds those of a capture's run.</summary>
    /// <param name="telemetry">The process's metrics.</param>
    /// <param name="run">The run.</param>
    /// <param name="topic">The topic it writes to.</param>
    public static void Register(ProcessTelemetry telemetry, IngestRun run, string topic) =>
        Register(telemetry, () => [run.Books], () => run.KernelDrops, () => run.CapturedBytes, topic);

    /// <summary>Adds those of a live run: its readers' together.</summary>
    public static void Register(ProcessTelemetry telemetry, LiveIngest run, string topic) => Register(
        telemetry,
        () => [.. run.Books.Select(lane => lane.Books)],
        () => run.Books.Sum(lane => lane.Source.Statistics.KernelDrops),
        () => run.Books.Sum(lane => lane.Source.Statistics.CapturedBytes),
        topic);

    private static void Register(ProcessTelemetry telemetry, Func<IReadOnlyList<IngestBooks>> books, Func<long> kernelDrops, Func<long> capturedBytes, string topic)
    {
        telemetry.Observe(MetricCatalog.IngestPackets, () => books().Sum(b => b.Frames));
        telemetry.Observe(MetricCatalog.IngestKernelDrops, kernelDrops);
        telemetry.Observe(MetricCatalog.IngestCaptured, capturedBytes);
        telemetry.Observe(MetricCatalog.IngestOutcomes, () => Outcomes(books()));
        telemetry.Observe(MetricCatalog.IngestDecoded, () => books().Sum(b => b.Outcomes.Events));
        telemetry.Observe(MetricCatalog.IngestEvents, () => books().Sum(b => b.Events));
        telemetry.Observe(MetricCatalog.IngestLate, () => books().Sum(b => b.LateEvents));
        telemetry.Observe(MetricCatalog.IngestFolded, () => books().Sum(b => b.Folded));
        telemetry.Observe(MetricCatalog.IngestShed, () => books().Sum(b => b.Shed));
        telemetry.Observe(MetricCatalog.IngestSpilled, () => books().Sum(b => b.Spilled));
        telemetry.Observe(MetricCatalog.IngestResumed, () => books().Sum(b => b.Resumed));
        telemetry.Observe(MetricCatalog.IngestTicks, () => books().Sum(b => b.Ticks));
        telemetry.Observe(MetricCatalog.IngestRecords, () => books().Sum(b => b.Records));
        telemetry.Observe(MetricCatalog.IngestInFlight, () => books().Sum(b => b.Log.InFlight));
        telemetry.Observe(MetricCatalog.IngestRetried, () => books().Sum(b => b.Log.Retried));
        telemetry.Observe(MetricCatalog.IngestDelivered, () => books().Sum(b => b.Log.DeliveredBytes));
        telemetry.Observe(MetricCatalog.Sent, () => MessagingInstruments.Sent([.. books().Select(b => b.Log)], topic));
    }

    private static IEnumerable<Measurement<long>> Outcomes(IReadOnlyList<IngestBooks> books)
    {
        foreach (DecodeOutcome outcome in Enum.GetValues<DecodeOutcome>())
        {
            // All of them, 0 too: a series that appears with its first packet hides that packet from rate().
            yield return new Measurement<long>(
                books.Sum(b => b.Outcomes[outcome]), new KeyValuePair<string, object?>("outcome", Encoding.UTF8.GetString(Symbols<DecodeOutcome>.Of((byte)outcome))));
        }
    }
}

/// <summary>What is said of any Kafka client, in the words of OpenTelemetry's conventions for messaging.</summary>
internal static class MessagingInstruments
{
    /// <summary>The system, and what a client does there.</summary>
    public static KeyValuePair<string, object?>[] Client(string operation, params KeyValuePair<string, object?>[] more) =>
        [new("messaging.system", "kafka"), new("messaging.operation.name", operation), .. more];

    /// <summary>What became of records: those delivered have no <c>error.type</c>.</summary>
    public static IEnumerable<Measurement<long>> Sent(IReadOnlyList<AppendBooks> books, string topic)
    {
        var destination = new KeyValuePair<string, object?>("messaging.destination.name", topic);
        yield return new Measurement<long>(books.Sum(b => b.Delivered), Client("send", destination));
        foreach (AppendFailure reason in Enum.GetValues<AppendFailure>())
        {
            yield return new Measurement<long>(
                books.Sum(b => b.FailedBy(reason)), Client("send", destination, new("error.type", JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()))));
        }
    }
}
