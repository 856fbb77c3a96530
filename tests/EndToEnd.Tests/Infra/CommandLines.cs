using System.Text;
using IcmpStream.Cli.Invocation;

namespace IcmpStream.EndToEnd.Tests.Infra;

/// <summary>Command lines found in documents and units, read by the program's own parser.</summary>
internal static class CommandLines
{
    /// <summary>Fails where the parser, or the check of the values and the config file, finds something wrong.</summary>
    public static void Check(string where, IReadOnlyList<string> args)
    {
        using var output = new MemoryStream();
        using var terminal = new Terminal(output, TextWriter.Null, new Dictionary<string, string>());
        try
        {
            IcmpStreamCommand.Check([.. args], terminal);
        }
        catch (Exception e) when (e is UsageException or CommandFailedException)
        {
            Assert.Fail($"{where}: icmpstream {string.Join(' ', args)}: {e.Message}");
        }
    }

    /// <summary>The arguments of every call of icmpstream in a piece of shell: quotes, continued lines, pipes and lists are understood, no more.</summary>
    public static IEnumerable<string[]> In(string shell)
    {
        foreach (string line in shell.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
        {
            var words = new List<string>();
            foreach (string word in Words(line).Append(";"))
            {
                if (word is ";" or "|" or "&&" or "||" or "&" or "(" or ")")
                {
                    int at = words.FindIndex(w => w == "icmpstream" || w.EndsWith("/icmpstream", StringComparison.Ordinal));
                    if (at >= 0 && words.Take(at).All(w => w is "sudo" or "time" or "exec" || w.Contains('=')))
                        yield return [.. words.Skip(at + 1)];
                    words.Clear();
                }
                else
                {
                    words.Add(word);
                }
            }
        }
    }

    private static IEnumerable<string> Words(string line)
    {
        var word = new StringBuilder();
        bool open = false;
        char quote = '\0';
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quote != '\0')
            {
                if (c == quote)
                    quote = '\0';
                else
                    word.Append(c);
            }
            else if (c is '\'' or '"')
            {
                (quote, open) = (c, true);
            }
            else if (c == '#' && word.Length == 0 && !open)
            {
                break;
            }
            else if (c is '>' or '<')
            {
                // A redirection and its file are no arguments.
                if (word.Length == 1 && char.IsAsciiDigit(word[0]))
                    word.Clear();
                while (i + 1 < line.Length && line[i + 1] is '>' or '&' or ' ')
                    i++;
                while (i + 1 < line.Length && line[i + 1] is not (' ' or ';' or '|' or '&'))
                    i++;
            }
            else if (c is ' ' or '\t' or ';' or '|' or '&' or '(' or ')')
            {
                if (word.Length > 0 || open)
                    yield return word.ToString();
                word.Clear();
                open = false;
                if (c is ' ' or '\t')
                    continue;
                bool twice = i + 1 < line.Length && line[i + 1] == c && c is '|' or '&';
                yield return twice && i + 1 < line.Length && line[i + 1] == c ? new string(c, 2) : c.ToString();
                if (i + 1 < line.Length && line[i + 1] == c && c is '|' or '&')
                    i++;
            }
            else
            {
                word.Append(c);
            }
        }

        if (word.Length > 0 || open)
            yield return word.ToString();
    }
}

/// <summary>The reader of command lines, on lines whose parts are known.</summary>
public class CommandLineTests
{
    [Theory]
    [InlineData("icmpstream decode a.pcap", "decode a.pcap")]
    [InlineData("bin/icmpstream decode 'a b.pcap' --format tsv | head -3  # three", "decode|a b.pcap|--format|tsv")]
    [InlineData("FOO=1 icmpstream doctor > out.txt 2>&1 &", "doctor")]
    [InlineData("cd x && icmpstream analyze a.pcap --out r; cat r/alerts.jsonl", "analyze|a.pcap|--out|r")]
    [InlineData("echo icmpstream decode", null)]
    [InlineData("icmpstream process \\\n  --group g", "process|--group|g")]
    public void Calls_are_found(string shell, string? expected)
    {
        string[] calls = [.. CommandLines.In(shell).Select(args => string.Join('|', args))];
        Assert.Equal(expected is null ? [] : [expected.Contains('|') ? expected : expected.Replace(' ', '|')], calls);
    }

    [Fact]
    public void A_wrong_option_is_found() =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => CommandLines.Check("here", ["decode", "a.pcap", "--fromat", "tsv"]));
}
