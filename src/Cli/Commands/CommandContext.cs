using System.CommandLine;
using IcmpStream.Cli.Settings;

namespace IcmpStream.Cli.Commands;

/// <summary>What a command runs with.</summary>
internal sealed class CommandContext
{
    private readonly ParseResult _flags;
    private readonly SettingReader _settings;

    /// <summary>Made by the invocation, once a command is chosen.</summary>
    public CommandContext(ParseResult flags, SettingReader settings, Terminal terminal, CancellationToken stop)
    {
        _flags = flags;
        _settings = settings;
        Terminal = terminal;
        Stop = stop;
        Quiet = settings.Read(CommonSettings.Quiet);
    }

    /// <summary>The outside.</summary>
    public Terminal Terminal { get; }

    /// <summary>Cancelled when the user or the system asks to end.</summary>
    public CancellationToken Stop { get; }

    /// <summary>True where only data and errors are wanted.</summary>
    public bool Quiet { get; }

    /// <summary>The value of a setting.</summary>
    public T Read<T>(Setting<T> setting) => _settings.Read(setting);

    /// <summary>The value of an argument that the parser has seen.</summary>
    public T Argument<T>(Argument<T> argument) => _flags.GetRequiredValue(argument);

    /// <summary>Says something to the user that is not data; not where he asked for quiet.</summary>
    public void Note(string line)
    {
        if (!Quiet)
            Terminal.Error.WriteLine($"icmpstream: {line}");
    }
}
