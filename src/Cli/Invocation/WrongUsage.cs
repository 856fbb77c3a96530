using System.CommandLine;
using System.CommandLine.Parsing;
using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Settings;

namespace IcmpStream.Cli.Invocation;

/// <summary>Finds what is wrong with a command line, and says it in one line that names the option and what is allowed.</summary>
internal static class WrongUsage
{
    /// <summary>A typing error changes at most this many letters; further names are other words.</summary>
    private const int MaxTypingErrors = 2;

    /// <summary>The line, or null where nothing is wrong.</summary>
    public static string? Find(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        foreach (string token in parsed.UnmatchedTokens)
            return MisusedSwitch(parsed, token) ?? UnknownWord(command, token);
        if (MisreadOption(parsed) is { } option)
            return UnknownWord(command, option);
        if (parsed.Errors.Count == 0)
            return null;
        ParseError error = parsed.Errors[0];
        return error.SymbolResult switch
        {
            OptionResult result => OptionError(command, result, error),
            _ when MissingArgument(parsed) is { } argument => $"{command.Name} needs {argument.HelpName ?? argument.Name}; {SeeHelp(command)}",
            CommandResult when command.Subcommands.Count > 0 => CommandNeeded(command),
            _ => $"{error.Message.TrimEnd('.')}; {SeeHelp(command)}",
        };
    }

    /// <summary>The line for a name that needs another behind it.</summary>
    public static string CommandNeeded(Command command) => $"a command is needed: {Names(command)}; {SeeHelp(command)}";

    private static string OptionError(Command command, OptionResult result, ParseError error)
    {
        if (SettingOf(command, option => option == result.Option) is not { } setting)
            return $"{error.Message.TrimEnd('.')}; {SeeHelp(command)}";
        return result.Tokens.Count == 0
            ? $"{setting.Option.Name} needs a value: {setting.Allowed}"
            : $"{setting.Option.Name} can be given once";
    }

    /// <summary>The parser takes <c>--quiet=maybe</c> for a switch and a stray word; the user meant one thing.</summary>
    private static string? MisusedSwitch(ParseResult parsed, string word)
    {
        Token? before = null;
        foreach (Token token in parsed.Tokens)
        {
            if (before is { Type: TokenType.Option } && string.Equals(token.Value, word, StringComparison.Ordinal)
                && SettingOf(parsed.CommandResult.Command, option => option.Name == before.Value || option.Aliases.Contains(before.Value)) is SwitchSetting setting)
            {
                return $"{setting.Option.Name}: '{word}' is not {setting.Allowed}";
            }

            before = token;
        }

        return null;
    }

    private static Setting? SettingOf(Command command, Func<Option, bool> isMeant) =>
        IcmpStreamCommand.CommonToAll.Concat((command as CliCommand)?.Settings ?? []).FirstOrDefault(setting => isMeant(setting.Option));

    private static string UnknownWord(Command command, string word)
    {
        if (word.StartsWith('-'))
        {
            string name = word.Split('=', 2)[0];
            IEnumerable<string> flags = command.Options.Concat(IcmpStreamCommand.CommonToAll.Select(s => s.Option))
                .SelectMany(o => o.Aliases.Append(o.Name)).Append("--help");
            return $"unknown option '{name}'{Suggest(name, flags)}; {SeeHelp(command)}";
        }

        return command.Subcommands.Count > 0
            ? $"unknown command '{word}'{Suggest(word, command.Subcommands.Select(c => c.Name))}; the commands are {Names(command)}"
            : $"'{word}' is one argument too many; {SeeHelp(command)}";
    }

    /// <summary>
    /// An unknown option in front of a list of files is taken for a file by the parser; no file of ours begins with a dash, unless
    /// it stands behind <c>--</c>.
    /// </summary>
    private static string? MisreadOption(ParseResult parsed)
    {
        var ofOptions = parsed.CommandResult.Children.OfType<OptionResult>()
            .SelectMany(o => o.Tokens).ToHashSet(ReferenceEqualityComparer.Instance);
        return parsed.Tokens
            .TakeWhile(token => token.Type != TokenType.DoubleDash)
            .FirstOrDefault(token => token.Type == TokenType.Argument && token.Value is ['-', _, ..] && !ofOptions.Contains(token))?.Value;
    }

    private static Argument? MissingArgument(ParseResult parsed) => parsed.CommandResult.Command.Arguments
        .FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > (parsed.GetResult(argument)?.Tokens.Count ?? 0));

    private static string Suggest(string word, IEnumerable<string> names)
    {
        string? nearest = names.MinBy(name => EditDistance(word, name));
        return nearest is not null && EditDistance(word, nearest) <= MaxTypingErrors ? $" (did you mean '{nearest}'?)" : "";
    }

    private static int EditDistance(string left, string right)
    {
        int[] previous = [.. Enumerable.Range(0, right.Length + 1)];
        int[] current = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replaced = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }

            (previous, current) = (current, previous);
        }

        return previous[right.Length];
    }

    private static string Names(Command command) => string.Join(", ", command.Subcommands.Select(c => c.Name));

    private static string SeeHelp(Command command) => $"see '{FullName(command)} --help'";

    private static string FullName(Command command)
    {
        Command? parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? IcmpStreamCommand.ExecutableName : $"{FullName(parent)} {command.Name}";
    }
}
