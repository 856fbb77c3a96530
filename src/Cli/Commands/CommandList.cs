using System.CommandLine;

namespace IcmpStream.Cli.Commands;

/// <summary>Every command, in the order of the help.</summary>
internal static class CommandList
{
    public static IEnumerable<Command> All() =>
    [
        new DecodeCommand(),
        new AnalyzeCommand(),
        new InterfacesCommand(),
    ];
}
