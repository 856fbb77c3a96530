using System.CommandLine;

namespace IcmpStream.Cli.Commands;

/// <summary>Every command, in the order of the help.</summary>
internal static class CommandList
{
    public static IEnumerable<Command> All() =>
    [
        new DecodeCommand(),
        new AnalyzeCommand(),
        new AlertsCommand(),
        new IngestCommand(),
        new ProcessCommand(),
        new CommandGroup("topics", "Create, check and list the topics of an installation.", new TopicsApplyCommand(), new TopicsListCommand()),
        new CommandGroup(
            "schemas",
            "Show the schemas of the contract, hold them against released ones, register them.",
            new SchemasCheckCommand(),
            new SchemasListCommand(),
            new SchemasPrintCommand(),
            new SchemasRegisterCommand()),
        new TailCommand(),
        new InterfacesCommand(),
        new DoctorCommand(),
        new GenerateCommand(),
        new ReplayCommand(),
        new DemoCommand(),
        new CompletionsCommand(),
        new ReferenceCommand(),
    ];
}
