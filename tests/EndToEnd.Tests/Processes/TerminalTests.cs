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
    public async Task Progress_says_how_fast_it_goes_and_how_long_it_will_take()
    {
        using var folder = new TemporaryFolder();
        string shown = await OnTerminalAsync($"analyze {BigCapture.Write(folder, 300_000)}");
        Assert.Matches(@"[\d.]+ [kM] frames/s", shown);
        Assert.Matches(@"\d+%.*\d\d:\d\d:\d\d", shown);
    }

    [Theory]
    [InlineData(1_234_567, 1.0, "1.23 M frames/s")]
    [InlineData(999, 1.0, "999 frames/s")]
    [InlineData(45_600, 2.0, "22.8 k frames/s")]
    [InlineData(5, 0.0, "5 k frames/s")]
    public void A_rate_has_three_figures_and_a_unit(long frames, double seconds, string expected) =>
        Assert.Equal(expected, IcmpStream.Cli.Presentation.ProgressBar.Rate(frames, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Tables_fit_80_columns()
    {
        using var folder = new TemporaryFolder();
        string path = folder.PathOf("six.pcap");
        CliRun.Of("generate", "-o", path, "--duration", "6", "--traffic", "flood:rate=9000,from=2001:db8:aaaa:bbbb:cccc:dddd:1111:1,to=2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff,start=0,duration=5").Succeeded();
        string[][] commands = [["analyze", path], ["analyze", Pings], ["interfaces", "--quiet"], ["decode", "--help"], ["process", "--help"], ["generate", "--help"]];
        foreach (string[] command in commands)
        {
            // Sentences may be longer: a terminal wraps them. A table's rows have their columns apart.
            string[] tooLong = [.. CliRun.Of(command).Lines.Where(line => line.Length > 80 && line.TrimStart().Contains("  ", StringComparison.Ordinal))];
            Assert.Empty(tooLong);
        }
    }

    [Fact]
    public async Task A_pipe_gets_no_progress_and_memory_stays_flat()
    {
        using var folder = new TemporaryFolder();
        long few = await AnonymousMemoryAsync(BigCapture.Write(folder, 100_000));
        long many = await AnonymousMemoryAsync(BigCapture.Write(folder, 600_000));
        Assert.InRange(many, 1, few + 48_000_000);
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

    /// <summary>The most memory of its own that an analysis in a pipe ever had: the capture's mapped pages are the system's, to take back at will.</summary>
    private static async Task<long> AnonymousMemoryAsync(string capture)
    {
        using ProcessRun run = ProcessRun.Bash(
            $$"""
            "$icmpstream" analyze {{capture}} --json >/dev/null & p=$!
            while kill -0 $p 2>/dev/null; do awk '/^RssAnon/ { print $2 }' /proc/$p/status 2>/dev/null; sleep 0.02; done
            wait $p
            """);
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.Equal(0, code);
        Assert.Empty(errors);
        return 1024 * output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Max(line => long.Parse(line, System.Globalization.CultureInfo.InvariantCulture));
    }

    private static async Task<string> OnTerminalAsync(string command, string variables = "TERM=xterm")
    {
        Tools.Need("script");
        using var run = ProcessRun.Start("script", "-qec", $"env -u NO_COLOR {variables} {ProcessRun.Executable} {command}", "/dev/null");
        return (await run.EndAsync()).Output.ReplaceLineEndings("\n");
    }
}
