using System.CommandLine;

namespace IcmpStream.Cli.Commands;

/// <summary>A name in front of several commands: <c>topics apply</c>, <c>topics list</c>.</summary>
internal sealed class CommandGroup : Command
{
    /// <summary>Groups <paramref name="commands"/>.</summary>
    public CommandGroup(string name, string description, params IReadOnlyList<CliCommand> commands)
        : base(name, description)
    {
        foreach (CliCommand command in commands)
            Subcommands.Add(command);
        Examples = string.Join('\n', commands.Select(command => command.Examples));
    }

    /// <summary>The examples of all of them.</summary>
    public string Examples { get; }
}
