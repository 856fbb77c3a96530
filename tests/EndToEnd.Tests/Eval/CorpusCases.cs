using System.Globalization;
using System.Text;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Eval;

/// <summary>
/// The labelled corpus, <c>tests/corpus/detection</c>: a folder for each case with <c>capture.pcap</c>, <c>expected.tsv</c> and a README that
/// says where the capture is from. Real captures are read from there; what a case here generates is held against its capture there, so
/// that neither changes unseen. Captures of the other corpora are ordinary traffic, but for those in <c>captures.tsv</c>.
/// </summary>
internal static class CorpusCases
{
    /// <summary>Set to write the folders of generated cases anew.</summary>
    private const string WriteVariable = "ICMPSTREAM_EVAL_WRITE";

    /// <summary>Generated captures beyond this are not kept: the command makes them again.</summary>
    private const long MaxKeptBytes = 64 * 1024;

    private const string Header = "rule\tsubject\tseverity\twithin_ms";

    private static readonly string[] Extensions = [".pcap", ".pcapng", ".cap"];

    private static string Root { get; } = Path.Combine(CorpusFolder.Root, "tests", "corpus");

    private static string Folder { get; } = Path.Combine(Root, "detection");

    public static IEnumerable<EvalCase> All(IEnumerable<EvalCase> generated)
    {
        HashSet<string> made = [.. generated.Select(@case => Slug(@case.Name))];
        foreach (string folder in Directory.GetDirectories(Folder).Order(StringComparer.Ordinal))
        {
            if (!made.Contains(Path.GetFileName(folder)))
                yield return new EvalCase("capture " + Path.GetFileName(folder), null, Read(Path.Combine(folder, "expected.tsv")), CaptureIn(folder));
        }

        ILookup<string, Expected> labels = CorpusFolder.Rows(Path.Combine(Folder, "captures.tsv")).ToLookup(row => row["capture"], ExpectedOf);
        foreach (string path in Directory.GetFiles(Path.Combine(Root, "captures"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(Root, path).Replace('\\', '/');
            if (Extensions.Contains(Path.GetExtension(path)))
                yield return new EvalCase(name, null, [.. labels[name]], path);
        }
    }

    /// <summary>Holds a generated capture against the one that is kept, or writes that.</summary>
    public static void Compare(EvalCase @case, string path)
    {
        string folder = Path.Combine(Folder, Slug(@case.Name));
        if (@case.Make is null)
            return;
        if (Environment.GetEnvironmentVariable(WriteVariable) is { Length: > 0 } && new FileInfo(path).Length <= MaxKeptBytes)
        {
            Directory.CreateDirectory(folder);
            File.Copy(path, Path.Combine(folder, "capture.pcap"), overwrite: true);
            File.WriteAllText(Path.Combine(folder, "expected.tsv"), Text(@case.Expected));
            File.WriteAllText(Path.Combine(folder, "README.md"), $"""
                # {@case.Name}

                Generated: `make eval WRITE=1` makes it again from the case of this name in `tests/EndToEnd.Tests/Eval`, and `make eval` holds it against what it makes.

                """);
        }

        if (!Directory.Exists(folder))
            return;
        Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folder, "capture.pcap"))), $"{@case.Name} makes another capture than {folder} holds");
        Assert.Equal(Text(@case.Expected), File.ReadAllText(Path.Combine(folder, "expected.tsv")));
    }

    private static Expected[] Read(string path) => [.. CorpusFolder.Rows(path).Select(ExpectedOf)];

    private static Expected ExpectedOf(Dictionary<string, string> row) => new(
        row["rule"], row["subject"], Enum.Parse<Severity>(row["severity"], ignoreCase: true),
        row["within_ms"].Length == 0 ? double.MaxValue : double.Parse(row["within_ms"], CultureInfo.InvariantCulture));

    private static string Text(Expected[] expected)
    {
        var text = new StringBuilder(Header).Append('\n');
        foreach (Expected e in expected)
        {
            string within = e.WithinMs == double.MaxValue ? "" : e.WithinMs.ToString(CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"{e.Rule}\t{e.Subject}\t{e.AtLeast.ToString().ToLowerInvariant()}\t{within}\n");
        }

        return text.ToString();
    }

    private static string CaptureIn(string folder) => Directory.GetFiles(folder, "capture.*").Single();

    private static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (char letter in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter))
                slug.Append(letter);
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        }

        return slug.ToString().TrimEnd('-');
    }
}
