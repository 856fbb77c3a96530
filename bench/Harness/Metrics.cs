using System.Globalization;
using System.Text.Json;

namespace IcmpStream.Bench.Harness;

/// <summary>
/// What a run of the benchmarks found: named numbers, printed as they come and written to <c>artifacts/bench/latest.json</c> as
/// <c>{"commit", "machine", "metrics": {name: number}}</c>.
/// </summary>
internal sealed class Metrics(Machine machine)
{
    private readonly SortedDictionary<string, double> _values = new(StringComparer.Ordinal);

    /// <summary>Keeps and prints a number.</summary>
    /// <param name="name">The metric's name; each name once.</param>
    /// <param name="value">The number, in the unit that the name ends with.</param>
    /// <param name="meaning">What it is, in a few words, for the reader of the table.</param>
    public void Add(string name, double value, string meaning)
    {
        _values.Add(name, value);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-32} {value,12:0.###}   {meaning}"));
    }

    /// <summary>Writes the file, and with <paramref name="record"/> appends the same as one line to the history.</summary>
    public void Write(string root, bool record)
    {
        string latest = Path.Combine(root, "artifacts", "bench", "latest.json");
        Directory.CreateDirectory(Path.GetDirectoryName(latest)!);
        File.WriteAllText(latest, ToJson(indented: true) + "\n");
        Console.WriteLine($"written: {Path.GetRelativePath(root, latest)}");
        if (!record)
            return;
        string history = Path.Combine(root, "bench", "results", "history.jsonl");
        Directory.CreateDirectory(Path.GetDirectoryName(history)!);
        File.AppendAllText(history, ToJson(indented: false) + "\n");
        Console.WriteLine($"appended: {Path.GetRelativePath(root, history)}");
    }

    private string ToJson(bool indented)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = indented }))
        {
            json.WriteStartObject();
            json.WriteString("commit", machine.Commit);
            json.WriteString("machine", machine.Description);
            json.WriteStartObject("metrics");
            foreach ((string name, double value) in _values)
                json.WriteNumber(name, Math.Round(value, 6));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }
}
