using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Analyze;

public class AnalyzeTests
{
    private static readonly string[] Files = ["alerts.jsonl", "echo.jsonl", "rates.jsonl", "rtt.jsonl"];

    public static TheoryData<string> Captures =>
        [.. CorpusFolder.Rows(CorpusFolder.Message("PROVENANCE.tsv")).Select(row => row["path"])];

    [Theory]
    [MemberData(nameof(Captures))]
    public void The_same_capture_gives_the_same_bytes_wherever_it_is(string name)
    {
        using var folder = new TemporaryFolder();
        string copy = folder.PathOf("elsewhere.pcap");
        File.Copy(CorpusFolder.Message(name), copy);
        CliRun.Of("analyze", CorpusFolder.Message(name), "--out", folder.PathOf("a")).Succeeded();
        CliRun.Of("analyze", copy, "--out", folder.PathOf("b")).Succeeded();
        foreach (string file in Files)
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder.PathOf("a"), file)), File.ReadAllBytes(Path.Combine(folder.PathOf("b"), file)));
        Assert.NotEqual(0, new FileInfo(Path.Combine(folder.PathOf("a"), "rates.jsonl")).Length);
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Pairs_and_round_trip_times_are_those_of_tshark(string name)
    {
        var theirs = CorpusFolder.Rows(CorpusFolder.Message("ECHO.tsv")).Where(row => row["path"] == name)
            .Select(row => (Long(row["request_ns"]), Long(row["reply_ns"]), row["requester"], row["responder"], Long(row["ident"]), Long(row["seq"])));
        var ours = Echo(name).Where(e => e.GetProperty("outcome").GetString() == "matched").ToList();
        Assert.All(ours, e => Assert.Equal(Number(e, "reply_ns") - Number(e, "request_ns"), Number(e, "rtt_ns")));
        var pairs = ours.Select(e => (
            Number(e, "request_ns"), Number(e, "reply_ns"), e.GetProperty("requester").GetString()!, e.GetProperty("responder").GetString()!, Number(e, "ident"), Number(e, "seq")));
        Assert.Superset(theirs.ToHashSet(), pairs.ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Books_balance(string name)
    {
        JsonElement summary = Summary(CorpusFolder.Message(name));
        long[] outcomes = [.. summary.GetProperty("outcomes").EnumerateObject().Select(o => o.Value.GetInt64())];
        Assert.Equal(Number(summary, "frames"), outcomes.Sum());
        int messages = CliRun.Of("decode", CorpusFolder.Message(name), "--format", "tsv").Succeeded().Lines.Length - 1;
        Assert.Equal(messages, Number(summary, "icmp"));
        long exchanges = summary.GetProperty("exchanges").EnumerateObject().Sum(o => o.Value.GetInt64());
        Assert.Equal(exchanges, Echo(name).Count);
    }

    [Fact]
    public void The_summary_fits_80_columns_and_says_what_there_was()
    {
        CliRun run = CliRun.Of("analyze", CorpusFolder.Message("mixed.pcap")).Succeeded();
        Assert.All(run.Text.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Contains("205 frames, 89 of ICMP", run.Text.ReplaceLineEndings(" "));
        Assert.Contains("no alerts", run.Text);
        Assert.DoesNotContain('\u001b', run.Text);
        Assert.Empty(run.Error);
    }

    [Fact]
    public void It_says_what_it_has_written_and_no_rate_where_starting_took_the_time()
    {
        using var folder = new TemporaryFolder();
        CliRun run = CliRun.Of("analyze", CorpusFolder.Message("mixed.pcap"), "--out", folder.PathOf("results")).Succeeded();
        string[] written = run.Lines[^1].Split(" are in ");
        Assert.Equal(folder.PathOf("results"), written[1]);
        Assert.Equal(Directory.GetFiles(written[1]).Select(Path.GetFileName).Order(), written[0].Split(", ").Order());
        Assert.DoesNotContain("frames/s", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_of_the_files_are_those_of_the_contract()
    {
        string[] fields = ["outcome", "family", "type", "requester", "responder", "ident", "seq", "request_ns", "reply_ns", "rtt_ns", "request_bytes", "reply_bytes"];
        JsonElement matched = Echo("5-pings.pcap").First(e => e.GetProperty("outcome").GetString() == "matched");
        Assert.Equal(fields, matched.EnumerateObject().Select(p => p.Name).Take(fields.Length));
        Assert.Equal(64, Number(matched, "request_bytes"));
        Assert.Equal(64, Number(matched, "reply_bytes"));
    }

    [Fact]
    public void Exchanges_are_in_order_of_time()
    {
        long[] times = [.. Echo("mixed.pcap").Select(e => e.TryGetProperty("request_ns", out JsonElement request) ? request.GetInt64() : Number(e, "reply_ns"))];
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public void A_damaged_capture_gives_the_results_before_the_damage_and_one_line()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(CorpusFolder.Message("5-pings.pcap"));
        string cut = folder.Write("cut.pcap", whole.AsSpan(0, whole.Length - 30));
        CliRun run = CliRun.Of("analyze", cut, "--json", "--out", folder.PathOf("out")).FailedWith(1, cut, "cut short");
        Assert.Equal(9, Number(JsonDocument.Parse(run.Lines[0]).RootElement, "frames"));
        Assert.NotEmpty(File.ReadAllLines(Path.Combine(folder.PathOf("out"), "echo.jsonl")));
    }

    [Fact]
    public void A_missing_capture_is_named() => CliRun.Of("analyze", "/nowhere/x.pcap").FailedWith(1, "/nowhere/x.pcap", "no such file");

    [Fact]
    public void A_text_file_is_named()
    {
        using var folder = new TemporaryFolder();
        CliRun.Of("analyze", folder.Write("letter.txt", "Dear nobody,\n")).FailedWith(1, "letter.txt", "is text");
    }

    [Fact]
    public void An_interface_that_is_not_there_is_named() => CliRun.Of("analyze", "afpacket:nosuch0").FailedWith(1, "nosuch0: no such interface");

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("file", "in the way");
        CliRun run = CliRun.Of("analyze", CorpusFolder.Message("5-pings.pcap"), "--out", file).FailedWith(1, file, "there is a file of that name");
        Assert.Empty(run.Output);
    }

    [Fact]
    public void A_filter_is_refused_where_it_would_be_ignored()
    {
        CliRun.Of("analyze", CorpusFolder.Message("5-pings.pcap"), "--filter", "host 192.0.2.1").FailedWith(2, "--filter is for interfaces");
        CliRun.Of("decode", CorpusFolder.Message("5-pings.pcap"), "--filter", "host 192.0.2.1").FailedWith(2, "--filter is for interfaces");
        CliRun.Of("ingest", "--source", CorpusFolder.Message("5-pings.pcap"), "--brokers", "127.0.0.1:1", "--filter", "icmp").FailedWith(2, "--filter is for interfaces");
    }

    [Fact]
    public void Alerts_of_one_day_fit_into_80_columns_with_both_addresses_of_a_pair_in_a_row()
    {
        using var folder = new TemporaryFolder();
        string capture = folder.PathOf("tunnel.pcap");
        CliRun.Of("generate", "-o", capture, "--duration", "20", "--traffic", "tunnel:from=192.0.2.23,to=203.0.113.99").Succeeded();
        CliRun run = CliRun.Of("analyze", capture).Succeeded();
        Assert.Contains("1 alert, opened on 2026-01-01 (UTC)", run.Lines);
        Assert.Matches(@" tunnel\.signature +192\.0\.2\.23 > 203\.0\.113\.99 +00:00:\d\d ", run.Text);
        Assert.All(run.Lines, line => Assert.True(line.Length <= 80, line));
    }

    private static List<JsonElement> Echo(string name)
    {
        using var folder = new TemporaryFolder();
        CliRun.Of("analyze", CorpusFolder.Message(name), "--out", folder.FullName).Succeeded();
        return [.. File.ReadLines(folder.PathOf("echo.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static JsonElement Summary(string capture)
    {
        CliRun run = CliRun.Of("analyze", capture, "--json").Succeeded();
        return JsonDocument.Parse(Assert.Single(run.Lines)).RootElement;
    }

    private static long Number(JsonElement e, string name) => e.GetProperty(name).GetInt64();

    private static long Long(string text) => long.Parse(text);
}
