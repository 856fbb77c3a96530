using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

public sealed class PcapWriterTests
{
    [Theory]
    [InlineData(PcapResolution.Microseconds, 0xa1b2c3d4u, 123_456u)]
    [InlineData(PcapResolution.Nanoseconds, 0xa1b23c4du, 123_456_789u)]
    public void The_bytes_are_those_of_the_format(PcapResolution resolution, uint magic, uint fraction)
    {
        byte[] expected = new PcapBytes(magic, link: 113, snapBytes: 300)
            .Record(1_700_000_000, fraction, Captures.Frame(30)).Record(uint.MaxValue, 0, Captures.Frame(300), original: 400).Record(0, 0, [], original: 9).ToArray();
        Assert.Equal(
            expected,
            Written(
                writer =>
                {
                    writer.Write(1_700_000_000_123_456_789, Captures.Frame(30));
                    writer.Write(uint.MaxValue * 1_000_000_000L, Captures.Frame(400));
                    writer.Write(0, [], originalBytes: 9);
                    Assert.Equal(3, writer.Frames);
                },
                113,
                resolution,
                300));
    }

    [Fact]
    public void Frames_larger_than_the_buffer_come_through()
    {
        byte[] capture = Written(writer =>
        {
            foreach (int length in new[] { 65_536, 0, 262_144, 65_500, 65_521, 1, 262_145 })
                writer.Write(1, new byte[length]);
        });
        Assert.Equal([65_536, 0, 262_144, 65_500, 65_521, 1, 262_144], Captures.Read(capture).Frames.Select(f => f.Bytes.Length));
    }

    [Fact]
    public void A_capture_without_frames_has_a_header() => Assert.Equal(24, Written(_ => { }).Length);

    [Fact]
    public void Flush_makes_what_was_written_readable()
    {
        using var stream = new MemoryStream();
        using var writer = new PcapWriter(stream);
        writer.Write(1, Captures.Frame(10));
        Assert.Equal(0, stream.Length);
        writer.Flush();
        Assert.Equal(24 + 16 + 10, stream.Length);
    }

    [Fact]
    public void What_cannot_be_written_is_refused()
    {
        using var stream = new MemoryStream();
        var writer = new PcapWriter(stream, leaveOpen: true);
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(-1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(PcapWriter.MaxTimeNs + 1, []));
        writer.Write(PcapWriter.MaxTimeNs, []);
        writer.Dispose();
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.Write(1, []));
        Assert.Throws<ObjectDisposedException>(writer.Flush);
        Assert.Equal(40, stream.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcapWriter(stream, snapBytes: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PcapWriter(stream, snapBytes: FrameLimits.MaxFrameBytes + 1));
    }

    private static byte[] Written(
        Action<PcapWriter> write, ushort link = 1, PcapResolution resolution = PcapResolution.Nanoseconds, uint snapBytes = FrameLimits.MaxFrameBytes)
    {
        var stream = new MemoryStream();
        using (var writer = new PcapWriter(stream, link, resolution, snapBytes))
            write(writer);
        Assert.False(stream.CanWrite);
        return stream.ToArray();
    }
}
