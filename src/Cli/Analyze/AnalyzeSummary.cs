using System.Globalization;
using System.Text;
using IcmpStream.Cli.Output;
using IcmpStream.Cli.Presentation;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Analyze;

/// <summary>What <c>analyze</c> prints.</summary>
internal static class AnalyzeSummary
{
    /// <summary>With fewer frames the time is that of starting, and a rate would say nothing.</summary>
    private const long LeastFramesForRate = 100_000;

    /// <summary>The summary object of <c>--json</c>.</summary>
    public static void PrintJson(Terminal terminal, CaptureAnalysis analysis) => JsonLine.Write(terminal, json =>
    {
        json.WriteNumber("frames", analysis.Outcomes.Frames);
        json.WriteNumber("icmp", analysis.Outcomes.Events);
        json.WriteStartObject("outcomes");
        foreach ((string name, long count) in Outcomes(analysis))
            json.WriteNumber(name, count);
        json.WriteEndObject();
        json.WriteStartObject("exchanges");
        foreach ((string name, long count) in Exchanges(analysis))
            json.WriteNumber(name, count);
        json.WriteEndObject();
        json.WriteStartObject("alerts");
        foreach ((string rule, long count) in analysis.AlertsOpened)
            json.WriteNumber(rule, count);
        json.WriteEndObject();
        json.WriteNumber("elapsed_s", Math.Round(analysis.Elapsed.TotalSeconds, 6));
        json.WriteNumber("frames_per_s", Math.Round(FramesPerSecond(analysis), 1));
    });

    /// <summary>Tables of at most 80 columns, and the folder that has all of it, where there is one.</summary>
    public static void PrintTables(Terminal terminal, string name, CaptureAnalysis analysis, string? folder)
    {
        Page page = Page.OfOutput(terminal);
        page.Line(name);
        string rate = analysis.Outcomes.Frames < LeastFramesForRate ? "" : string.Create(CultureInfo.InvariantCulture, $" ({FramesPerSecond(analysis):n0} frames/s)");
        page.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{Counted.Of(analysis.Outcomes.Frames, "frame", "n0")}, {analysis.Outcomes.Events:n0} of ICMP, in {analysis.Elapsed.TotalSeconds:f2} s{rate}"));
        if (analysis.LateEvents > 0)
            page.Line($"{Counted.Of(analysis.LateEvents, "event", "n0")} came too late to count");
        if (DatagramLine.Of(analysis.Datagrams) is { } datagrams)
            page.Line(datagrams);
        PrintCounts(page, "outcome", "frames", Outcomes(analysis));
        if (Exchanges(analysis).Any())
            PrintCounts(page, "exchange", "count", Exchanges(analysis));
        AlertPage.Print(page, analysis.Result.Alerts());
        if (folder is not null)
            page.Line($"{string.Join(", ", ResultFiles.Names)} are in {folder}");
    }

    private static void PrintCounts(Page page, string title, string unit, IEnumerable<(string Name, long Count)> counts) =>
        page.Table([title, unit], counts.Select(c => (IReadOnlyList<string>)[c.Name, c.Count.ToString("n0", CultureInfo.InvariantCulture)]), 1);

    private static double FramesPerSecond(CaptureAnalysis analysis) =>
        analysis.Outcomes.Frames / Math.Max(analysis.Elapsed.TotalSeconds, 1e-6);

    private static IEnumerable<(string Name, long Count)> Outcomes(CaptureAnalysis analysis) => Enum.GetValues<DecodeOutcome>()
        .Where(outcome => analysis.Outcomes[outcome] > 0)
        .Select(outcome => (Encoding.UTF8.GetString(Symbols<DecodeOutcome>.Of((byte)outcome)), analysis.Outcomes[outcome]));

    private static IEnumerable<(string Name, long Count)> Exchanges(CaptureAnalysis analysis) => Enum.GetValues<EchoOutcome>()
        .Where(outcome => analysis.Exchanges(outcome) > 0)
        .Select(outcome => (Encoding.UTF8.GetString(Symbols<EchoOutcome>.Of((byte)outcome)), analysis.Exchanges(outcome)));
}
