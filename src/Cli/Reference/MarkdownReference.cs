using System.CommandLine;
using IcmpStream.Cli.Settings;
using IcmpStream.Cli.Telemetry;

namespace IcmpStream.Cli.Reference;

/// <summary>docs/cli.md and the table of docs/operators/metrics.md, written from what the program itself works with.</summary>
internal static class MarkdownReference
{
    /// <summary>Every command with its arguments, settings and examples.</summary>
    public static void WriteCommands(TextWriter writer, Command root)
    {
        IReadOnlyList<CommandPage> pages = CommandPage.All(root);
        Line(writer, "# The commands");
        Line(writer);
        Line(writer, "Written by `icmpstream reference commands` (`make docs`); a test fails where this page and the program differ.");
        Line(writer);
        Line(writer, "Data goes to the standard output, everything else to the standard error. Exit codes: 0 it did what was asked, 1 it failed and one line says why,");
        Line(writer, "2 it was asked wrongly. A flag goes before its variable, that before the config file (`--config FILE`, JSON), that before the default. In the config");
        Line(writer, "file a setting has the flag's name without dashes, at the top for all commands or in an object named after one command. What is repeatable is a list there,");
        Line(writer, $"and its variable has `{SettingReader.ListSeparator}` between the values.");
        Line(writer);
        Line(writer, "| command | what it does |");
        Line(writer, "|---|---|");
        foreach (CommandPage page in pages)
            Line(writer, $"| [`{page.Words}`](#icmpstream-{page.Words.Replace(' ', '-')}) | {Cell(page.Command.Description)} |");
        foreach (CommandPage page in pages)
            WriteCommand(writer, page);
    }

    /// <summary>One row a metric.</summary>
    public static void WriteMetrics(TextWriter writer)
    {
        Line(writer, "| OpenTelemetry | Prometheus | kind | unit | labels | what it counts |");
        Line(writer, "|---|---|---|---|---|---|");
        foreach (MetricDefinition metric in MetricCatalog.All)
        {
            string labels = string.Join(", ", metric.Labels.Select(label => $"`{label}`"));
            Line(writer, $"| `{metric.Name}` | `{metric.PrometheusName}` | {metric.Kind.ToString().ToLowerInvariant()} | {metric.Unit} | {labels} | {Cell(metric.Description)} |");
        }
    }

    private static void WriteCommand(TextWriter writer, CommandPage page)
    {
        Line(writer);
        Line(writer, $"## icmpstream {page.Words}");
        Line(writer);
        Line(writer, page.Command.Description ?? "");
        Line(writer);
        Line(writer, $"    {page.Usage}");
        Line(writer);
        if (page.Command.Arguments.Count > 0)
        {
            Line(writer, "| argument | meaning |");
            Line(writer, "|---|---|");
            foreach (Argument argument in page.Command.Arguments)
                Line(writer, $"| `{CommandPage.Name(argument).Replace("|", "\\|", StringComparison.Ordinal)}` | {Cell(argument.Description)} |");
            Line(writer);
        }

        Line(writer, "| option | variable | meaning |");
        Line(writer, "|---|---|---|");
        foreach (Setting setting in page.Settings)
            Line(writer, $"| `{CommandPage.Flag(setting).Replace("|", "\\|", StringComparison.Ordinal)}` | `{setting.Variable}` | {Cell(setting.Option.Description)} |");
        Line(writer);
        Line(writer, "```sh run");
        foreach (string example in page.Command.Examples.Split('\n'))
            Line(writer, example.TrimEnd('\r'));
        Line(writer, "```");
    }

    private static string Cell(string? text) => (text ?? "").Replace("|", "\\|", StringComparison.Ordinal);

    private static void Line(TextWriter writer, string text = "")
    {
        writer.Write(text);
        writer.Write('\n');
    }
}
