using System.CommandLine;
using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Settings;

namespace IcmpStream.Cli.Reference;

/// <summary>One command as its documentation sees it: a leaf of the tree that the parser works with, so that the two cannot differ.</summary>
/// <param name="Words">Its words behind the executable's name, as <c>topics apply</c>.</param>
/// <param name="Command">What the parser knows of it.</param>
internal sealed record CommandPage(string Words, CliCommand Command)
{
    /// <summary>Every command, in the order of the help.</summary>
    public static IReadOnlyList<CommandPage> All(Command root) => [.. Leaves(root, "")];

    /// <summary>How it is called: <c>icmpstream analyze CAPTURE|INTERFACE [options]</c>.</summary>
    public string Usage => string.Join(' ', [IcmpStreamCommand.ExecutableName, Words, .. Command.Arguments.Select(Shape), "[options]"]);

    /// <summary>Its settings, those of every command behind its own.</summary>
    public IEnumerable<Setting> Settings => Command.Settings.Concat(IcmpStreamCommand.CommonToAll);

    /// <summary>How an option is given: <c>-q, --quiet</c> or <c>--pack N</c>.</summary>
    public static string Flag(Setting setting)
    {
        string names = string.Join(", ", [.. setting.Option.Aliases.Order(StringComparer.Ordinal), setting.Option.Name]);
        return setting.Option.HelpName is { } value ? $"{names} {value}" : names;
    }

    /// <summary>What may stand for an argument.</summary>
    public static string Name(Argument argument) => argument.HelpName ?? argument.Name;

    private static string Shape(Argument argument) =>
        Name(argument) + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : "");

    private static IEnumerable<CommandPage> Leaves(Command parent, string before) => parent.Subcommands.SelectMany(command =>
        command is CliCommand leaf ? [new CommandPage(before + leaf.Name, leaf)] : Leaves(command, $"{before}{command.Name} "));
}
