using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Settings;

public class UsageTests
{
    [Fact]
    public void Nothing_asked_is_wrong_usage_that_lists_the_commands() => CliRun.Of().FailedWith(2, "a command is needed", "interfaces");

    [Fact]
    public void An_unknown_command_is_named() => CliRun.Of("interfase").FailedWith(2, "'interfase'");

    [Fact]
    public void A_mistyped_option_is_named_with_what_was_meant() =>
        CliRun.Of("interfaces", "--jsno").FailedWith(2, "'--jsno'", "did you mean '--json'?");

    [Fact]
    public void A_stray_argument_is_named() => CliRun.Of("interfaces", "eth0").FailedWith(2, "'eth0'");

    [Fact]
    public void A_switch_with_a_wrong_value_is_named_with_what_is_allowed() =>
        CliRun.Of("interfaces", "--quiet=maybe").FailedWith(2, "--quiet", "'maybe'", "true, false, 1 or 0");

    [Fact]
    public void An_option_without_its_value_says_what_is_allowed() => CliRun.Of("interfaces", "--config").FailedWith(2, "--config needs a value");

    [Fact]
    public void A_wrong_variable_is_named() =>
        CliRun.With(new() { ["ICMPSTREAM_JSON"] = "perhaps" }, "interfaces").FailedWith(2, "ICMPSTREAM_JSON", "'perhaps'");

    [Theory]
    [InlineData("--shed is for live sources", "pcap:x.pcap", "--shed", "oldest")]
    [InlineData("--spill is for live sources", "pcap:x.pcap", "--spill", "/tmp/spill")]
    [InlineData("--spill sheds the newest", "afpacket:lo", "--spill", "/tmp/spill", "--shed", "oldest")]
    [InlineData("--fold on does not go with --run-id", "pcap:x.pcap", "--fold", "on", "--run-id", "monday")]
    [InlineData("--queue-memory", "pcap:x.pcap", "--queue-memory", "1k")]
    public void Settings_of_the_queue_that_make_no_sense_together_are_named(string words, string source, params string[] settings) =>
        CliRun.Of(["ingest", "--source", source, "--brokers", "127.0.0.1:1", .. settings]).FailedWith(2, words);

    [Fact]
    public void The_usage_names_arguments_as_the_explanation_below_it_does() =>
        Assert.Contains(" decode <CAPTURE|SRC>... [options]", CliRun.Of("decode", "--help").Succeeded().Text, StringComparison.Ordinal);

    [Fact]
    public void Settings_of_the_log_that_cannot_be_are_wrong_usage()
    {
        CliRun.Of("schemas", "register", "--schema-registry", "somewhere").FailedWith(2, "--schema-registry");
        CliRun.Of("topics", "list", "--brokers", "127.0.0.1:1", "--topic-prefix", "a b").FailedWith(2, "--topic-prefix");
    }

    [Fact]
    public void A_file_of_rules_that_is_empty_is_called_so()
    {
        using var folder = new TemporaryFolder();
        CliRun.Of("analyze", "x.pcap", "--rules", folder.Write("rules.json", "")).FailedWith(2, "rules.json", "it is empty");
    }

    [Theory]
    [InlineData("{\n\"brokers\": [\"b\"", "line 2: it ends before its last bracket is closed")]
    [InlineData("{\n\"brokers\": \"b}", "line 2: it ends within a text in quotation marks")]
    [InlineData("""{brokers: "b"}""", "line 1: 'b' is an invalid start of a property name")]
    public void What_is_no_JSON_is_told_by_its_line_in_words_of_the_file(string text, string words)
    {
        using var folder = new TemporaryFolder();
        CliRun run = CliRun.Of("doctor", "--config", folder.Write("c.json", text)).FailedWith(2, "c.json", words);
        Assert.DoesNotContain("reader", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("payload", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("afpacket:lo")]
    [InlineData("libpcap:lo")]
    public void A_filter_that_is_none_is_wrong_usage(string source)
    {
        Tools.NeedThat(Environment.IsPrivilegedProcess, "opening an interface takes root");
        CliRun.Of("decode", source, "--filter", "nonsense !!").FailedWith(2, "--filter", "nonsense");
    }

    [Fact]
    public void A_directory_in_place_of_a_file_is_called_one()
    {
        using var folder = new TemporaryFolder();
        CliRun.Of("alerts", folder.FullName).FailedWith(1, "it is a directory");
        CliRun.Of("generate", "-o", folder.FullName, "--duration", "1", "--traffic", "ordinary").FailedWith(1, "it is a directory");
    }

    [Fact]
    public void No_alerts_in_a_file_are_told_from_a_file_with_nothing_in_it_and_from_one_of_another_kind()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal($"no alerts: {folder.PathOf("empty.jsonl")} is empty\n", CliRun.Of("alerts", folder.Write("empty.jsonl", "")).Succeeded().Text);
        string other = folder.Write("other.jsonl", """{"id": "00ff", "rule": "sweep", "state": "open", "severity": "low", "subject": "192.0.2.1"}""");
        Assert.Equal("no alerts\n", CliRun.Of("alerts", other, "--rule", "traceroute").Succeeded().Text);
        CliRun.Of("alerts", CorpusFolder.Message("mixed.pcap")).FailedWith(1, "line 1 is not JSON", "analyze --out");
    }

    [Fact]
    public void An_interface_in_place_of_a_capture_is_told_how_it_is_named() =>
        CliRun.Of("decode", "lo").FailedWith(2, "afpacket:lo");

    [Fact]
    public void Version_says_what_a_bug_report_needs()
    {
        CliRun run = CliRun.Of("--version").Succeeded();
        Assert.Matches(@"^icmpstream \d+\.\d+\.\d+", run.Lines[0]);
        Assert.Matches(@"^commit     \S+", run.Lines[1]);
        Assert.Matches(@"^runtime    \.NET 10\.", run.Lines[2]);
        Assert.Matches(@"^librdkafka \d+\.\d+\.\d+", run.Lines[3]);
    }
}
