using IcmpStream.Cli.Analyze;
using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Analyze;

/// <summary>Frames that are out of order by less than the allowed lateness give the same output as the sorted capture.</summary>
public sealed class ShuffledCaptureTests : IDisposable
{
    /// <summary>Just below the 500 ms that are allowed.</summary>
    private const long ByNs = 499_000_000;

    /// <summary>Larger ones take their time and show nothing that smaller ones do not.</summary>
    private const long MaxCaptureBytes = 300_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_capture_of_the_corpus_gives_the_same_output_shuffled_as_sorted()
    {
        int captures = 0, moved = 0, lines = 0;
        foreach (string path in Captures())
        {
            if (FrameList.Read(path) is not { } frames)
                continue;
            FrameList sorted = frames.Sorted(), shuffled = sorted.Shuffled(seed: captures, ByNs);
            CaptureAnalysis expected = await sorted.AnalyzeAsync(_folder);
            string[] expectedLines = FrameList.Lines(expected, _folder);
            CaptureAnalysis found = await shuffled.AnalyzeAsync(_folder);
            Assert.Equal(0, found.LateEvents);
            Assert.Equal((path, string.Join('\n', expectedLines)), (path, string.Join('\n', FrameList.Lines(found, _folder))));
            captures++;
            lines += expectedLines.Length;
            moved += sorted.Frames.Zip(shuffled.Frames).Count(pair => pair.First.TimeNs != pair.Second.TimeNs);
        }

        Assert.InRange(captures, 60, int.MaxValue);
        Assert.InRange(moved, 5_000, int.MaxValue);
        Assert.InRange(lines, 5_000, int.MaxValue);
    }

    private static IEnumerable<string> Captures() => Directory.EnumerateFiles(Path.Combine(CorpusFolder.Root, "tests", "corpus"), "*", SearchOption.AllDirectories)
        .Where(path => Path.GetExtension(path) is ".pcap" or ".pcapng" or ".cap" && !path.Contains("/fuzz/", StringComparison.Ordinal) && !path.Contains("/containers/", StringComparison.Ordinal))
        .Where(path => new FileInfo(path).Length <= MaxCaptureBytes)
        .Order(StringComparer.Ordinal);
}
