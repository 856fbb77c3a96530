using System.Globalization;
using System.Security.Cryptography;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>Captures of others, against what tshark says of every frame in them (tests/corpus/captures/containers/README.md).</summary>
public sealed class CorpusTests
{
    private static readonly string Folder = FindFolder();

    public static TheoryData<string> Names =>
        [.. File.ReadLines(Path.Combine(Folder, "PROVENANCE.tsv")).Skip(1).Select(l => l.Split('\t')[0])];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_frame_is_what_tshark_says_it_is(string name)
    {
        string[] expected = [.. File.ReadLines(Path.Combine(Folder, "EXPECTED.tsv")).Where(l => l.StartsWith(name + "\t", StringComparison.Ordinal)).Select(l => l[(name.Length + 1)..])];
        ReadCapture read = Captures.ReadFile(Path.Combine(Folder, name));
        Assert.NotEmpty(expected);
        Assert.Null(read.Statistics.Damage);
        Assert.Equal(
            expected,
            read.Frames.Select(f => string.Create(
                CultureInfo.InvariantCulture,
                $"{f.Info.FrameNumber}\t{f.Info.TimeNs}\t{f.Info.CapturedBytes}\t{f.Info.OriginalBytes}\t{f.Info.Section}\t{f.Info.InterfaceId}")));
    }

    [Fact]
    public void Every_capture_is_the_one_that_its_provenance_names()
    {
        foreach (string[] row in File.ReadLines(Path.Combine(Folder, "PROVENANCE.tsv")).Skip(1).Select(l => l.Split('\t')))
            Assert.Equal(row[5], Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Folder, row[0])))));
    }

    private static string FindFolder()
    {
        for (DirectoryInfo? up = new(AppContext.BaseDirectory); up is not null; up = up.Parent)
        {
            string folder = Path.Combine(up.FullName, "tests", "corpus", "captures", "containers");
            if (Directory.Exists(folder))
                return folder;
        }
        throw new DirectoryNotFoundException("tests/corpus/captures/containers is not above the test binaries");
    }
}
