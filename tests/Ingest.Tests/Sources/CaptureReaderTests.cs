using System.Buffers;
using System.IO.Pipelines;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>The contract of a PipeReader, and what the cursor adds to it, on a mapped file and on one that is read.</summary>
public sealed class CaptureReaderTests
{
    private const int Frames = 200;

    public static TheoryData<bool, int> Readers => new()
    {
        { true, SourceOptions.MinWindowBytes }, { true, 4096 }, { false, SourceOptions.MinWindowBytes }, { false, 4096 },
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void What_is_not_consumed_comes_again(bool map, int windowBytes)
    {
        using var opened = new Opened(map, windowBytes);
        ReadResult first = opened.Read();
        byte[] bytes = first.Buffer.ToArray();
        opened.Reader.AdvanceTo(first.Buffer.Start);
        ReadResult again = opened.Read();
        Assert.Equal(bytes, again.Buffer.ToArray());
        opened.Reader.AdvanceTo(again.Buffer.GetPosition(5));
        ReadResult rest = opened.Read();
        Assert.Equal(bytes[5..], rest.Buffer.ToArray());
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Examined_to_the_end_more_comes(bool map, int windowBytes)
    {
        using var opened = new Opened(map, windowBytes);
        long length = 0;
        bool isCompleted = false;
        while (!isCompleted)
        {
            ReadResult read = opened.Read();
            Assert.True(read.IsCompleted || read.Buffer.Length > length);
            Assert.True(read.Buffer.IsSingleSegment);
            length = read.Buffer.Length;
            isCompleted = read.IsCompleted;
            if (isCompleted)
                Assert.Equal(opened.Capture[24..], read.Buffer.ToArray());
            opened.Reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
        ReadResult last = opened.Read();
        Assert.True(last.IsCompleted);
        Assert.Equal(length, last.Buffer.Length);
        opened.Reader.AdvanceTo(last.Buffer.End);
        ReadResult none = opened.Read();
        Assert.True(none.IsCompleted && none.Buffer.IsEmpty);
        Assert.Equal(opened.Capture.Length, opened.Source.PositionBytes);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Any_steps_give_the_bytes_of_the_file(bool map, int windowBytes)
    {
        using var opened = new Opened(map, windowBytes);
        var bytes = new List<byte>(opened.Capture[..24]);
        var random = new Random(7);
        bool isCompleted = false;
        while (!isCompleted)
        {
            ReadResult read = opened.Read();
            int consumed = random.Next((int)read.Buffer.Length + 1);
            bytes.AddRange(read.Buffer.Slice(0, consumed).ToArray());
            Assert.Equal(bytes.Count - consumed, opened.Source.PositionBytes);
            SequencePosition position = read.Buffer.GetPosition(consumed);
            isCompleted = read.IsCompleted && consumed == read.Buffer.Length;
            opened.Reader.AdvanceTo(position, random.Next(2) == 0 ? position : read.Buffer.End);
        }
        Assert.Equal(opened.Capture, bytes);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_cursor_left_early_goes_on_after_the_last_frame_read(bool map, int windowBytes)
    {
        using var opened = new Opened(map, windowBytes);
        var numbers = new List<long>();
        bool more = true;
        while (more)
        {
            ReadResult read = opened.Read();
            FrameCursor cursor = opened.Source.OpenCursor(read);
            for (int i = 0; i < 3 && cursor.TryRead(out FrameInfo info, out _); i++)
                numbers.Add(info.FrameNumber);
            more = !cursor.IsEnd;
            opened.Source.AdvanceTo(cursor);
            Assert.Equal(numbers.Count, opened.Source.Statistics.Frames);
        }
        Assert.Equal(Enumerable.Range(1, Frames).Select(i => (long)i), numbers);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_cursor_that_is_dropped_has_read_nothing(bool map, int windowBytes)
    {
        using var opened = new Opened(map, windowBytes);
        ReadResult read = opened.Read();
        FrameCursor dropped = opened.Source.OpenCursor(read);
        Assert.True(dropped.TryRead(out FrameInfo first, out _));
        while (dropped.TryRead(out _, out _))
        {
        }
        Assert.Equal(0, opened.Source.Statistics.Frames);
        FrameCursor cursor = opened.Source.OpenCursor(read);
        Assert.True(cursor.TryRead(out FrameInfo again, out _));
        Assert.Equal(first, again);
        opened.Source.AdvanceTo(cursor);
        Assert.Equal(Frames - 1, Captures.Drain(opened.Source).Frames.Count);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void After_damage_nothing_more_is_handed_out(bool map, int windowBytes)
    {
        byte[] capture = new PcapBytes().Record(1, 1, Captures.Frame(5)).Record(1, 1, [], captured: uint.MaxValue).Raw(new byte[10_000]).ToArray();
        using var opened = new Opened(map, windowBytes, capture);
        Assert.Single(Captures.Drain(opened.Source).Frames);
        ReadResult read = opened.Read();
        Assert.True(read.IsCompleted && read.Buffer.IsEmpty);
        FrameCursor cursor = opened.Source.OpenCursor(read);
        Assert.False(cursor.TryRead(out _, out _));
        Assert.True(cursor.IsEnd);
        opened.Source.AdvanceTo(cursor);
        Assert.Equal(ContainerOutcome.FrameTooLong, opened.Source.Statistics.Damage!.Outcome);
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Misuse_is_refused(bool map, int windowBytes)
    {
        using var opened = new Opened(map, windowBytes);
        Assert.Throws<InvalidOperationException>(() => opened.Reader.AdvanceTo(default));
        ReadResult read = opened.Read();
        Assert.Throws<InvalidOperationException>(() => opened.Reader.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() => opened.Reader.AdvanceTo(read.Buffer.GetPosition(2), read.Buffer.GetPosition(1)));
        opened.Reader.AdvanceTo(read.Buffer.Start);
        opened.Reader.Complete();
        Assert.Throws<InvalidOperationException>(() => opened.Reader.TryRead(out _));
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void A_cancelled_read_returns_and_the_next_one_goes_on(bool map, int windowBytes)
    {
        using var opened = new Opened(map, windowBytes);
        opened.Reader.CancelPendingRead();
        ReadResult read = opened.Read();
        Assert.True(read.IsCanceled);
        FrameCursor cursor = opened.Source.OpenCursor(read);
        opened.Source.AdvanceTo(cursor);
        ReadResult next = opened.Read();
        Assert.False(next.IsCanceled);
        opened.Reader.AdvanceTo(next.Buffer.Start);
        Assert.Equal(Frames, Captures.Drain(opened.Source).Frames.Count);
    }

    [Fact]
    public void A_mapped_capture_never_makes_its_thread_wait()
    {
        using var opened = new Opened(map: true, SourceOptions.MinWindowBytes);
        int frames = 0;
        bool more = true;
        while (more)
        {
            Assert.True(opened.Reader.TryRead(out ReadResult read));
            FrameCursor cursor = opened.Source.OpenCursor(read);
            while (cursor.TryRead(out _, out _))
                frames++;
            more = !cursor.IsEnd;
            opened.Source.AdvanceTo(cursor);
        }
        Assert.Equal(Frames, frames);
    }

    private sealed class Opened : IDisposable
    {
        private readonly TemporaryFile _file;

        public Opened(bool map, int windowBytes, byte[]? capture = null)
        {
            Capture = capture ?? Numbered();
            _file = new TemporaryFile(Capture);
            Source = new CaptureSource(_file.Path, new SourceOptions { Map = map, WindowBytes = windowBytes });
            Source.Start();
        }

        public byte[] Capture { get; }

        public CaptureSource Source { get; }

        public PipeReader Reader => Source.Reader;

        public ReadResult Read() => Captures.Await(Reader.ReadAsync(TestContext.Current.CancellationToken));

        public void Dispose()
        {
            Source.Dispose();
            _file.Dispose();
        }

        private static byte[] Numbered()
        {
            var capture = new PcapBytes();
            for (int i = 0; i < Frames; i++)
                capture.Record((uint)i, 0, Captures.Frame(i % 150, (byte)i));
            return capture.ToArray();
        }
    }
}
