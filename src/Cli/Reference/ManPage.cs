using System.CommandLine;
using IcmpStream.Cli.Settings;

namespace IcmpStream.Cli.Reference;

/// <summary>The manual page, <c>icmpstream(1)</c>, in the man macros of groff (man-pages(7)).</summary>
internal static class ManPage
{
    /// <summary>Writes the page.</summary>
    public static void Write(TextWriter writer, Command root)
    {
        Line(writer, $".TH ICMPSTREAM 1 \"\" \"icmpstream {ProductVersion.Number}\" \"User Commands\"");
        Line(writer, ".SH NAME");
        Line(writer, $"icmpstream \\- {Text(root.Description).TrimEnd('.')}");
        Line(writer, ".SH SYNOPSIS");
        Line(writer, ".B icmpstream");
        Line(writer, ".I command");
        Line(writer, "[options]");
        Line(writer, ".SH COMMANDS");
        foreach (CommandPage page in CommandPage.All(root))
            WriteCommand(writer, page);
        Line(writer, ".SH EXIT STATUS");
        foreach ((int code, string meaning) in new[] { (0, "It did what was asked."), (1, "It failed; one line on the standard error says why."), (2, "It was asked wrongly.") })
        {
            Line(writer, ".TP");
            Line(writer, $".B {code}");
            Line(writer, meaning);
        }

        Line(writer, ".SH ENVIRONMENT");
        Line(writer, "Every option can be given as a variable: ICMPSTREAM_ and its name in capitals, dashes as underscores.");
        Line(writer, "A flag goes before it, the file of");
        Line(writer, ".B \\-\\-config");
        Line(writer, "behind it.");
    }

    private static void WriteCommand(TextWriter writer, CommandPage page)
    {
        Line(writer, $".SS {Text(page.Usage)}");
        Line(writer, Text(page.Command.Description));
        foreach (Argument argument in page.Command.Arguments)
            Item(writer, CommandPage.Name(argument), argument.Description);
        foreach (Setting setting in page.Settings)
            Item(writer, CommandPage.Flag(setting), setting.Option.Description);
        Line(writer, ".PP");
        Line(writer, ".EX");
        foreach (string example in page.Command.Examples.Split('\n'))
            Line(writer, Text(example.TrimEnd('\r')));
        Line(writer, ".EE");
    }

    private static void Item(TextWriter writer, string term, string? meaning)
    {
        Line(writer, ".TP");
        Line(writer, $".B {Text(term)}");
        Line(writer, Text(meaning));
    }

    /// <summary>A dash is a hyphen in groff unless it is escaped, and a line must not begin with a dot or a quote.</summary>
    private static string Text(string? text)
    {
        string escaped = (text ?? "").Replace(@"\", @"\e", StringComparison.Ordinal).Replace("-", @"\-", StringComparison.Ordinal);
        return escaped is ['.' or '\'', ..] ? @"\&" + escaped : escaped;
    }

    private static void Line(TextWriter writer, string text)
    {
        writer.Write(text);
        writer.Write('\n');
    }
}
