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

        page.Line(alerts.Length == 1 ? "1 alert" : $"{alerts.Length} alerts");
        page.Table(
            ["severity", "rule", "subject", "opened (UTC)", "lasted"],
            alerts.Select(alert => (IReadOnlyList<string>)
                [Name(alert.Severity), alert.Rule, alert.Subject, Time(alert.OpenedNs), Duration(alert.LastNs - alert.FirstNs)]),
            4);
        foreach (Alert alert in alerts)
        {
            page.Line($"{alert.Rule} {alert.Subject}:");
            foreach (string evidence in alert.Evidence)
                page.Paragraph(evidence, 2);
        }
    }

    private static string Name(Severity severity) => severity.ToString().ToLowerInvariant();

    private static string Time(long timeNs) =>
        DateTimeOffset.UnixEpoch.AddTicks(timeNs / NsPerTick).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Duration(long durationNs) =>
        string.Create(CultureInfo.InvariantCulture, $"{durationNs / 1e9:f1} s");
}
