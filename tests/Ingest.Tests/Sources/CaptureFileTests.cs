using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>What files do that arrays do not: end on a page, grow, shrink, come through a pipe, be larger than memory should be.</summary>
public sealed class CaptureFileTests
{
    [Fact]
    public void FrameInfo_is_thirty_two_bytes_and_every_field_keeps_its_value()
    {
        Assert.Equal(32, Unsafe.SizeOf<FrameInfo>());
        var info = new FrameInfo(timeNs: -2, frameNumber: 3, originalBytes: 4, capturedBytes: 5, section: 6, interfaceId: 7, linkType: 8);
        Assert.Equal((-2, 3, 4u, 5u), (info.TimeNs, info.FrameNumber, info.OriginalBytes, info.CapturedBytes));
        Assert.Equal((6u, 7, 8), (info.Section, info.InterfaceId, info.LinkType));
    }

    [Fact]
    public void A_file_that_ends_with_a_page_is_read_to_its_last_byte_and_no_further()
    {
        // The byte behind the mapping is not ours: reading it would end this process.
        int page = Environment.SystemPageSize;
        byte[] capture = new PcapBytes().Record(1, 1, Captures.Frame(1000)).Record(2, 2, Captures.Frame(page - 24 - 16 - 1000 - 16)).ToArray();
        Assert.Equal(page, capture.Length);
        Assert.Equal(capture[^1], Captures.Read(capture).Frames[1].Bytes[^1]);
        byte[] cut = new PcapBytes().Record(1, 1, Captures.Frame(1000)).Record(2, 2, Captures.Frame(page - 24 - 16 - 1000 - 16 - 16)).Record(3, 3, [], captured: 1).ToArray();
        Assert.Equal(page, cut.Length);
        Assert.Equal(ContainerOutcome.CutShort, Captures.Read(cut).Outcome);
    }

    [Fact]
    public void A_capture_longer_than_four_gigabytes_is_read_with_no_block_cut_in_two()
    {
        // Sparse: 20 blocks of nothing, each as long as a block may be, with a packet behind each.
        const int Blocks = 20;
        const int BlockBytes = 256 * 1024 * 1024;
        using var file = new TemporaryFile(new PcapngBytes().Section().Interface().ToArray());
        using (var writer = new FileStream(file.Path, FileMode.Append, FileAccess.Write))
        {
            byte[] empty = new PcapngBytes().Block(0x99, [], length: BlockBytes).ToArray();
            for (int i = 0; i < Blocks; i++)
            {
                writer.Write(empty.AsSpan(0, 8));
                writer.SetLength(writer.Position + BlockBytes - 12);
                writer.Position = writer.Length;
                writer.Write(empty.AsSpan(8));
                writer.Write(new PcapngBytes().Section().Interface().Packet(0, (ulong)i, Captures.Frame(i)).ToArray());
            }
        }
        using var source = new CaptureSource(file.Path);
        source.Start();
        ReadCapture read = Captures.Drain(source);
        Assert.Null(read.Statistics.Damage);
        Assert.True(source.LengthBytes > uint.MaxValue);
        Assert.Equal(Enumerable.Range(0, Blocks).Select(i => (i * 1000L, i)), read.Frames.Select(f => (f.Info.TimeNs, f.Bytes.Length)));
        Assert.Equal(source.LengthBytes, source.PositionBytes);
    }

    [Fact]
    public void What_is_appended_after_the_start_is_not_read_from_a_mapped_file()
    {
        using var file = new TemporaryFile(new PcapBytes().Record(1, 1, Captures.Frame(5)).ToArray());
        using var source = new CaptureSource(file.Path);
        source.Start();
        File.AppendAllBytes(file.Path, new PcapBytes().Record(2, 2, Captures.Frame(5)).ToArray()[24..]);
        Assert.Single(Captures.Drain(source).Frames);
        Assert.Null(source.Statistics.Damage);
    }

    [Fact]
    public void A_file_that_shrinks_ends_as_shrunk_with_every_frame_before_that()
    {
        byte[] capture = new PcapBytes().ToArray();
        byte[] record = new PcapBytes().Record(1, 1, Captures.Frame(84)).ToArray()[24..];
        using var file = new TemporaryFile([.. capture, .. Enumerable.Repeat(record, 1000).SelectMany(r => r)]);
        using var source = new CaptureSource(file.Path, new SourceOptions { WindowBytes = 4096 });
        source.Start();
        using (var writer = new FileStream(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            writer.SetLength(24 + 50_000 + 1);
        ReadCapture read = Captures.Drain(source);
        Assert.Equal(500, read.Frames.Count);
        Assert.Equal(new ContainerDamage(ContainerOutcome.Shrunk, 50_024, 500), read.Statistics.Damage);
        Assert.All(read.Frames, f => Assert.Equal(Captures.Frame(84), f.Bytes));
    }

    [Fact]
    public async Task A_pipe_is_read_as_it_is_written()
    {
        if (!OperatingSystem.IsLinux())
            Captures.Skip("mkfifo");
        string path = Path.Combine(Path.GetTempPath(), $"icmpstream-{Guid.NewGuid():N}");
        using (Process make = Process.Start("mkfifo", path))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        try
        {
            byte[] capture = new PcapBytes().Record(1, 1, Captures.Frame(5)).Record(2, 2, Captures.Frame(500)).ToArray();
            using var source = new CaptureSource(path, new SourceOptions { WindowBytes = SourceOptions.MinWindowBytes });
            Task start = Task.Run(source.Start, TestContext.Current.CancellationToken);
            using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0))
            {
                writer.Write(capture.AsSpan(0, 60));
                await start;
                Assert.Null(source.LengthBytes);
                Assert.Equal(1, ReadFrames(source, await source.Reader.ReadAsync(TestContext.Current.CancellationToken)));

                // Nothing more is there: a thread that may not wait is told so, and one that waits can be woken.
                Assert.False(source.Reader.TryRead(out _));
                ValueTask<ReadResult> waiting = source.Reader.ReadAsync(TestContext.Current.CancellationToken);
                Assert.False(waiting.IsCompleted);
                source.Reader.CancelPendingRead();
                ReadResult cancelled = await waiting;
                Assert.True(cancelled.IsCanceled);
                Assert.Equal(0, ReadFrames(source, cancelled));

                writer.Write(capture.AsSpan(60));
            }
            ReadCapture rest = Captures.Drain(source);
            Assert.Equal(Captures.Frame(500), rest.Only.Bytes);
            Assert.Equal(2, source.Statistics.Frames);
            Assert.Null(source.Statistics.Damage);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_mapping_is_refused_after_the_source_was_disposed_of()
    {
        using var file = new TemporaryFile(new PcapBytes().Record(1, 1, Captures.Frame(5)).ToArray());
        var source = new CaptureSource(file.Path);
        source.Start();
        Assert.True(source.Reader.TryRead(out ReadResult read));
        ReadOnlyMemory<byte> borrowed = read.Buffer.First;
        source.Dispose();
        source.Dispose();
        Assert.Throws<ObjectDisposedException>(() => borrowed.Span[0]);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Reading_allocates_nothing_per_frame(bool map, bool isPcapng)
    {
        const int Count = 20_000;
        var classic = new PcapBytes();
        PcapngBytes blocks = new PcapngBytes().Section().Interface();
        for (int i = 0; i < Count; i++)
        {
            if (isPcapng)
                blocks.Packet(0, (ulong)i, new byte[40]);
            else
                classic.Record((uint)i, 0, new byte[40]);
        }
        using var file = new TemporaryFile(isPcapng ? blocks.ToArray() : classic.ToArray());
        // One window over everything: what a window costs is allowed, and is apart.
        using var source = new CaptureSource(file.Path, new SourceOptions { Map = map, WindowBytes = 8 * 1024 * 1024 });
        source.Start();
        FrameCursor first = source.OpenCursor(Await(source));
        Assert.True(first.TryRead(out _, out _));
        source.AdvanceTo(first);
        ReadResult read = Await(source);
        int frames = 0;
        Assert.Equal(0, Allocation.Least(() => frames = CountFrames(source, read)));
        Assert.Equal(Count - 1, frames);
    }

    private static ReadResult Await(CaptureSource source) => Captures.Await(source.Reader.ReadAsync(TestContext.Current.CancellationToken));

    private static int CountFrames(CaptureSource source, ReadResult read)
    {
        FrameCursor cursor = source.OpenCursor(read);
        int frames = 0;
        while (cursor.TryRead(out _, out _))
            frames++;
        return frames;
    }

    private static int ReadFrames(CaptureSource source, ReadResult read)
    {
        FrameCursor cursor = source.OpenCursor(read);
        int frames = 0;
        while (cursor.TryRead(out _, out _))
            frames++;
        source.AdvanceTo(cursor);
        return frames;
    }
}
