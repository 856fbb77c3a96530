using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using IcmpStream.Cli.Commands;

namespace IcmpStream.Cli.Invocation;

/// <summary>The parser's own help, followed by examples.</summary>
internal sealed class ExampleHelpAction : SynchronousCommandLineAction
{
    private const string RootExamples = """
        icmpstream demo
        icmpstream analyze capture.pcap
        icmpstream decode capture.pcap --format jsonl | head
        """;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Terminal terminal = ((TerminalInvocation)parseResult.InvocationConfiguration).Terminal;
        int code = new HelpAction { MaxWidth = terminal.OutputIsTerminal ? terminal.Width : Terminal.DefaultWidth }.Invoke(parseResult);
        string examples = parseResult.CommandResult.Command switch
        {
            CliCommand command => command.Examples,
            CommandGroup group => group.Examples,
            _ => RootExamples,
        };
        TextWriter output = terminal.Text;
        output.WriteLine("Examples:");
        foreach (string line in examples.Split('\n'))
            output.WriteLine($"  {line}");
        return code;
    }
}
