using System.CommandLine;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream schemas print</c>: a schema's text, for another team's tools.</summary>
internal sealed class SchemasPrintCommand : CliCommand
{
    private static readonly Argument<string> Schema = new("NAME")
    {
        Description = "a schema, as `icmpstream schemas list` names it",
        Arity = ArgumentArity.ExactlyOne,
    };

    public SchemasPrintCommand()
        : base("print", "Print a schema as JSON.", "icmpstream schemas print IcmpEventBatch > IcmpEventBatch.avsc", []) =>
        Arguments.Add(Schema);

    public override Task<int> RunAsync(CommandContext context)
    {
        string name = context.Argument(Schema);
        SchemaText schema = SchemaText.All.FirstOrDefault(s => s.Name == name)
            ?? throw new UsageException($"there is no schema {name}: there are {string.Join(", ", SchemaText.All.Select(s => s.Name))}");
        context.Terminal.Output.Write(schema.Utf8Json.Span);
        return Task.FromResult(ExitCode.Success);
    }
}
