using System.Diagnostics.Metrics;

namespace IcmpStream.Cli.Telemetry;

/// <summary>
/// The metrics of this process: instruments that read the books which the stages keep anyway, when somebody asks. Nothing is added to
/// the paths that packets take.
/// </summary>
internal sealed class ProcessTelemetry : IDisposable
{
    /// <summary>The meter that all of ours belong to.</summary>
    public const string MeterName = "IcmpStream";

    /// <summary>.NET's own, of which <see cref="MetricCatalog.Runtime"/> is exported.</summary>
    public const string RuntimeMeterName = "System.Runtime";

    /// <summary>Makes the meter, with what every process has to say.</summary>
    public ProcessTelemetry()
    {
        Meter = new Meter(MeterName, ProductVersion.Number);
        Observe(MetricCatalog.Build, () => 1, new("version", ProductVersion.Number), new("commit", ProductVersion.Commit), new("librdkafka", NativeLibraries.Librdkafka()));
    }

    /// <summary>The meter, for exporters.</summary>
    public Meter Meter { get; }

    /// <summary>Adds a metric with one number.</summary>
    public void Observe(MetricDefinition metric, Func<long> read, params KeyValuePair<string, object?>[] labels) =>
        Observe(metric, () => [new Measurement<long>(read(), labels)]);

    /// <summary>Adds a metric with a number for each of its labels' values.</summary>
    public void Observe(MetricDefinition metric, Func<IEnumerable<Measurement<long>>> read)
    {
        _ = metric.Kind switch
        {
            MetricKind.Counter => (Instrument)Meter.CreateObservableCounter(metric.Name, read, metric.Unit, metric.Description),
            MetricKind.UpDownCounter => Meter.CreateObservableUpDownCounter(metric.Name, read, metric.Unit, metric.Description),
            _ => Meter.CreateObservableGauge(metric.Name, read, metric.Unit, metric.Description),
        };
    }

    /// <summary>True where an instrument is one that this process exports: ours, or a chosen one of the runtime's.</summary>
    public bool IsExported(Instrument instrument) =>
        ReferenceEquals(instrument.Meter, Meter)
        || (string.Equals(instrument.Meter.Name, RuntimeMeterName, StringComparison.Ordinal)
            && MetricCatalog.Runtime.Any(metric => string.Equals(metric.Name, instrument.Name, StringComparison.Ordinal)));

    /// <summary>Ends the metrics; exporters see them no more.</summary>
    public void Dispose() => Meter.Dispose();
}
