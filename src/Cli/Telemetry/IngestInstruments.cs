using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using IcmpStream.Cli.Ingest;
using IcmpStream.Cli.Output;
using IcmpStream.Kafka;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Telemetry;

/// <summary>The metrics of <c>ingest</c>, read from its books.</summary>
internal static class IngestInstruments
{
    /// <summary>Adds them.</summary>
    /// <param name="telemetry">The process's metrics.</param>
    /// <param name="run">The run.</param>
    /// <param name="topic">The topic it writes to.</param>
    public static void Register(ProcessTelemetry telemetry, IngestRun run, string topic)
    {
        telemetry.Observe(MetricCatalog.IngestPackets, () => run.Books.Frames);
        telemetry.Observe(MetricCatalog.IngestKernelDrops, () => run.KernelDrops);
        telemetry.Observe(MetricCatalog.IngestCaptured, () => run.CapturedBytes);
        telemetry.Observe(MetricCatalog.IngestOutcomes, () => Outcomes(run.Books));
        telemetry.Observe(MetricCatalog.IngestDecoded, () => run.Books.Outcomes.Events);
        telemetry.Observe(MetricCatalog.IngestEvents, () => run.Books.Events);
        telemetry.Observe(MetricCatalog.IngestLate, () => run.Books.LateEvents);
        telemetry.Observe(MetricCatalog.IngestTicks, () => run.Books.Ticks);
        telemetry.Observe(MetricCatalog.IngestRecords, () => run.Books.Records);
        telemetry.Observe(MetricCatalog.IngestInFlight, () => run.Books.Log.InFlight);
        telemetry.Observe(MetricCatalog.IngestDelivered, () => run.Books.Log.DeliveredBytes);
        telemetry.Observe(MetricCatalog.Sent, () => MessagingInstruments.Sent(run.Books.Log, topic));
    }

    private static IEnumerable<Measurement<long>> Outcomes(IngestBooks books)
    {
        foreach (DecodeOutcome outcome in Enum.GetValues<DecodeOutcome>())
        {
            // All of them, 0 too: a series that appears with its first packet hides that packet from rate().
            yield return new Measurement<long>(
                books.Outcomes[outcome], new KeyValuePair<string, object?>("outcome", Encoding.UTF8.GetString(Symbols<DecodeOutcome>.Of((byte)outcome))));
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
    public static IEnumerable<Measurement<long>> Sent(AppendBooks books, string topic)
    {
        var destination = new KeyValuePair<string, object?>("messaging.destination.name", topic);
        yield return new Measurement<long>(books.Delivered, Client("send", destination));
        foreach (AppendFailure reason in Enum.GetValues<AppendFailure>())
        {
            yield return new Measurement<long>(
                books.FailedBy(reason), Client("send", destination, new("error.type", JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()))));
        }
    }
}
