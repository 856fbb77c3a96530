using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Processes;

/// <summary>What a person at a terminal sees: <c>script</c> gives the command a terminal of its own.</summary>
public class TerminalTests
{
    private static readonly string Pings = CorpusFolder.Message("5-pings.pcap");

    [Fact]
    public async Task Text_is_the_form_of_a_terminal()
    {
        string output = await OnTerminalAsync($"decode {Pings}");
        Assert.Contains("19:10:03.986596 IP 172.16.133.2 > 172.217.11.78: ICMP echo request, id 1226, seq 1, length 64", output);
    }

    [Fact]
    public async Task A_container_is_not_for_a_terminal() =>
        Assert.Contains("--format avro is not for a terminal", await OnTerminalAsync($"decode {Pings} --format avro"));

    [Fact]
    public async Task There_is_a_progress_bar_on_a_terminal_unless_quiet_was_asked_for()
    {
        using var folder = new TemporaryFolder();
        string big = BigCapture.Write(folder, 20_000);
        Assert.Contains("analyzing", await OnTerminalAsync($"analyze {big}"));
        Assert.DoesNotContain("analyzing", await OnTerminalAsync($"analyze {big} --quiet"));
        Assert.DoesNotContain("analyzing", await OnTerminalAsync($"analyze {big} --json"));
    }

    [Fact]
    public async Task Colours_are_on_a_terminal_unless_the_user_wants_none()
    {
        const string Green = "\u001b[38;5;2m";
        Assert.Contains(Green, await OnTerminalAsync($"analyze {Pings} --quiet", "TERM=xterm-256color"));
        Assert.DoesNotContain(Green, await OnTerminalAsync($"analyze {Pings} --quiet", "TERM=xterm-256color NO_COLOR=1"));
    }

    [Fact]
    public void A_config_file_can_set_what_a_flag_could()
    {
        using var folder = new TemporaryFolder();
        string config = folder.Write("c.json", """{"quiet": true, "decode": {"format": "jsonl", "count": 2}}""");
        CliRun run = CliRun.Of("decode", Pings, "--config", config).Succeeded();
        Assert.Equal(2, run.Lines.Length);
        Assert.All(run.Lines, line => Assert.StartsWith("{", line));
        Assert.Equal(3, CliRun.With(new() { ["ICMPSTREAM_CONFIG"] = config }, "decode", Pings, "--count", "3").Succeeded().Lines.Length);
    }

    private static async Task<string> OnTerminalAsync(string command, string variables = "TERM=xterm")
    {
        Tools.Need("script");
        using var run = ProcessRun.Start("script", "-qec", $"env -u NO_COLOR {variables} {ProcessRun.Executable} {command}", "/dev/null");
        return (await run.EndAsync()).Output.ReplaceLineEndings("\n");
    }
}
