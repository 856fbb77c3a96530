using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using IcmpStream.Cli.Commands;
using IcmpStream.Cli.Settings;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Cli.Invocation;

/// <summary>The one command, <c>icmpstream</c>: finds what was asked, does it, and explains in one line what went wrong.</summary>
public static class IcmpStreamCommand
{
    internal const string ExecutableName = "icmpstream";

    /// <summary>Settings that every command has.</summary>
    internal static IReadOnlyList<Setting> CommonToAll { get; } = [CommonSettings.Config, CommonSettings.Quiet];

    /// <summary>Built once: options know the commands they belong to, and are the same objects for the life of the process.</summary>
    private static readonly Lazy<RootCommand> Root = new(Build);

    /// <summary>The tree of commands that the parser works with.</summary>
    internal static Command Tree => Root.Value;

    /// <summary>Runs the command line <paramref name="args"/> and returns its <see cref="ExitCode"/>.</summary>
    /// <param name="args">What the user typed behind the name.</param>
    /// <param name="terminal">Where data and all else go.</param>
    /// <param name="stop">Cancelled when it should end.</param>
    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken stop)
    {
        try
        {
            int code;
            try
            {
                code = await DispatchAsync(args, terminal, stop);
            }
            finally
            {
                // Rows written before a failure are the user's: they go out before the line that explains it.
                terminal.Flush();
            }

            return code;
        }
        catch (BrokenPipeException)
        {
            return ExitCode.Success;
        }
#pragma warning disable CA1031 // The outermost boundary: nothing is hidden, everything becomes one line and an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            terminal.Error.WriteLine($"{ExecutableName}: {Failure.Describe(e)}");
            if (terminal.Variables.GetValueOrDefault(Failure.TraceVariable) == "1")
                terminal.Error.WriteLine(e);
            return e is UsageException or SourceException { IsWrongUsage: true } ? ExitCode.Usage : ExitCode.Failure;
        }
    }

    /// <summary>
    /// Reads a command line, with the variables and the config file that belong to it, and does nothing. Throws
    /// <see cref="UsageException"/> where something in it is wrong.
    /// </summary>
    internal static void Check(string[] args, Terminal terminal)
    {
        ParseResult parsed = Parse(args);
        if (parsed.Action is null or ParseErrorAction)
            Read(parsed, terminal);
    }

    private static Task<int> DispatchAsync(string[] args, Terminal terminal, CancellationToken stop)
    {
        ParseResult parsed = Parse(args);
        if (parsed.Action is not null and not ParseErrorAction)
            return parsed.InvokeAsync(new TerminalInvocation(terminal), stop);
        (CliCommand command, SettingReader settings) = Read(parsed, terminal);
        return command.RunAsync(new CommandContext(parsed, settings, terminal, stop));
    }

    private static ParseResult Parse(string[] args) => Root.Value.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

    private static (CliCommand Command, SettingReader Settings) Read(ParseResult parsed, Terminal terminal)
    {
        if (WrongUsage.Find(parsed) is { } wrong)
            throw new UsageException(wrong);
        if (parsed.CommandResult.Command is not CliCommand command)
            throw new UsageException(WrongUsage.CommandNeeded(parsed.CommandResult.Command));
        SettingReader settings = Settings(parsed, Root.Value, terminal, command);

        // All at once and before anything is done: a wrong value must not be found when half the work is.
        foreach (Setting setting in CommonToAll.Concat(command.Settings))
            setting.Check(settings);
        return (command, settings);
    }

    private static SettingReader Settings(ParseResult parsed, RootCommand root, Terminal terminal, CliCommand command)
    {
        string name = Section(command);
        string? path = new SettingReader(parsed, terminal.Variables, null, name).Read(CommonSettings.Config);
        ConfigFile? file = path is null ? null : ConfigFile.Load(path, SettingsByCommand(root));
        return new SettingReader(parsed, terminal.Variables, file, name);
    }

    /// <summary>The part of the config file that is a command's own: named by it, or by the command that it belongs to.</summary>
    private static string Section(Command command) => command.Parents.OfType<CommandGroup>().FirstOrDefault()?.Name ?? command.Name;

    private static Dictionary<string, IReadOnlyList<Setting>> SettingsByCommand(RootCommand root) => root.Subcommands.ToDictionary(
        command => command.Name,
        command => (IReadOnlyList<Setting>)[.. CommonToAll, .. SettingsOf(command)],
        StringComparer.Ordinal);

    private static IEnumerable<Setting> SettingsOf(Command command) =>
        command is CliCommand leaf ? leaf.Settings : command.Subcommands.SelectMany(SettingsOf);

    private static RootCommand Build()
    {
        var root = new RootCommand("A high-throughput ICMP stream processor on Kafka.");
        foreach (Setting setting in CommonToAll)
        {
            setting.Option.Recursive = true;
            root.Options.Add(setting.Option);
        }

        foreach (Command command in CommandList.All())
            root.Subcommands.Add(command);
        foreach (Option option in root.Options)
        {
            if (option is HelpOption help)
                help.Action = new ExampleHelpAction();
            else if (option is VersionOption version)
                version.Action = new VersionAction();
        }

        return root;
    }
}
