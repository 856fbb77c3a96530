using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Processes;

/// <summary>What only a process can show.</summary>
public class ProcessTests
{
    private static readonly string Pings = CorpusFolder.Message("5-pings.pcap");

    [Fact]
    public async Task Data_goes_to_the_standard_output_and_the_exit_code_is_0()
    {
        using var run = ProcessRun.Start(ProcessRun.Executable, "decode", Pings, "--format", "tsv");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.Equal(0, code);
        Assert.Equal(File.ReadAllText(Pings + ".tsv"), output);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData(1, "decode", "/nowhere/x.pcap")]
    [InlineData(2, "decode", "--frobnicate")]
    [InlineData(2, "frobnicate")]
    [InlineData(2)]
    public async Task A_failure_is_one_line_on_the_standard_error_and_an_exit_code(int expected, params string[] args)
    {
        using var run = ProcessRun.Start(ProcessRun.Executable, args);
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.Equal(expected, code);
        Assert.Empty(output);
        Assert.StartsWith("icmpstream: ", Assert.Single(errors));
    }

    [Fact]
    public async Task Tsv_is_the_form_of_a_pipe()
    {
        using var run = ProcessRun.Start(ProcessRun.Executable, "decode", Pings);
        Assert.Equal(File.ReadAllText(Pings + ".tsv"), (await run.EndAsync()).Output);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_it_quietly()
    {
        using var folder = new TemporaryFolder();
        string big = BigCapture.Write(folder, 200_000);
        using var run = ProcessRun.Bash($"$icmpstream decode {big} --format jsonl | head -2; echo ${{PIPESTATUS[0]}}");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.Equal(0, code);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Equal("0", lines[2]);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("decode {0} --format tsv > /dev/full")]
    [InlineData("decode {0} --format avro -o /dev/full")]
    [InlineData("analyze {0} > /dev/full")]
    public async Task A_full_disk_is_a_failure_in_one_line(string command)
    {
        using var run = ProcessRun.Bash("$icmpstream " + string.Format(command, Pings));
        (int code, _, string[] errors) = await run.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains("No space left on device", Assert.Single(errors));
    }

    [Fact]
    public async Task Two_commands_can_share_a_file()
    {
        using var folder = new TemporaryFolder();
        string file = folder.PathOf("both.tsv");
        using var run = ProcessRun.Bash($"{{ $icmpstream decode {Pings} --format tsv; echo done; }} > {file}");
        Assert.Equal(0, (await run.EndAsync()).ExitCode);
        Assert.Equal(File.ReadAllText(Pings + ".tsv") + "done\n", File.ReadAllText(file));
    }

    [Fact]
    public async Task The_standard_input_can_be_decoded_and_analyzed()
    {
        using var decode = ProcessRun.Bash($"cat {Pings} | $icmpstream decode - --format tsv");
        Assert.Equal(File.ReadAllText(Pings + ".tsv"), (await decode.EndAsync()).Output);
        using var analyze = ProcessRun.Bash($"cat {Pings} | $icmpstream analyze - --json");
        Assert.Contains("\"exchanges\":{\"matched\":5}", (await analyze.EndAsync()).Output);
    }

    [Fact]
    public async Task A_capture_without_permission_is_named()
    {
        using var folder = new TemporaryFolder();
        string secret = folder.Write("secret.pcap", File.ReadAllBytes(Pings));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(secret, UnixFileMode.UserWrite);
        string[] command = [ProcessRun.Executable, "decode", secret];
        if (Environment.UserName == "root")
        {
            // Root reads everything by these two capabilities alone.
            Tools.Need("setpriv");
            command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", .. command];
        }

        using var run = ProcessRun.Start(command[0], command[1..]);
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.Equal(1, code);
        Assert.Empty(output);
        string line = Assert.Single(errors);
        Assert.Contains(secret, line);
        Assert.Contains("permission", line);
    }

    [Fact]
    public async Task No_escape_sequences_reach_a_pipe()
    {
        using var run = ProcessRun.Start(ProcessRun.Executable, "analyze", Pings);
        (_, string output, string[] errors) = await run.EndAsync();
        Assert.DoesNotContain('\u001b', output + string.Concat(errors));
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData()]
    [InlineData("decode")]
    [InlineData("analyze")]
    [InlineData("ingest")]
    [InlineData("process")]
    [InlineData("topics")]
    [InlineData("topics", "apply")]
    [InlineData("topics", "list")]
    [InlineData("tail")]
    [InlineData("interfaces")]
    [InlineData("doctor")]
    [InlineData("demo")]
    public void Every_command_has_help_with_an_example(params string[] command)
    {
        CliRun run = CliRun.Of([.. command, "--help"]).Succeeded();
        Assert.Empty(run.Error);
        Assert.Contains("Usage:", run.Text);
        Assert.Contains($"icmpstream {string.Join(' ', command)}".TrimEnd(), run.Text[run.Text.IndexOf("Examples:", StringComparison.Ordinal)..]);
        Assert.All(run.Text.Split('\n'), line => Assert.True(line.Length <= 100, line));
    }
}
