using System.CommandLine;

namespace IcmpStream.Cli.Invocation;

/// <summary>How the parser's own actions, help and version, reach the outside.</summary>
internal sealed class TerminalInvocation : InvocationConfiguration
{
    public TerminalInvocation(Terminal terminal)
    {
        Terminal = terminal;
        Output = terminal.Text;
        Error = terminal.Error;
        EnableDefaultExceptionHandler = false;
    }

    public Terminal Terminal { get; }
}
