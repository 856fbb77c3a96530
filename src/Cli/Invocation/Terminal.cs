using System.Collections;
using System.Text;

namespace IcmpStream.Cli.Invocation;

/// <summary>
/// All that a command sees of the outside: where data goes, where everything else goes, whether a person is looking, and the
/// environment. Tests give their own.
/// </summary>
public sealed class Terminal : IDisposable
{
    private readonly StreamWriter _text;

    /// <summary>A terminal that writes data to <paramref name="output"/> and all else to <paramref name="error"/>.</summary>
    public Terminal(Stream output, TextWriter error, IReadOnlyDictionary<string, string> variables)
    {
        Output = output;
        Error = error;
        Variables = variables;
        _text = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = "\n" };
    }

    /// <summary>Data, as bytes.</summary>
    public Stream Output { get; }

    /// <summary>Data, as text; buffered, flushed at the end of a command.</summary>
    public TextWriter Text => _text;

    /// <summary>Everything that is not data.</summary>
    public TextWriter Error { get; }

    /// <summary>The environment.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; }

    /// <summary>True where a person reads the data.</summary>
    public bool OutputIsTerminal { get; init; }

    /// <summary>True where a person reads the rest: only then may there be a progress bar.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal; 80 where there is none.</summary>
    public int Width { get; init; } = DefaultWidth;

    /// <summary>What tables fit into where nobody says otherwise.</summary>
    public const int DefaultWidth = 80;

    /// <summary>A narrower terminal does not know its width (0), or wraps whatever we do.</summary>
    private const int LeastWidth = 40;

    /// <summary>False where the user asked for no colours (https://no-color.org) or the terminal cannot show them.</summary>
    public bool AllowsColor =>
        string.IsNullOrEmpty(Variables.GetValueOrDefault("NO_COLOR"))
        && !string.Equals(Variables.GetValueOrDefault("TERM"), "dumb", StringComparison.Ordinal);

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        bool outputIsTerminal = !Console.IsOutputRedirected;
        bool errorIsTerminal = !Console.IsErrorRedirected;
        return new Terminal(OutputStream.OfProcess(), Console.Error, variables)
        {
            OutputIsTerminal = outputIsTerminal,
            ErrorIsTerminal = errorIsTerminal,
            Width = (outputIsTerminal || errorIsTerminal) && Console.WindowWidth >= LeastWidth ? Console.WindowWidth : DefaultWidth,
        };
    }

    /// <summary>Hands buffered text on.</summary>
    public void Flush()
    {
        _text.Flush();
        Output.Flush();
    }

    /// <summary>Lets go of the writers; what was not flushed is gone.</summary>
    public void Dispose() => Output.Dispose();
}
