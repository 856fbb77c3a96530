using System.Text.Json;
using IcmpStream.Fuzz;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>The page for operators names every outcome, on the right side.</summary>
public sealed class OutcomePageTests
{
    [Fact]
    public void Each_outcome_has_its_row_among_events_or_counts()
    {
        string page = File.ReadAllText(Path.Combine(FuzzTargets.FindCorpus(), "..", "..", "docs", "outcomes.md"));
        int counts = page.IndexOf("\n## Counts", StringComparison.Ordinal);
        Assert.Equal(Names(outcome => outcome < DecodeOutcome.NotIcmp), Rows(page[..counts]));
        Assert.Equal(Names(outcome => outcome >= DecodeOutcome.NotIcmp), Rows(page[counts..]));
    }

    private static IEnumerable<string> Names(Func<DecodeOutcome, bool> which) =>
        Enum.GetValues<DecodeOutcome>().Where(which).Select(outcome => JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString()));

    private static IEnumerable<string> Rows(string text) =>
        text.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`')[1]);
}
