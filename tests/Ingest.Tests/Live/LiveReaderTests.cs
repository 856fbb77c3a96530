using System.IO.Pipelines;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Ingest.Tests.Live;

public class LiveReaderTests
{
    [Fact]
    public void Busy_rings_are_read_in_turn_and_what_is_left_of_a_window_comes_first()
    {
        var rings = new PlayedRing[] { new([1, 2, 3]), new([7, 8]) };
        var reader = new LiveReader(rings);
        Assert.Equal([1, 2, 3], Read(reader, advance: 1));
        Assert.Equal([2, 3], Read(reader, advance: 2));
        Assert.Equal([7, 8], Read(reader, advance: 2));
        Assert.Equal(5, reader.PositionBytes);
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public async Task Packets_that_come_singly_gather_before_they_are_read()
    {
        // The first look finds nothing; by the second one, behind the pause, something has come.
        var ring = new PlayedRing([5], looksInVain: 1, comesSingly: true);
        var reader = new LiveReader([ring]);
        ReadResult read = await reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal([5], read.Buffer.FirstSpan.ToArray());
        Assert.Equal(1, ring.Attended);
        Assert.Equal(0, ring.LastPolled);
    }

    [Fact]
    public async Task A_silent_ring_gives_an_empty_read_that_is_not_the_end()
    {
        var ring = new PlayedRing([], comesSingly: true);
        var reader = new LiveReader([ring]);
        ReadResult read = await reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.True(read.Buffer.IsEmpty);
        Assert.False(read.IsCompleted);
        reader.AdvanceTo(read.Buffer.Start);
        reader.IsAtEnd = true;
        Assert.True((await reader.ReadAsync(TestContext.Current.CancellationToken)).IsCompleted);
    }

    [Fact]
    public void A_second_read_without_an_advance_is_refused()
    {
        var reader = new LiveReader([new PlayedRing([1])]);
        Assert.True(reader.TryRead(out _));
        Assert.Throws<InvalidOperationException>(() => reader.TryRead(out _));
    }

    private static byte[] Read(LiveReader reader, int advance)
    {
        Assert.True(reader.TryRead(out ReadResult read));
        byte[] bytes = read.Buffer.FirstSpan.ToArray();
        reader.AdvanceTo(read.Buffer.GetPosition(advance));
        return bytes;
    }

    /// <summary>A ring whose bytes are there from the start, or after some looks. Poll passes over its descriptor.</summary>
    private sealed class PlayedRing(byte[] bytes, int looksInVain = 0, bool comesSingly = false) : LiveRing
    {
        private int _looksInVain = looksInVain;
        private int _at;

        public int Attended { get; private set; }

        public short LastPolled { get; private set; } = -1;

        public override RingLayout Layout => RingLayout.PacketBlock;

        public override int Descriptor => -1;

        public override ushort LinkType => LinkTypeNumbers.Ethernet;

        public override bool ComesSingly { get; } = comesSingly;

        public override bool TryTake(out Memory<byte> window)
        {
            window = _looksInVain-- > 0 ? default : bytes.AsMemory(_at);
            return !window.IsEmpty;
        }

        public override void Consume(int count) => _at += count;

        public override LiveCounters ReadCounters() => default;

        public override void Begin()
        {
        }

        public override void StopReceiving()
        {
        }

        public override void Attend(short polled) => (Attended, LastPolled) = (Attended + 1, polled);

        public override void Dispose()
        {
        }
    }
}
