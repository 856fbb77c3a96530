using System.Globalization;
using IcmpStream.Cli.Presentation;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Analyze;

/// <summary>Alerts for people: one row each, the evidence below.</summary>
internal static class AlertPage
{
    private const long NsPerTick = TimeSpan.NanosecondsPerTick;

    /// <summary>Prints the last revision of every alert.</summary>
    public static void Print(Page page, IReadOnlyList<Alert> revisions)
    {
        Alert[] alerts = [.. revisions.GroupBy(alert => alert.Id).Select(group => group.MaxBy(alert => alert.Revision)!)];
        if (alerts.Length == 0)
        {
            page.Line("no alerts");
            return;
        }

        // Within one day the date stands above: with it in every row, the addresses of a pair would not fit beside it.
        string[] days = [.. alerts.Select(alert => Time(alert.OpenedNs, "yyyy-MM-dd")).Distinct(StringComparer.Ordinal)];
        string count = alerts.Length == 1 ? "1 alert" : $"{alerts.Length} alerts";
        page.Line(days.Length == 1 ? $"{count}, opened on {days[0]} (UTC)" : count);
        page.Table(
            ["severity", "rule", "subject", days.Length == 1 ? "opened" : "opened (UTC)", "lasted"],
            alerts.Select(alert => (IReadOnlyList<string>)
            [
                Name(alert.Severity), alert.Rule, Subject(alert.Subject), Time(alert.OpenedNs, days.Length == 1 ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss"),
                Duration(alert.LastNs - alert.FirstNs),
            ]),
            4);
        foreach (Alert alert in alerts)
        {
            page.Line($"{alert.Rule} {alert.Subject}:");
            foreach (string evidence in alert.Evidence)
                page.Paragraph(evidence, 2);
        }
    }

    /// <summary>A pair with room around its sign, where a narrow table can break it.</summary>
    public static string Subject(string subject) => subject.Replace(">", " > ", StringComparison.Ordinal);

    private static string Name(Severity severity) => severity.ToString().ToLowerInvariant();

    private static string Time(long timeNs, string format) =>
        DateTimeOffset.UnixEpoch.AddTicks(timeNs / NsPerTick).ToString(format, CultureInfo.InvariantCulture);

    private static string Duration(long durationNs) =>
        string.Create(CultureInfo.InvariantCulture, $"{durationNs / 1e9:f1} s");
}
