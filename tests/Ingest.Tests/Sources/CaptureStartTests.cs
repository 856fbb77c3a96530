using System.Text;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

public sealed class CaptureStartTests
{
    [Fact]
    public void A_missing_file_is_named()
    {
        Assert.Contains("no such file", Refusal("/nonexistent/capture.pcap"), StringComparison.Ordinal);
        Assert.Contains("no such file", Refusal(Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.pcap")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_is_no_capture() => Assert.Contains("is a directory", Refusal(Path.GetTempPath()), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_may_not_be_read_is_refused()
    {
        using var file = new TemporaryFile(new PcapBytes().ToArray());
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file.Path, UnixFileMode.None);
        // Root reads any file; a write-only attribute of sysfs it may not read either.
        string path = Environment.IsPrivilegedProcess ? "/sys/bus/cpu/drivers_probe" : file.Path;
        if (!File.Exists(path))
            Captures.Skip($"running as root, and there is no {path} to be refused");
        Assert.Contains("no permission", Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_file_is_no_capture() => Assert.Contains("is empty", RefusalOf(), StringComparison.Ordinal);

    [Theory]
    [InlineData("1f8b0800", "compressed with gzip; decompress it first: gzip -dc")]
    [InlineData("28b52ffd", "compressed with zstd")]
    [InlineData("fd377a585a00", "compressed with xz")]
    [InlineData("425a6839", "compressed with bzip2")]
    [InlineData("04224d18", "compressed with lz4")]
    [InlineData("504b0304", "compressed with zip")]
    [InlineData("7f454c46020101", "starts with bytes 7f454c46")]
    [InlineData("00", "starts with bytes 00")]
    [InlineData("d4c3b2a1", "cut short inside the pcap file header (4 of 24 bytes)")]
    [InlineData("d4c3b2a102000400000000000000000000000000010000", "cut short inside the pcap file header (23 of 24 bytes)")]
    [InlineData("0a0d0d0a1c0000004d3c2b1a010000", "cut short inside the pcapng section header")]
    [InlineData("0a0d0d0a1c0000000000000001000000", "no byte-order magic")]
    [InlineData("0a0d0d0a1c0000004d3c2b1a02000000", "pcapng version 2.0 is not supported")]
    [InlineData("0a0d0d0a0000001c1a2b3c4d00010001", "pcapng version 1.1 is not supported")]
    [InlineData("d4c3b2a10300040000000000000000000000000001000000", "pcap version 3.4 is not supported")]
    [InlineData("a1b2c3d40001000400000000000000000000000000000001", "pcap version 1.4 is not supported")]
    [InlineData("d4c3b2a1020004000000000000000000ffff000001000100", "reserved bits set in its link type (0x00010001)")]
    public void What_is_no_capture_is_refused_with_its_reason(string hex, string reason) =>
        Assert.Contains(reason, RefusalOf(Convert.FromHexString(hex)), StringComparison.Ordinal);

    [Fact]
    public void A_capture_cut_inside_its_first_header_is_refused_at_any_byte()
    {
        byte[] classic = new PcapBytes().ToArray();
        byte[] section = new PcapngBytes().Section().ToArray();
        for (int cut = 0; cut < 24; cut++)
            RefusalOf(classic[..cut]);
        for (int cut = 0; cut < 16; cut++)
            RefusalOf(section[..cut]);
    }

    [Fact]
    public void Text_is_no_capture() =>
        Assert.Contains("is text", RefusalOf(Encoding.UTF8.GetBytes("frame\tepoch_ns\ticmp_src: größer\n")), StringComparison.Ordinal);

    [Fact]
    public void A_header_alone_is_a_capture_without_frames()
    {
        foreach (byte[] capture in new[] { new PcapBytes().ToArray(), new PcapngBytes().Section().ToArray(), new PcapngBytes().Section(bigEndian: true).Interface().ToArray() })
        {
            ReadCapture read = Captures.Read(capture);
            Assert.Empty(read.Frames);
            Assert.Null(read.Statistics.Damage);
        }
    }

    [Fact]
    public void The_parts_of_a_source_say_when_it_is_not_started_or_started_twice()
    {
        using var file = new TemporaryFile(new PcapBytes().ToArray());
        using var source = new CaptureSource(file.Path);
        Assert.Throws<InvalidOperationException>(() => source.Reader);
        Assert.Null(source.LengthBytes);
        source.Start();
        Assert.Equal(24, source.LengthBytes);
        Assert.Equal(24, source.PositionBytes);
        Assert.Throws<InvalidOperationException>(source.Start);
        source.Dispose();
        Assert.Throws<ObjectDisposedException>(source.Start);
    }

    [Theory]
    [InlineData(SourceOptions.MinWindowBytes - 1)]
    [InlineData(SourceOptions.MaxWindowBytes + 1)]
    public void A_window_outside_its_limits_is_refused(int bytes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new CaptureSource("x", new SourceOptions { WindowBytes = bytes }));

    private static string RefusalOf(params byte[] bytes)
    {
        using var file = new TemporaryFile(bytes);
        return Refusal(file.Path);
    }

    private static string Refusal(string path)
    {
        string? first = null;
        foreach (SourceOptions way in Captures.Ways)
        {
            using var source = new CaptureSource(path, way);
            string message = Assert.Throws<SourceException>(source.Start).Message;
            first ??= message;
            Assert.Equal(first, message);
            Assert.StartsWith(path, message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', message);
        }
        return first!;
    }
}
