using System.IO.Compression;
using System.IO.Pipelines;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

public sealed class StreamSourceTests
{
    private static readonly byte[] Capture = new PcapngBytes().Section().Interface()
        .Packet(0, 1, Captures.Frame(5)).Packet(0, 2, Captures.Frame(500)).Packet(0, 3, Captures.Frame(0)).ToArray();

    [Fact]
    public void A_stream_that_gives_one_byte_at_a_time_gives_every_frame()
    {
        using var source = new CaptureSource(new Dripping(Capture, Capture.Length), "drip", new SourceOptions { WindowBytes = SourceOptions.MinWindowBytes });
        source.Start();
        Assert.Equal([5, 500, 0], Captures.Drain(source).Frames.Select(f => f.Bytes.Length));
        Assert.Null(source.Statistics.Damage);
        Assert.Null(source.LengthBytes);
        Assert.Equal(Capture.Length, source.PositionBytes);
    }

    [Fact]
    public void A_stream_that_fails_ends_there_with_every_frame_before_it()
    {
        for (int good = 16; good <= Capture.Length; good++)
        {
            using var source = new CaptureSource(new Dripping(Capture, good) { Fails = true }, "drip");
            if (good < 24)
            {
                Assert.StartsWith("drip: cannot be read: the cable", Assert.Throws<SourceException>(source.Start).Message, StringComparison.Ordinal);
                continue;
            }
            source.Start();
            ReadCapture read = Captures.Drain(source);
            Assert.Equal(ContainerOutcome.ReadFailed, read.Outcome);
            int[] ends = [28 + 20 + 40, 28 + 20 + 40 + 532, Capture.Length];
            Assert.Equal(ends.Count(e => e <= good), read.Frames.Count);
        }
    }

    [Fact]
    public void A_decompressing_stream_is_a_capture_too()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(Capture);
        using var source = new CaptureSource(new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress), "packed");
        source.Start();
        Assert.Equal(3, Captures.Drain(source).Frames.Count);
    }

    [Fact]
    public async Task A_read_that_waits_ends_with_its_token()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(Capture.AsMemory(0, 28), TestContext.Current.CancellationToken);
        using var source = new CaptureSource(pipe.Reader.AsStream(), "pipe");
        source.Start();
        ReadResult read = await source.Reader.ReadAsync(TestContext.Current.CancellationToken);
        source.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        using var cancellation = new CancellationTokenSource();
        ValueTask<ReadResult> waiting = source.Reader.ReadAsync(cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await source.Reader.ReadAsync(cancellation.Token));
        await pipe.Writer.WriteAsync(Capture.AsMemory(28), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(3, Captures.Drain(source).Frames.Count);
    }

    [Fact]
    public void The_stream_is_closed_with_its_source()
    {
        var started = new MemoryStream(Capture);
        var source = new CaptureSource(started, "memory");
        source.Start();
        Assert.Equal(Capture.Length, source.LengthBytes);
        source.Dispose();
        Assert.False(started.CanRead);
        var unstarted = new MemoryStream(Capture);
        new CaptureSource(unstarted, "memory").Dispose();
        Assert.False(unstarted.CanRead);
    }

    private sealed class Dripping(byte[] bytes, int good) : Stream
    {
        private int _at;

        public bool Fails { get; init; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_at == good)
                return Fails ? throw new IOException("the cable\nwas pulled") : 0;
            buffer[offset] = bytes[_at++];
            return 1;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
