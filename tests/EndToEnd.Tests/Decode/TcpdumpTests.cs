using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Tests.Decode;
using IcmpStream.Ingest.Tests.Tshark;

namespace IcmpStream.EndToEnd.Tests.Decode;

/// <summary><c>decode --format text</c> against tcpdump's own lines: captures of others, and thousands of messages that nobody captured.</summary>
public sealed class TcpdumpTests(ITestOutputHelper output)
{
    private const int MaxShown = 20;

    [Fact]
    public void Captures_of_others_read_as_in_tcpdump()
    {
        string folder = Path.Combine(CorpusFolder.Root, "tests", "corpus", "captures");
        int compared = 0, differing = 0;
        foreach (string capture in Directory.EnumerateFiles(folder, "*.*cap*", SearchOption.AllDirectories).Where(IsCapture).Order(StringComparer.Ordinal))
            (compared, differing) = Compare(capture, compared, differing);
        output.WriteLine($"{compared} lines compared, {differing} differ");
        Assert.True(compared > 500, $"only {compared} lines");
        Assert.Equal(0, differing);
    }

    [Fact]
    public void Generated_messages_read_as_in_tcpdump()
    {
        var packets = new WirePackets(new Random(21));
        string capture = Path.Combine(Path.GetTempPath(), $"icmpstream-{Guid.NewGuid():n}.pcap");
        try
        {
            using (var writer = new PcapWriter(File.Create(capture), resolution: PcapResolution.Microseconds))
            {
                for (int i = 0; i < 4000; i++)
                {
                    byte[] frame = Frames.Ethernet(packets.Make(tunnels: 0));
                    writer.Write(1_700_000_000_000_000_000 + (i * 1000L), frame);
                }
            }

            (int compared, int differing) = Compare(capture, 0, 0);
            output.WriteLine($"{compared} lines compared, {differing} differ");
            Assert.True(compared > 3000, $"only {compared} lines");
            Assert.Equal(0, differing);
        }
        finally
        {
            File.Delete(capture);
        }
    }

    private static bool IsCapture(string path) => Path.GetExtension(path) is ".pcap" or ".pcapng" or ".cap";

    // By frame: our text has no frame numbers, but its lines are the rows of tsv.
    private (int Compared, int Differing) Compare(string capture, int compared, int differing)
    {
        if (Tcpdump.Lines(capture) is not { } theirs)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "tcpdump is missing");
            Assert.Skip("tcpdump is not installed");
            return default;
        }

        string[] lines = CliRun.Of("decode", capture, "--format", "text").Lines;
        string[] rows = CliRun.Of("decode", capture, "--format", "tsv").Lines[1..];
        Assert.Equal(rows.Length, lines.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            long frame = long.Parse(rows[i].Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
            if (!theirs.TryGetValue(frame, out string? line))
                continue;
            compared++;
            if (line != Tcpdump.Comparable(lines[i]) && differing++ < MaxShown)
                output.WriteLine($"{Path.GetFileName(capture)} {frame}\n  tcpdump {line}\n  ours    {lines[i]}");
        }

        return (compared, differing);
    }
}
