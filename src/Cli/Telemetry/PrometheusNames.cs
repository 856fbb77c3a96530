using System.Text;

namespace IcmpStream.Cli.Telemetry;

/// <summary>
/// Names of OpenTelemetry in the letters of Prometheus: opentelemetry-specification, compatibility/prometheus_and_openmetrics.md,
/// "Metric Metadata".
/// </summary>
internal static class PrometheusNames
{
    /// <summary>The name of a metric: its words, its unit, and <c>total</c> for what only grows.</summary>
    public static string Of(string name, bool isCounter, string unit)
    {
        string text = Letters(name);
        string suffix = UnitWord(unit);
        if (suffix.Length > 0 && !text.EndsWith("_" + suffix, StringComparison.Ordinal))
            text += "_" + suffix;
        if (isCounter && !text.EndsWith("_total", StringComparison.Ordinal))
            text += "_total";
        return text;
    }

    /// <summary>The name of a label.</summary>
    public static string Letters(string name)
    {
        var letters = new StringBuilder(name.Length);
        foreach (char c in name)
            letters.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        return letters.ToString();
    }

    /// <summary>Units that this project has; a unit in braces is a note and no part of the name.</summary>
    private static string UnitWord(string unit) => unit switch
    {
        "By" => "bytes",
        "s" => "seconds",
        _ => "",
    };
}
