using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>Completion scripts in the shells that they are for.</summary>
public class CompletionTests
{
    [Theory]
    [InlineData("icmpstream ana", "analyze")]
    [InlineData("icmpstream decode --for", "--format")]
    [InlineData("icmpstream decode --format j", "jsonl")]
    [InlineData("icmpstream topics a", "apply")]
    [InlineData("icmpstream topics apply --part", "--partitions")]
    [InlineData("icmpstream process --guarantee ex", "exactly-once")]
    [InlineData("icmpstream completions f", "fish")]
    [InlineData("icmpstream analyze capt", "capture.pcap")]
    [InlineData("icmpstream --ver", "--version")]
    public async Task Bash_completes(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("capture.pcap", "");
        using ProcessRun run = ProcessRun.Bash(
            $$"""
            cd {{folder.FullName}} && . <("$icmpstream" completions bash) && read -ra COMP_WORDS <<<'{{line}}' && COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) &&
            _icmpstream && printf '%s\n' "${COMPREPLY[@]}"
            """);
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.Equal(0, code);
        Assert.Empty(errors);
        Assert.Equal(expected, output.TrimEnd());
    }

    [Fact]
    public async Task Zsh_completes()
    {
        Tools.Need("zsh");
        // Without a terminal there is no completion to ask; that it loads and knows its functions says that its quoting is right.
        using ProcessRun run = ProcessRun.Bash(
            "\"$icmpstream\" completions zsh > /tmp/_icmpstream.$$ && zsh -fc \"autoload -U compinit && compinit -D && . /tmp/_icmpstream.$$ && whence -w _icmpstream_topics_apply\"; s=$?; rm -f /tmp/_icmpstream.$$; exit $s");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        Assert.Equal("_icmpstream_topics_apply: function", output.Trim());
    }

    [Theory]
    [InlineData("icmpstream ana", "analyze")]
    [InlineData("icmpstream topics a", "apply")]
    [InlineData("icmpstream decode --format j", "jsonl")]
    [InlineData("icmpstream process --guarantee ex", "exactly-once")]
    public async Task Fish_completes(string line, string expected)
    {
        Tools.Need("fish");
        using ProcessRun run = ProcessRun.Bash($"\"$icmpstream\" completions fish > /tmp/icmpstream.$$.fish && HOME=$(mktemp -d) fish --no-config -c \"source /tmp/icmpstream.$$.fish; complete -C '{line}'\"; s=$?; rm -f /tmp/icmpstream.$$.fish; exit $s");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));
        Assert.Equal(expected, output.Split('\n')[0].Split('\t')[0]);
    }
}
