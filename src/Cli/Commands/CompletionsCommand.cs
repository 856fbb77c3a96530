using System.CommandLine;
using IcmpStream.Cli.Reference;

namespace IcmpStream.Cli.Commands;

/// <summary><c>icmpstream completions</c>: what makes a shell complete the words of this command.</summary>
internal sealed class CompletionsCommand : CliCommand
{
    private static readonly Argument<string> Shell = new("bash|zsh|fish")
    {
        Description = "the shell",
        Arity = ArgumentArity.ExactlyOne,
    };

    public CompletionsCommand()
        : base(
            "completions",
            "Print a script that makes bash, zsh or fish complete commands, options and values.",
            """
            icmpstream completions bash > icmpstream.bash && . ./icmpstream.bash
            icmpstream completions zsh > _icmpstream
            icmpstream completions fish > icmpstream.fish
            """) =>
        Arguments.Add(Shell);

    public override Task<int> RunAsync(CommandContext context)
    {
        Action<TextWriter, Command> write = context.Argument(Shell) switch
        {
            "bash" => ShellCompletions.WriteBash,
            "zsh" => ShellCompletions.WriteZsh,
            "fish" => ShellCompletions.WriteFish,
            var other => throw new UsageException($"'{other}' is not bash, zsh or fish"),
        };
        write(context.Terminal.Text, IcmpStreamCommand.Tree);
        return Task.FromResult(ExitCode.Success);
    }
}
