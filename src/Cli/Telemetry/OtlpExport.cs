using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace IcmpStream.Cli.Telemetry;

/// <summary>
/// Sends the metrics by OTLP over HTTP, every ten seconds and once more at the end, so that the last numbers are the final books.
/// Headers and whatever else the exporter knows come from its own <c>OTEL_EXPORTER_OTLP_*</c> variables.
/// </summary>
internal static class OtlpExport
{
    private const int IntervalMs = 10_000;

    /// <summary>How long one push may take: less than the interval, so that pushes never queue up.</summary>
    private const int TimeoutMs = 5_000;

    /// <summary>Starts sending to <paramref name="endpoint"/>; disposing of what is returned sends the last numbers.</summary>
    /// <param name="telemetry">What is sent.</param>
    /// <param name="endpoint">The whole address, as <c>http://prometheus:9090/api/v1/otlp/v1/metrics</c>.</param>
    /// <param name="service">What this process is called.</param>
    /// <param name="instance">Which of several it is.</param>
    public static IDisposable Start(ProcessTelemetry telemetry, Uri endpoint, string service, string instance) => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(resource => resource.AddService(service, serviceNamespace: "icmpstream", serviceVersion: ProductVersion.Number, serviceInstanceId: instance))
        .AddMeter(telemetry.Meter.Name)
        .AddMeter(ProcessTelemetry.RuntimeMeterName)
        .AddView(instrument => telemetry.IsExported(instrument) ? null : MetricStreamConfiguration.Drop)
        .AddOtlpExporter((exporter, reader) =>
        {
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
            exporter.Endpoint = endpoint;
            exporter.TimeoutMilliseconds = TimeoutMs;
            reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = IntervalMs;
        })
        .Build();
}
