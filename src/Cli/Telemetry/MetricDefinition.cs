namespace IcmpStream.Cli.Telemetry;

/// <summary>What a metric's number does.</summary>
internal enum MetricKind
{
    /// <summary>It only grows.</summary>
    Counter,

    /// <summary>It goes up and down, and the numbers of several processes add up.</summary>
    UpDownCounter,

    /// <summary>It is what it is at the moment.</summary>
    Gauge,
}

/// <summary>One metric: its name in OpenTelemetry, what it counts, and by what.</summary>
/// <param name="Name">Lower case, words joined by dots.</param>
/// <param name="Kind">What its number does.</param>
/// <param name="Unit">A unit of UCUM; in braces where it is a count of things.</param>
/// <param name="Description">One sentence without its full stop.</param>
/// <param name="Labels">Attributes. Their values come from small closed sets, or from the configuration; never from a packet.</param>
internal sealed record MetricDefinition(string Name, MetricKind Kind, string Unit, string Description, params IReadOnlyList<string> Labels)
{
    /// <summary>
    /// The name in Prometheus, by OpenTelemetry's own rules (compatibility/prometheus_and_openmetrics.md), so that the text endpoint and
    /// Prometheus' OTLP receiver give the same series.
    /// </summary>
    public string PrometheusName => PrometheusNames.Of(Name, Kind == MetricKind.Counter, Unit);
}
