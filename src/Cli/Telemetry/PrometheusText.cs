using System.Diagnostics.Metrics;
using System.Globalization;

namespace IcmpStream.Cli.Telemetry;

/// <summary>
/// The text that Prometheus reads: its exposition formats' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). The public feed has no stable exporter for it; Prometheus' own OTLP
/// receiver is the other way.
/// </summary>
/// <remarks>
/// Every instrument is observable, so a listener that lives for one scrape sees all there is, and nothing has to be kept between two.
/// </remarks>
internal static class PrometheusText
{
    /// <summary>The media type of an answer.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes every metric of <paramref name="telemetry"/> as it is now.</summary>
    public static void Write(ProcessTelemetry telemetry, TextWriter writer)
    {
        var families = new SortedDictionary<string, Family>(StringComparer.Ordinal);
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, asking) =>
            {
                if (telemetry.IsExported(instrument))
                    asking.EnableMeasurementEvents(instrument, FamilyOf(families, instrument));
            };
            listener.SetMeasurementEventCallback<long>((_, value, labels, family) => Add(family, value.ToString(CultureInfo.InvariantCulture), labels));
            listener.SetMeasurementEventCallback<int>((_, value, labels, family) => Add(family, value.ToString(CultureInfo.InvariantCulture), labels));
            listener.SetMeasurementEventCallback<double>((_, value, labels, family) => Add(family, Number(value), labels));
            listener.Start();
            listener.RecordObservableInstruments();
        }

        foreach ((string name, Family family) in families)
        {
            if (family.Samples.Count == 0)
                continue;
            writer.Write($"# HELP {name} {Escape(family.Help, isLabel: false)}\n# TYPE {name} {family.Type}\n");
            foreach (string sample in family.Samples)
                writer.Write($"{name}{sample}\n");
        }
    }

    private static Family FamilyOf(SortedDictionary<string, Family> families, Instrument instrument)
    {
        Type kind = instrument.GetType().GetGenericTypeDefinition();
        bool isCounter = kind == typeof(ObservableCounter<>);
        string name = PrometheusNames.Of(instrument.Name, isCounter, instrument.Unit ?? "");
        if (!families.TryGetValue(name, out Family? family))
            families.Add(name, family = new Family(isCounter ? "counter" : "gauge", instrument.Description ?? ""));
        return family;
    }

    private static void Add(object? state, string value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var texts = new List<string>(labels.Length);
        foreach ((string name, object? label) in labels)
        {
            string text = Convert.ToString(label, CultureInfo.InvariantCulture) ?? "";
            texts.Add($"{PrometheusNames.Letters(name)}=\"{Escape(text, isLabel: true)}\"");
        }

        ((Family)state!).Samples.Add(texts.Count == 0 ? $" {value}" : $"{{{string.Join(',', texts)}}} {value}");
    }

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => double.IsNaN(value) ? "NaN" : value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escape(string text, bool isLabel)
    {
        string escaped = text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        return isLabel ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }

    private sealed record Family(string Type, string Help)
    {
        public List<string> Samples { get; } = [];
    }
}
