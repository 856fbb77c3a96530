using System.CommandLine;
using IcmpStream.Cli.Reference;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream reference</c>: documentation that the program writes about itself.</summary>
internal sealed class ReferenceCommand : CliCommand
{
    private static readonly Argument<string> What = new("commands|man|metrics")
    {
        Description = "commands and metrics as Markdown, or the manual page",
        Arity = ArgumentArity.ExactlyOne,
    };

    public ReferenceCommand()
        : base(
            "reference",
            "Print reference documentation of this build: commands, manual page, metrics.",
            """
            icmpstream reference commands > cli.md
            icmpstream reference man > icmpstream.1
            icmpstream reference metrics
            """) =>
        Arguments.Add(What);

    public override Task<int> RunAsync(CommandContext context)
    {
        TextWriter writer = context.Terminal.Text;
        switch (context.Argument(What))
        {
            case "commands":
                MarkdownReference.WriteCommands(writer, IcmpStreamCommand.Tree);
                break;
            case "man":
                ManPage.Write(writer, IcmpStreamCommand.Tree);
                break;
            case "metrics":
                MarkdownReference.WriteMetrics(writer);
                break;
            case var other:
                throw new UsageException($"'{other}' is not commands, man or metrics");
        }

        return Task.FromResult(ExitCode.Success);
    }
}
