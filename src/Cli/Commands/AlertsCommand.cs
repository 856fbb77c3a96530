using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using IcmpStream.Cli.Analyze;
using IcmpStream.Cli.Presentation;
using IcmpStream.Cli.Settings;
using IcmpStream.Processor.Detect;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream alerts</c>: lists and explains alerts from JSON lines, a file's or what <c>tail</c> shows of the topic.</summary>
internal sealed class AlertsCommand : CliCommand
{
    private static readonly Argument<string> Source = new("FILE")
    {
        Description = "alerts.jsonl, or - for the standard input, such as what `icmpstream tail icmp.alert.v1` shows",
        Arity = ArgumentArity.ExactlyOne,
    };

    private static readonly ValueSetting<string?> Explain = new(
        "explain", "ID", ValueKinds.Text, null, "all that is known of one alert; ID may be shortened");

    private static readonly ValueKind<string?> AnyRule = new("the id of a rule", (string text, out string? value) =>
    {
        value = text;
        return RuleCatalog.TryFind(text, out _);
    })
    {
        Words = [.. RuleCatalog.All.Select(rule => rule.Id)],
    };

    private static readonly ValueSetting<string?> OfRule = new("rule", "RULE", AnyRule, null, "only alerts of a rule, such as flood.destination");

    private static readonly ValueSetting<AlertFormat?> Format = new(
        "format", "FORMAT", ValueKinds.OneOf<AlertFormat>(), null, "text (the default); ecs, Elastic Common Schema, or ocsf, Detection Finding: JSON lines, one for each alert");

    public AlertsCommand()
        : base(
            "alerts",
            "List alerts, the last revision of each, or explain one.",
            """
            icmpstream alerts results/alerts.jsonl
            icmpstream alerts results/alerts.jsonl --explain 5f0c
            icmpstream alerts results/alerts.jsonl --format ocsf
            icmpstream tail icmp.alert.v1 --brokers kafka:9092 --from beginning --until-end | icmpstream alerts -
            """,
            Explain, OfRule, Format) =>
        Arguments.Add(Source);

    public override async Task<int> RunAsync(CommandContext context)
    {
        string path = context.Argument(Source);
        SortedDictionary<string, JsonElement> alerts = await ReadAsync(path, context.Stop);
        IEnumerable<JsonElement> chosen = alerts.Values
            .Where(alert => context.Read(OfRule) is not { } rule || Text(alert, "rule") == rule)
            .OrderBy(alert => Whole(alert, "opened_ns")).ThenBy(alert => Text(alert, "id"), StringComparer.Ordinal);
        Page page = Page.OfOutput(context.Terminal);
        string? id = context.Read(Explain);
        if (context.Read(Format) is { } format and not AlertFormat.Text)
        {
            Write(context.Terminal.Output, chosen.Where(alert => id is null || Text(alert, "id").StartsWith(id, StringComparison.Ordinal)), format, path);
            return ExitCode.Success;
        }

        if (id is null)
        {
            Print(page, [.. chosen], alerts.Count == 0 ? path : null);
            return ExitCode.Success;
        }

        JsonElement[] found = [.. chosen.Where(alert => Text(alert, "id").StartsWith(id, StringComparison.Ordinal))];
        if (found.Length != 1)
            throw new CommandFailedException(found.Length == 0 ? $"{path} has no alert whose id begins with {id}" : $"{found.Length} alerts have an id that begins with {id}");
        PrintOne(page, found[0]);
        return ExitCode.Success;
    }

    private static async Task<SortedDictionary<string, JsonElement>> ReadAsync(string path, CancellationToken stop)
    {
        var alerts = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        int number = 0;
        try
        {
            using TextReader reader = path == "-" ? new StreamReader(Console.OpenStandardInput()) : new StreamReader(path);
            while (await reader.ReadLineAsync(stop) is { } line)
            {
                number++;
                if (string.IsNullOrWhiteSpace(line))
                    continue;
                using var document = JsonDocument.Parse(line);
                JsonElement alert = document.RootElement.Clone();
                string id = Text(alert, "id");
                if (id.Length == 0)
                    throw new CommandFailedException($"{path}: line {number} is no alert");
                if (!alerts.TryGetValue(id, out JsonElement known) || Whole(known, "revision") <= Whole(alert, "revision"))
                    alerts[id] = alert;
            }
        }
        catch (JsonException e)
        {
            throw new CommandFailedException($"{path}: line {number} is not JSON: alerts are read from the alerts.jsonl of `analyze --out`, or from `tail icmp.alert.v1`", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"cannot read {path}: {Failure.Reason(e)}", e);
        }

        return alerts;
    }

    private static void Write(Stream output, IEnumerable<JsonElement> alerts, AlertFormat format, string path)
    {
        var line = new ArrayBufferWriter<byte>();
        foreach (JsonElement element in alerts)
        {
            try
            {
                Alert alert = AlertJson.Read(element);
                string name = RuleCatalog.TryFind(alert.Rule, out RuleDescription? rule) ? rule.Name : alert.Rule;
                using var json = new Utf8JsonWriter(line);
                if (format == AlertFormat.Ecs)
                    EcsJson.Write(json, alert, name);
                else
                    OcsfJson.Write(json, alert, name);
            }
            catch (FormatException e)
            {
                throw new CommandFailedException($"{path}: {e.Message}", e);
            }

            line.Write("\n"u8);
            output.Write(line.WrittenSpan);
            line.Clear();
        }
    }

    /// <param name="page">Where to.</param>
    /// <param name="alerts">The alerts.</param>
    /// <param name="empty">The file, where there was nothing in it at all.</param>
    private static void Print(Page page, JsonElement[] alerts, string? empty)
    {
        page.Line(alerts.Length switch
        {
            0 when empty is not null => $"no alerts: {(empty == "-" ? "nothing came on the standard input" : $"{empty} is empty")}",
            0 => "no alerts",
            1 => "1 alert",
            _ => $"{alerts.Length} alerts",
        });
        if (alerts.Length == 0)
            return;
        page.Table(
            ["id", "severity", "state", "rule", "subject"],
            alerts.Select(alert => (IReadOnlyList<string>)[Text(alert, "id")[..Math.Min(8, Text(alert, "id").Length)], Text(alert, "severity"), Text(alert, "state"), Text(alert, "rule"), AlertPage.Subject(Text(alert, "subject"))]));
    }

    private static void PrintOne(Page page, JsonElement alert)
    {
        page.Line($"{Text(alert, "rule")} about {Text(alert, "subject")}");
        page.Line($"  id {Text(alert, "id")}, {Text(alert, "state")}, revision {Whole(alert, "revision")}, severity {Text(alert, "severity")}");
        page.Line($"  opened {Time(alert, "opened_ns")}, first {Time(alert, "first_ns")}, last {Time(alert, "last_ns")}");
        page.Line($"  observed {Text(alert, "observed")} {Text(alert, "unit")}, threshold {Text(alert, "threshold")}; confidence {Text(alert, "confidence")}, completeness {Text(alert, "completeness")}");
        foreach (JsonElement evidence in Items(alert, "evidence"))
            page.Line($"  - {evidence}");
        string techniques = string.Join(", ", Items(alert, "techniques").Select(technique => technique.ToString()));
        if (techniques.Length > 0)
            page.Line($"  ATT&CK {techniques}");
        if (alert.TryGetProperty("features", out JsonElement features) && features.ValueKind == JsonValueKind.Object)
            page.Table(["feature", "value"], features.EnumerateObject().Select(feature => (IReadOnlyList<string>)[feature.Name, feature.Value.ToString()]), 1);
        foreach (JsonElement sample in Items(alert, "samples"))
            page.Line($"  {Time(sample, "time_ns")} {Text(sample, "src")} > {Text(sample, "dst")} type {Text(sample, "type")} code {Text(sample, "code")} ttl {Text(sample, "ttl")} {Text(sample, "bytes")} bytes");
    }

    private static string Text(JsonElement element, string name) => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";

    private static long Whole(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : 0;

    private static JsonElement.ArrayEnumerator Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : default;

    private static string Time(JsonElement element, string name) =>
        DateTimeOffset.UnixEpoch.AddTicks(Whole(element, name) / TimeSpan.NanosecondsPerTick).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
}

/// <summary>How alerts are shown.</summary>
internal enum AlertFormat
{
    /// <summary>A table, or all about one, for people.</summary>
    Text,

    /// <summary>Elastic Common Schema.</summary>
    Ecs,

    /// <summary>OCSF Detection Finding, class 2004.</summary>
    Ocsf,
}
