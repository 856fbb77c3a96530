using Spectre.Console;

namespace IcmpStream.Cli.Presentation;

/// <summary>Tables and headings for people: on a terminal with colours, in a pipe as plain text of 80 columns.</summary>
internal sealed class Page
{
    private readonly IAnsiConsole _console;

    private Page(IAnsiConsole console) => _console = console;

    /// <summary>A page on the standard output.</summary>
    public static Page OfOutput(Terminal terminal) => new(Open(terminal, terminal.Text, terminal.OutputIsTerminal));

    /// <summary>The console beneath, on either stream.</summary>
    public static IAnsiConsole Open(Terminal terminal, TextWriter writer, bool isTerminal)
    {
        bool hasColor = isTerminal && terminal.AllowsColor;
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = hasColor ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new PageOutput(writer, isTerminal, terminal.Width),
        });
        console.Profile.Width = terminal.Width;
        return console;
    }

    /// <summary>A line of text, as it is: a terminal wraps it, a pipe gets it whole.</summary>
    public void Line(string text = "") => _console.Profile.Out.Writer.WriteLine(text);

    /// <summary>Text over as many lines as the page's width makes of it, broken between words, the second and later ones indented further.</summary>
    public void Paragraph(string text, int indent)
    {
        ArgumentNullException.ThrowIfNull(text);
        string margin = new(' ', indent);
        string line = margin;
        foreach (string word in text.Split(' '))
        {
            if (line.Length > margin.Length && line.Length + 1 + word.Length > _console.Profile.Width)
            {
                Line(line);
                margin = new string(' ', indent + 2);
                line = margin;
            }

            line += line.Length > margin.Length ? $" {word}" : word;
        }

        Line(line);
    }

    /// <summary>A table; the first row of <paramref name="rows"/> is below the header. Columns named in
    /// <paramref name="rightAligned"/> hold numbers.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, params IReadOnlyList<int> rightAligned)
    {
        var table = new Table { Border = TableBorder.Simple, UseSafeBorder = true };
        for (int i = 0; i < columns.Count; i++)
        {
            var column = new TableColumn(Markup.Escape(columns[i]));
            if (rightAligned.Contains(i))
                column.RightAligned().NoWrap();
            table.AddColumn(column);
        }

        foreach (IReadOnlyList<string> row in rows)
            table.AddRow([.. row.Select(cell => new Text(cell, StyleOf(cell)))]);
        _console.Write(table);
    }

    /// <summary>Words that stand out where there are colours; without, they say the same.</summary>
    private static Style? StyleOf(string cell) => cell switch
    {
        "critical" or "broken" => new Style(Color.White, Color.Red, Decoration.Bold),
        "high" or "wrong_partitions" => new Style(Color.Red, decoration: Decoration.Bold),
        "medium" or "limited" or "missing" or "different_config" => new Style(Color.Yellow),
        "ok" or "ready" or "created" => new Style(Color.Green),
        _ => null,
    };

    /// <summary>A writer as Spectre.Console wants it.</summary>
    private sealed class PageOutput(TextWriter writer, bool isTerminal, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        public int Width => width;

        public int Height => 24;

        public void SetEncoding(System.Text.Encoding encoding)
        {
            // The encoding is UTF-8 wherever the terminal's is not our business.
        }
    }
}
