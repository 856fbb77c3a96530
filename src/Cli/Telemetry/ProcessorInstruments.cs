using System.Diagnostics.Metrics;
using System.Text;
using IcmpStream.Cli.Output;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Runtime;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Telemetry;

/// <summary>The metrics of <c>process</c>, read from what its members report at each commit.</summary>
internal static class ProcessorInstruments
{
    /// <summary>Adds them.</summary>
    /// <param name="telemetry">The process's metrics.</param>
    /// <param name="host">The processor.</param>
    /// <param name="group">Its consumer group.</param>
    /// <param name="lag">What the group has not committed.</param>
    public static void Register(ProcessTelemetry telemetry, ProcessorHost host, string group, LagWatch lag)
    {
        telemetry.Observe(MetricCatalog.ProcessorEventsRead, () => host.Books.Events);
        telemetry.Observe(MetricCatalog.ProcessorEvents, () => Fates(host.Books));
        telemetry.Observe(MetricCatalog.ProcessorCopies, () => host.Books.Copies);
        telemetry.Observe(MetricCatalog.ProcessorOfOthers, () => host.Books.OfOthers);
        telemetry.Observe(MetricCatalog.ProcessorMissing, () => host.Books.Missing);
        telemetry.Observe(MetricCatalog.ProcessorReplayed, () => host.Books.Replayed);
        telemetry.Observe(MetricCatalog.ProcessorDeadLetters, () => host.Books.DeadLetters);
        telemetry.Observe(MetricCatalog.ProcessorEvicted, () => host.Books.Evicted);
        telemetry.Observe(MetricCatalog.ProcessorUnforwarded, () => host.Books.Unforwarded);
        telemetry.Observe(MetricCatalog.ProcessorExchanges, () => Exchanges(host.Books));
        telemetry.Observe(MetricCatalog.ProcessorRtts, () => Rtts(host.Books));
        telemetry.Observe(MetricCatalog.ProcessorRttRecords, () => host.Books.RttRecords);
        telemetry.Observe(MetricCatalog.ProcessorRates, () => host.Books.Rates);
        telemetry.Observe(MetricCatalog.ProcessorFindings, () => host.Books.Findings);
        telemetry.Observe(MetricCatalog.ProcessorAlerts, () => Alerts(host.Books));
        telemetry.Observe(MetricCatalog.ProcessorCommits, () => host.Books.Commits);
        telemetry.Observe(MetricCatalog.ProcessorOpenStreams, () => host.OpenStreams);
        telemetry.Observe(MetricCatalog.ProcessorOpenWindows, () => host.OpenWindows);
        telemetry.Observe(MetricCatalog.ProcessorState, () => host.StateBytes);
        telemetry.Observe(MetricCatalog.ProcessorLag, () => lag.Latest.Select(Lag));
        telemetry.Observe(
            MetricCatalog.Consumed, () => host.Books.Records, MessagingInstruments.Client("poll", new KeyValuePair<string, object?>("messaging.consumer.group.name", group)));
    }

    private static IEnumerable<Measurement<long>> Fates(ProcessorBooks books) =>
    [
        new(books.Processed, new KeyValuePair<string, object?>("fate", "processed")),
        new(books.Late, new KeyValuePair<string, object?>("fate", "late")),
        new(books.Duplicate, new KeyValuePair<string, object?>("fate", "duplicate")),
    ];

    private static IEnumerable<Measurement<long>> Exchanges(ProcessorBooks books) =>
        Enum.GetValues<EchoOutcome>().Where(outcome => outcome != EchoOutcome.Unknown).Select(outcome => new Measurement<long>(
            books.Exchanges.GetValueOrDefault(outcome),
            new KeyValuePair<string, object?>("outcome", Encoding.UTF8.GetString(Symbols<EchoOutcome>.Of((byte)outcome)))));

    private static IEnumerable<Measurement<long>> Rtts(ProcessorBooks books) =>
    [
        new(books.RttsSummed, new KeyValuePair<string, object?>("fate", "summed")),
        new(books.RttsSparse, new KeyValuePair<string, object?>("fate", "sparse")),
        new(books.RttsDropped, new KeyValuePair<string, object?>("fate", "dropped")),
        new(books.RttsNegative, new KeyValuePair<string, object?>("fate", "negative")),
    ];

    // Rules are a closed set too: those that the catalogue has, at 0 until they speak, and whatever an older version's alerts name.
    private static IEnumerable<Measurement<long>> Alerts(ProcessorBooks books) => RuleCatalog.All.Select(rule => rule.Id).Union(books.Alerts.Keys, StringComparer.Ordinal)
        .Select(rule => new Measurement<long>(books.Alerts.GetValueOrDefault(rule), new KeyValuePair<string, object?>("rule", rule)));

    private static Measurement<long> Lag(PartitionLag lag) => new(
        lag.Records,
        new KeyValuePair<string, object?>("messaging.destination.name", lag.Partition.Topic),
        new KeyValuePair<string, object?>("messaging.destination.partition.id", lag.Partition.Partition));
}
