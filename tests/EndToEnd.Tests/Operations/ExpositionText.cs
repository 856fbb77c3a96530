using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace IcmpStream.EndToEnd.Tests.Operations;

/// <summary>
/// A strict reader of Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/): it refuses what
/// Prometheus would forgive.
/// </summary>
public sealed partial class ExpositionText
{
    private readonly Dictionary<string, Sample> _samples = new(StringComparer.Ordinal);

    private ExpositionText()
    {
    }

    /// <summary>Type and help of every family, by name.</summary>
    public Dictionary<string, (string Type, string Help)> Families { get; } = new(StringComparer.Ordinal);

    public IEnumerable<Sample> Samples => _samples.Values;

    /// <summary>The one sample of a name with at least these labels.</summary>
    public long Value(string name, params (string Label, string Value)[] labels) => checked((long)Assert.Single(Find(name, labels)).Value);

    /// <summary>All samples of a name with at least these labels, added up.</summary>
    public long Sum(string name, params (string Label, string Value)[] labels) => checked((long)Find(name, labels).Sum(sample => sample.Value));

    public IEnumerable<Sample> Find(string name, params (string Label, string Value)[] labels) => _samples.Values.Where(sample =>
        sample.Name == name && labels.All(label => sample.Labels.TryGetValue(label.Label, out string? value) && value == label.Value));

    /// <summary>Reads a whole exposition, or throws <see cref="FormatException"/> with the line that is wrong.</summary>
    public static ExpositionText Parse(string text)
    {
        var read = new ExpositionText();
        if (text.Length == 0 || text[^1] != '\n')
            throw new FormatException("the last line must end with a line feed");
        string family = "";
        string? help = null;
        foreach (string line in text[..^1].Split('\n'))
        {
            if (HelpLine().Match(line) is { Success: true } helpLine)
            {
                Require(help is null, line, "a HELP without a TYPE is in front of it");
                family = helpLine.Groups["name"].Value;
                help = Unescape(helpLine.Groups["text"].Value, isLabel: false);
                Require(!read.Families.ContainsKey(family), line, "its family has been there before");
            }
            else if (TypeLine().Match(line) is { Success: true } typeLine)
            {
                Require(help is not null && typeLine.Groups["name"].Value == family, line, "the HELP of its family is not in front of it");
                string type = typeLine.Groups["type"].Value;
                Require(type != "counter" || family.EndsWith("_total", StringComparison.Ordinal), line, "a counter's name ends with _total");
                read.Families.Add(family, (type, help!));
                help = null;
            }
            else
            {
                Require(help is null, line, "the TYPE of its family is missing");
                read.Add(family, line);
            }
        }

        Require(help is null, family, "the TYPE of its family is missing");
        return read;
    }

    private void Add(string family, string line)
    {
        Match match = SampleLine().Match(line);
        Require(match.Success, line, "it is no sample");
        string name = match.Groups["name"].Value;
        Require(name == family, line, "it is not behind its family's TYPE");
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < match.Groups["label"].Captures.Count; i++)
        {
            string label = match.Groups["label"].Captures[i].Value;
            Require(!label.StartsWith("__", StringComparison.Ordinal), line, "labels that begin with __ are Prometheus' own");
            Require(labels.TryAdd(label, Unescape(match.Groups["value"].Captures[i].Value, isLabel: true)), line, $"label {label} is there twice");
        }

        double value = Number(match.Groups["number"].Value, line);
        Require(Families[family].Type != "counter" || value >= 0, line, "a counter is not negative");
        string series = name + "{" + string.Join(',', labels.Select(label => $"{label.Key}={label.Value}")) + "}";
        Require(_samples.TryAdd(series, new Sample(name, labels, value)), line, "the series is there twice");
    }

    private static double Number(string text, string line) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !text.Contains('∞')
            ? value
            : throw new FormatException($"'{line}': {text} is no number"),
    };

    private static string Unescape(string text, bool isLabel)
    {
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }

            i++;
            plain.Append(i < text.Length ? text[i] switch
            {
                '\\' => '\\',
                'n' => '\n',
                '"' when isLabel => '"',
                var other => throw new FormatException($"\\{other} is no escape"),
            }
            : throw new FormatException("an escape is cut short"));
        }

        return plain.ToString();
    }

    private static void Require(bool condition, string line, string why)
    {
        if (!condition)
            throw new FormatException($"'{line}': {why}");
    }

    [GeneratedRegex(@"\A# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<text>.+)\z")]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"\A# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge)\z")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""\A(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{((?<label>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>([^"\\]|\\.)*)"(,(?!\})|(?=\})))+\})? (?<number>\S+)\z""")]
    private static partial Regex SampleLine();
}

/// <summary>One number of an exposition.</summary>
public sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value);
