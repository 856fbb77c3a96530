using System.Text.Json;
using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Infra;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Topics;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>Everything that the documentation tells a reader to type.</summary>
public partial class DocumentTests
{
    public static TheoryData<string> PagesThatRun =>
        [.. DocumentBlock.All.Where(block => block is { Language: "sh", Tag: "run" }).Select(block => block.Page).Distinct()];

    [Fact]
    public void Every_block_of_shell_says_what_becomes_of_it()
    {
        DocumentBlock[] shell = [.. DocumentBlock.All.Where(block => block.Language is "sh" or "bash" or "shell" or "console")];
        Assert.NotEmpty(shell);
        Assert.All(shell, block => Assert.True(block is { Language: "sh", Tag: "run" or "host" }, $"{block.Place}: ```sh needs run or host behind it"));
    }

    [Fact]
    public void Every_documented_command_is_what_the_parser_takes()
    {
        int calls = 0;
        foreach (DocumentBlock block in DocumentBlock.All.Where(block => block.Language == "sh"))
        {
            foreach (string[] args in CommandLines.In(block.Text))
            {
                // The reader's config file is not here.
                int config = Array.IndexOf(args, "--config");
                CommandLines.Check(block.Place, config < 0 ? args : [.. args.Take(config), .. args.Skip(config + 2)]);
                calls++;
            }
        }

        Assert.True(calls > 30, $"{calls} calls were found");
    }

    [Fact]
    public void Every_documented_config_file_is_valid()
    {
        using var folder = new TemporaryFolder();
        DocumentBlock[] configs = [.. DocumentBlock.All.Where(block => block is { Language: "json", Tag: "config" })];
        Assert.NotEmpty(configs);
        foreach (DocumentBlock block in configs)
        {
            string file = folder.Write("config.json", block.Text);
            foreach (string command in (string[])["ingest", "process", "doctor"])
                CommandLines.Check(block.Place, [command, "--config", file]);
        }
    }

    [Fact]
    public void The_documented_config_file_is_what_ingest_and_process_go_by()
    {
        DocumentBlock block = Assert.Single(DocumentBlock.All, block => block is { Page: "docs/operators/README.md", Tag: "config" });
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using KafkaLog log = kafka.Connect();
        log.Topics.Apply(new TopicCatalog(new TopicCatalogOptions { PairPartitions = 2, HostPartitions = 2 }).All, ProcessRun.Patience);
        using var folder = new TemporaryFolder();
        // The reader's brokers and his way in are not here: flags go before the file. All else is the file's.
        string[] own = ["--config", folder.Write("icmpstream.json", block.Text), "--brokers", kafka.Brokers, "--kafka", "security.protocol=plaintext", "--json"];
        CliRun ingest = CliRun.Of(["ingest", "--source", CorpusFolder.Message("mixed.pcap"), .. own, "--http", "0"]).Succeeded();
        using JsonDocument books = JsonDocument.Parse(Assert.Single(ingest.Lines));
        long records = books.RootElement.GetProperty("records").GetInt64() - books.RootElement.GetProperty("ticks").GetInt64();
        Assert.InRange(records, 1, books.RootElement.GetProperty("events").GetInt64() - 1);
        Assert.Contains("\"tap-7\"", CliRun.Of("tail", "icmp.event.v1", "--brokers", kafka.Brokers, "--from", "beginning", "-n", "1").Succeeded().Text, StringComparison.Ordinal);
        CliRun process = CliRun.Of(["process", .. own, "--http", "0", "--until-end"]).Succeeded();
        Assert.Contains("http://127.0.0.1:", process.Error, StringComparison.Ordinal);
        Assert.Equal(89, JsonDocument.Parse(Assert.Single(process.Lines)).RootElement.GetProperty("processed").GetInt64());
    }

    [Fact]
    public void The_documented_rules_are_what_analyze_goes_by()
    {
        DocumentBlock block = Assert.Single(DocumentBlock.All, block => block is { Page: "docs/detection/README.md", Language: "json" });
        using var folder = new TemporaryFolder();
        string capture = folder.PathOf("sweeps.pcap"), rules = folder.Write("rules.json", block.Text);
        // Of the source that the page exempts, and of another one; 30 addresses each.
        CliRun.Of(
            "generate", "-o", capture, "--duration", "5", "--quiet", "--traffic", "sweep:start=0,rate=10,targets=30,from=10.0.0.9,to=192.0.2.1",
            "--traffic", "sweep:start=0,rate=10,targets=30,from=10.0.0.8,to=198.51.100.1").Succeeded();
        Assert.Equal(2, Sweeps());
        Assert.Equal(1, Sweeps("--rules", rules));

        int Sweeps(params string[] options) => JsonDocument.Parse(Assert.Single(CliRun.Of(["analyze", capture, "--json", .. options]).Succeeded().Lines)).RootElement
            .GetProperty("alerts").TryGetProperty("sweep", out JsonElement count) ? count.GetInt32() : 0;
    }

    [Fact]
    public void Every_other_piece_of_JSON_is_JSON() =>
        Assert.All(DocumentBlock.All.Where(block => block.Language == "json"), block => JsonDocument.Parse(block.Text).Dispose());

    [Theory]
    [MemberData(nameof(PagesThatRun))]
    public async Task What_a_page_tells_to_run_runs(string page)
    {
        DocumentBlock[] blocks = [.. DocumentBlock.All.Where(block => block.Page == page)];
        if (blocks.Any(block => block.Text.Contains("kcat ", StringComparison.Ordinal)))
            Tools.Need("kcat");
        await using DocumentStage stage = await DocumentStage.OpenAsync(blocks);
        DocumentBlock[] commands = [.. blocks.Where(block => block is { Language: "sh", Tag: "run" })];
        // Topics are there, unless the page begins with making them.
        if (commands.FirstOrDefault(block => block.Text.Contains("--brokers", StringComparison.Ordinal)) is { } first && !first.Text.Contains("topics apply", StringComparison.Ordinal))
            CliRun.Of("topics", "apply", "--brokers", stage.Brokers).Succeeded();
        foreach (DocumentBlock block in commands)
            await stage.RunAsync(block);
        await stage.EndBackgroundAsync();
    }

    [Fact]
    public void Every_link_leads_somewhere()
    {
        string[] broken = [.. DocumentBlock.Pages.SelectMany(page => Link().Matches(Repository.Read(page))
            .Select(match => match.Groups[1].Value)
            .Where(target => !target.StartsWith("http", StringComparison.Ordinal) && !target.StartsWith('#') && !target.StartsWith("mailto:", StringComparison.Ordinal))
            .Where(target => !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, target.Split('#')[0])))
            .Select(target => $"{page}: {target}"))];
        Assert.Empty(broken);
    }

    [GeneratedRegex(@"(?<!`)\[[^\]\n]+\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
