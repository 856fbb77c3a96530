using System.CommandLine;

namespace IcmpStream.Cli.Settings;

/// <summary>What the user said, wherever he said it: flag before variable before config file before default.</summary>
public sealed class SettingReader
{
    /// <summary>
    /// Parts the values of a list in one variable: client settings contain commas (<c>bootstrap.servers=a,b</c>), hardly ever this.
    /// </summary>
    public const char ListSeparator = ';';

    private readonly ParseResult _flags;
    private readonly IReadOnlyDictionary<string, string> _variables;
    private readonly ConfigFile? _file;
    private readonly string _command;

    /// <summary>Reads for <paramref name="command"/>.</summary>
    public SettingReader(ParseResult flags, IReadOnlyDictionary<string, string> variables, ConfigFile? file, string command)
    {
        _flags = flags;
        _variables = variables;
        _file = file;
        _command = command;
    }

    /// <summary>The value of a setting. Throws <see cref="UsageException"/> where what was said is not allowed.</summary>
    public T Read<T>(Setting<T> setting)
    {
        if (_flags.GetResult(setting.Option) is { Implicit: false } flag)
            return setting.Read([.. flag.Tokens.Select(token => token.Value)], setting.Option.Name);
        if (_variables.TryGetValue(setting.Variable, out string? variable))
            return setting.Read(setting.IsList ? Split(variable) : [variable], setting.Variable);
        if (_file is not null && _file.TryRead(_command, setting, out IReadOnlyList<string> values, out string place))
            return setting.Read(values, place);
        return setting.Default;
    }

    private static string[] Split(string list) =>
        list.Split(ListSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
