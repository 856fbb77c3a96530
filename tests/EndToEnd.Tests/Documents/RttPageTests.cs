using System.Globalization;
using System.Text.Json;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>What the page on round-trip times says of its sketches, against the exchanges that they were made of.</summary>
public class RttPageTests
{
    [Fact]
    public async Task The_program_that_merges_sketches_comes_as_close_to_the_exact_percentiles_as_the_page_says()
    {
        Tools.NeedThat(File.Exists("/usr/bin/python3"), "python3 is not installed");
        using var folder = new TemporaryFolder();
        string capture = folder.PathOf("made.pcap");
        CliRun.Of("generate", "-o", capture, "--duration", "45", "--traffic", "ordinary:rate=60").Succeeded();
        CliRun.Of("analyze", capture, "--out", folder.FullName).Succeeded();
        folder.Write("merge.py", Assert.Single(DocumentBlock.All, block => block.Tag == "merge.py").Text);
        using ProcessRun run = ProcessRun.Bash($"cd {folder.FullName} && /usr/bin/python3 merge.py < rtt.jsonl");
        (int code, string output, string[] errors) = await run.EndAsync();
        Assert.True(code == 0, string.Join('\n', errors));

        // The exchanges of pairs and windows that have a record.
        var recorded = Lines(folder.PathOf("rtt.jsonl")).Select(record => (Pair(record), record.GetProperty("window_start_ns").GetInt64())).ToHashSet();
        var exact = Lines(folder.PathOf("echo.jsonl"))
            .Where(exchange => exchange.TryGetProperty("rtt_ns", out _) && recorded.Contains((Pair(exchange), WindowOf(exchange.GetProperty("reply_ns").GetInt64()))))
            .GroupBy(exchange => exchange.GetProperty("responder").GetString()!, exchange => exchange.GetProperty("rtt_ns").GetInt64())
            .ToDictionary(group => group.Key, group => group.Order().ToArray(), StringComparer.Ordinal);
        string[][] rows = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))];
        Assert.Equal(exact.Keys.Order(StringComparer.Ordinal), rows.Select(row => row[0]).Order(StringComparer.Ordinal));
        Assert.True(rows.Length > 10);
        foreach (string[] row in rows)
        {
            Assert.Equal(exact[row[0]].Length, int.Parse(row[1], CultureInfo.InvariantCulture));
            AssertClose(exact[row[0]], 50, row[2]);
            AssertClose(exact[row[0]], 99, row[3]);
        }
    }

    private static (string?, string?) Pair(JsonElement record) => (record.GetProperty("requester").GetString(), record.GetProperty("responder").GetString());

    private static long WindowOf(long timeNs) => timeNs - (timeNs % 10_000_000_000);

    // The program prints whole microseconds.
    private static void AssertClose(long[] sorted, int percent, string printedMs)
    {
        long exactNs = sorted[(((sorted.Length * percent) + 99) / 100) - 1];
        decimal estimateNs = decimal.Parse(printedMs, CultureInfo.InvariantCulture) * 1_000_000;
        Assert.InRange(Math.Abs(estimateNs - exactNs), 0, 500 + (exactNs / (decimal)RttBuckets.ErrorParts));
    }

    private static JsonElement[] Lines(string path) => [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];
}
