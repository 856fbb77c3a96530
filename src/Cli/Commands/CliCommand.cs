using System.CommandLine;
using IcmpStream.Cli.Settings;

namespace IcmpStream.Cli.Commands;

/// <summary>A command of <c>icmpstream</c>: its words, its settings, and what it does.</summary>
internal abstract class CliCommand : Command
{
    protected CliCommand(string name, string description, string examples, params IReadOnlyList<Setting> settings)
        : base(name, description)
    {
        Examples = examples;
        Settings = settings;
        foreach (Setting setting in settings)
            Options.Add(setting.Option);
    }

    /// <summary>Lines of the help that show it at work.</summary>
    public string Examples { get; }

    /// <summary>The settings that it reads besides those of every command.</summary>
    public IReadOnlyList<Setting> Settings { get; }

    /// <summary>Does it. Returns an <see cref="ExitCode"/>, or throws what <see cref="Failure"/> can explain.</summary>
    public abstract Task<int> RunAsync(CommandContext context);
}
