using IcmpStream.EndToEnd.Tests.Corpus;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Decode;

/// <summary>Whatever is wrong with a capture: one clear line, the right exit code, and all rows before the damage.</summary>
public class BadCaptureTests
{
    private static readonly string Pings = CorpusFolder.Message("5-pings.pcap");

    [Fact]
    public void A_capture_cut_in_the_middle_gives_every_row_before_the_cut()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(Pings);
        string[] rows = File.ReadAllLines(Pings + ".tsv");
        for (int length = 24; length < whole.Length; length += 7)
        {
            // Every record of this capture is one ping of 98 bytes behind 16 of header.
            int frames = (length - 24) / (16 + 98);
            bool isCut = (length - 24) % (16 + 98) != 0;
            string cut = folder.Write("cut.pcap", whole.AsSpan(0, length));
            CliRun run = CliRun.Of("decode", cut, "--format", "tsv");
            Assert.Equal(rows[..(frames + 1)], run.Lines);
            if (isCut)
                run.FailedWith(1, cut, "cut short");
            else
                run.Succeeded();
        }
    }

    [Fact]
    public void An_empty_file_is_named() => FailsWith([], "empty");

    [Fact]
    public void A_text_file_is_named() => FailsWith("This is no capture, but a letter to nobody.\n"u8, "is text");

    [Fact]
    public void A_missing_file_is_named() => CliRun.Of("decode", "/nowhere/x.pcap").FailedWith(1, "/nowhere/x.pcap", "no such file");

    [Fact]
    public void A_folder_is_named() => CliRun.Of("decode", CorpusFolder.Messages).FailedWith(1, CorpusFolder.Messages, "directory");

    [Fact]
    public void A_capture_is_not_overwritten_by_its_own_rows()
    {
        using var folder = new TemporaryFolder();
        string capture = folder.Write("pings.pcap", File.ReadAllBytes(Pings));
        CliRun.Of("decode", capture, "-o", Path.Combine(folder.FullName, ".", "pings.pcap")).FailedWith(2, "--output");
        Assert.Equal(File.ReadAllBytes(Pings), File.ReadAllBytes(capture));
    }

    [Fact]
    public void An_unknown_source_is_wrong_usage() => CliRun.Of("decode", "ring:eth0").FailedWith(2, "ring", "afpacket:IFACE");

    [Fact]
    public void An_unknown_format_is_wrong_usage_that_lists_the_known_ones() =>
        CliRun.Of("decode", Pings, "--format", "xml").FailedWith(2, "--format", "'xml'", "text, tsv, jsonl, tracee or avro");

    [Fact]
    public void A_count_of_nothing_is_wrong_usage() => CliRun.Of("decode", Pings, "--count", "0").FailedWith(2, "--count", "at least 1");

    [Fact]
    public void No_capture_at_all_is_wrong_usage() => CliRun.Of("decode").FailedWith(2, "needs CAPTURE|SRC");

    [Fact]
    public void A_mistyped_option_is_not_taken_for_a_capture() => CliRun.Of("decode", "--fromat", "tsv", Pings).FailedWith(2, "'--fromat'", "'--format'");

    [Fact]
    public void The_captures_behind_a_bad_one_are_read_all_the_same()
    {
        CliRun run = CliRun.Of("decode", "/nowhere/x.pcap", Pings, "--format", "tsv");
        run.FailedWith(1, "/nowhere/x.pcap");
        Assert.Equal(File.ReadAllText(Pings + ".tsv"), run.Text);
    }

    [Fact]
    public void An_output_that_cannot_be_written_is_named() =>
        CliRun.Of("decode", Pings, "-o", "/nowhere/out.tsv").FailedWith(1, "/nowhere/out.tsv");

    [Fact]
    public void A_device_without_an_end_is_no_capture_and_is_not_read_to_its_end()
    {
        if (!File.Exists("/dev/zero"))
            Assert.Skip("there is no /dev/zero");
        CliRun.Of("analyze", "/dev/zero").FailedWith(1, "/dev/zero: is not a pcap or pcapng capture");
    }

    [Fact]
    public void A_full_output_is_named_once()
    {
        if (!File.Exists("/dev/full"))
            Assert.Skip("there is no /dev/full");
        CliRun run = CliRun.Of("decode", Pings, "-o", "/dev/full").FailedWith(1, "cannot write /dev/full: No space left on device");
        Assert.Equal(run.Error.IndexOf("/dev/full", StringComparison.Ordinal), run.Error.LastIndexOf("/dev/full", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_config_file_is_named_once()
    {
        CliRun run = CliRun.Of("decode", Pings, "--config", "/nowhere/c.json").FailedWith(1, "/nowhere/c.json: no such file or directory");
        Assert.Equal(1, run.Error.Split("/nowhere/c.json").Length - 1);
        CliRun.Of("decode", Pings, "--config", "/").FailedWith(1, "is a directory");
    }

    [Fact]
    public void Results_that_cannot_be_written_are_named_once()
    {
        CliRun run = CliRun.Of("analyze", Pings, "--out", "/proc/x", "--json").FailedWith(1, "/proc/x");
        Assert.Equal(1, run.Error.Split("/proc/x").Length - 1);
    }

    private static void FailsWith(ReadOnlySpan<byte> content, string word)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("bad.pcap", content);
        CliRun run = CliRun.Of("decode", file, "--format", "text").FailedWith(1, file, word);
        Assert.Empty(run.Output);
    }
}
