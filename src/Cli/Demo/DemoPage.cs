using System.Globalization;
using System.Text;
using IcmpStream.Cli.Analyze;
using IcmpStream.Cli.Output;
using IcmpStream.Cli.Presentation;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Demo;

/// <summary>What the demo prints at its end.</summary>
internal static class DemoPage
{
    /// <summary>Summary, alerts and books.</summary>
    public static void Print(Terminal terminal, DemoRun run)
    {
        Page page = Page.OfOutput(terminal);
        page.Table(
            ["step", "count", ""],
            [
                ["packets in", Number(run.Ingested.Frames), "frames of the mixed capture"],
                ["events", Number(run.Ingested.Events), "one for each ICMP message, on icmp.event.v1"],
                ["delivered", Number(run.Ingested.Log.Delivered), $"records acknowledged, {Number(run.Ingested.Ticks)} of them ticks"],
                ["processed", Number(run.Processed.Events), "events read back from Kafka"],
                ["exchanges", Number(run.Processed.Exchanges.Values.Sum()), string.Join(", ", run.Processed.Exchanges.Select(e => $"{Number(e.Value)} {Name(e.Key)}"))],
                ["rates", Number(run.Processed.Rates), "rows of 10 s windows, on icmp.rate.v1"],
                ["alerts", Number(run.Processed.Alerts.Values.Sum()), string.Join(", ", run.Processed.Alerts.Select(a => $"{a.Value} {a.Key}"))],
            ],
            1);
        AlertPage.Print(page, run.Alerts);
        page.Line();
        foreach (string line in run.Ingested.Lines(run.Run))
            page.Line(line);
        page.Line($"{run.Processed.Events} events = {run.Processed.Processed} processed + {run.Processed.Late} late + {run.Processed.Duplicate} duplicate");
        page.Line(run.IsBalanced ? "the books balance" : "the books do NOT balance");
    }

    /// <summary>How to look at the topics from another terminal.</summary>
    public static void PrintHints(Terminal terminal, string brokers, string prefix)
    {
        terminal.Text.WriteLine($"""

            Look at it from another terminal:
              kcat -b {brokers} -L
              kcat -b {brokers} -C -t {prefix}icmp.event.v1 -o beginning -e -q -f '%p %o %S bytes\n'
              kcat -b {brokers} -C -t {prefix}icmp.alert.v1 -o beginning -e -q -f '%k\n'
              bin/icmpstream tail icmp.alert.v1 --brokers {brokers}{(prefix.Length == 0 ? "" : $" --topic-prefix {prefix}")} --from beginning
            """);
    }

    private static string Number(long count) => count.ToString("n0", CultureInfo.InvariantCulture);

    private static string Name(EchoOutcome outcome) => Encoding.UTF8.GetString(Symbols<EchoOutcome>.Of((byte)outcome));
}
