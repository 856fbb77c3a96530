using System.Text.Json;
using IcmpStream.Cli.Output;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Analyze;

/// <summary>The files of <c>analyze --out DIR</c>.</summary>
internal static class ResultFiles
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Alerts, Exchanges, Rtts, Rates];

    private const string Alerts = "alerts.jsonl";
    private const string Exchanges = "echo.jsonl";
    private const string Rtts = "rtt.jsonl";
    private const string Rates = "rates.jsonl";

    /// <summary>Writes all four into a folder, which is made where it is missing.</summary>
    public static void Write(string folder, AnalyzeResult result)
    {
        Directory.CreateDirectory(folder);
        WriteLines(Path.Combine(folder, Exchanges), result.Exchanges(), static (json, exchange) => RecordJson.Write(json, exchange));
        WriteLines(Path.Combine(folder, Rtts), result.Rtts(), RecordJson.Write);
        WriteLines(Path.Combine(folder, Rates), result.Rates(), static (json, rate) => RecordJson.Write(json, rate));
        WriteLines(Path.Combine(folder, Alerts), result.Alerts(), RecordJson.Write);
    }

    private static void WriteLines<T>(string path, IEnumerable<T> records, Action<Utf8JsonWriter, T> write)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var sink = new ByteSink(file);
        using var json = new Utf8JsonWriter(sink, JsonlWriter.Options);
        foreach (T record in records)
        {
            write(json, record);
            json.Flush();
            json.Reset();
            sink.EndLine();
        }

        sink.Flush();
    }
}
