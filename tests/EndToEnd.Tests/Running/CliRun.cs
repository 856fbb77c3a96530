using System.Text;
using IcmpStream.Cli.Invocation;

namespace IcmpStream.EndToEnd.Tests.Running;

/// <summary>What one run of the command gave: in this process, through the same entry as the executable's.</summary>
public sealed record CliRun(int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public string[] Lines => Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static CliRun Of(params string[] args) => With([], args);

    public static CliRun With(Dictionary<string, string> variables, params string[] args) =>
        RunAsync(variables, CancellationToken.None, args).GetAwaiter().GetResult();

    public static async Task<CliRun> RunAsync(Dictionary<string, string> variables, CancellationToken stop, params string[] args)
    {
        using var output = new MemoryStream();
        var error = new StringWriter { NewLine = "\n" };
        // Clients of Kafka speak from threads of their own.
        using var terminal = new Terminal(output, TextWriter.Synchronized(error), variables);
        int code = await IcmpStreamCommand.RunAsync(args, terminal, stop);
        return new CliRun(code, output.ToArray(), error.ToString());
    }

    /// <summary>The run failed with <paramref name="code"/> and one line that says all of <paramref name="words"/>.</summary>
    public CliRun FailedWith(int code, params string[] words)
    {
        Assert.Equal(code, ExitCode);
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("icmpstream: ", line);
        Assert.DoesNotContain("internal error", line);
        foreach (string word in words)
            Assert.Contains(word, line);
        return this;
    }

    /// <summary>The run succeeded and had nothing to say besides its data.</summary>
    public CliRun Succeeded()
    {
        Assert.True(ExitCode == 0, Error);
        return this;
    }
}
