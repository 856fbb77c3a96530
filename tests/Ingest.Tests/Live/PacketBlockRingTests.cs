using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Ingest.Tests.Live;

public class PacketBlockRingTests
{
    [Fact]
    public void A_block_that_the_kernel_has_is_not_handed_out()
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 4096);
        Assert.False(kernel.Ring.TryTake(out _));
        kernel.Close(1, [RingBytes.Frame(1, 60)]);
        Assert.False(kernel.Ring.TryTake(out _));
        kernel.Close(0, [RingBytes.Frame(1, 60)]);
        Assert.True(kernel.Ring.TryTake(out _));
    }

    [Fact]
    public void Blocks_go_round_and_each_goes_back_when_it_is_read_out()
    {
        var kernel = new RingBytes(blocks: 3, blockBytes: 4096);
        for (int turn = 0; turn < 10; turn++)
        {
            int block = turn % 3;
            kernel.Close(block, [RingBytes.Frame(turn, 60), RingBytes.Frame(turn + 100, 98)]);
            Assert.True(kernel.Ring.TryTake(out Memory<byte> window));
            FrameCursor cursor = RingBytes.Cursor(window);
            Assert.True(cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame));
            Assert.Equal(RingBytes.Frame(turn, 60), frame.ToArray());
            Assert.Equal(1_000_000_123, info.TimeNs);
            Assert.Equal((60u, 60u, LinkTypeNumbers.Ethernet), (info.CapturedBytes, info.OriginalBytes, info.LinkType));
            Assert.True(cursor.TryRead(out _, out frame));
            Assert.Equal(RingBytes.Frame(turn + 100, 98), frame.ToArray());
            Assert.False(cursor.TryRead(out _, out _));
            Assert.False(kernel.IsKernels(block));
            kernel.Ring.Consume(RingBytes.Passed(window, cursor));
            Assert.True(kernel.IsKernels(block));
        }

        Assert.Equal(20, kernel.Ring.Frames);
    }

    [Fact]
    public void A_read_that_stops_in_the_middle_goes_on_there_and_keeps_the_block()
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 8192);
        byte[][] frames = [.. Enumerable.Range(0, 20).Select(i => RingBytes.Frame(i, 60 + i))];
        kernel.Close(0, frames);
        int read = 0;
        while (kernel.Ring.TryTake(out Memory<byte> window))
        {
            Assert.False(kernel.IsKernels(0));
            FrameCursor cursor = RingBytes.Cursor(window);
            for (int share = 0; share < 3 && cursor.TryRead(out _, out ReadOnlySpan<byte> frame); share++)
                Assert.Equal(frames[read++], frame.ToArray());
            kernel.Ring.Consume(RingBytes.Passed(window, cursor));
        }

        Assert.Equal(20, read);
        Assert.True(kernel.IsKernels(0));
    }

    [Fact]
    public void A_private_area_in_front_of_the_frames_is_passed_over()
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 4096);
        kernel.Close(0, [RingBytes.Frame(7, 60)], privateBytes: 100);
        Assert.True(kernel.Ring.TryTake(out Memory<byte> window));
        FrameCursor cursor = RingBytes.Cursor(window);
        Assert.True(cursor.TryRead(out _, out ReadOnlySpan<byte> frame));
        Assert.Equal(RingBytes.Frame(7, 60), frame.ToArray());
    }

    [Theory]
    [InlineData(0u, 47u, 200u)]
    [InlineData(1u, 47u, 200u)]
    [InlineData(1u, 48u, 4097u)]
    [InlineData(1u, 300u, 200u)]
    public void A_block_whose_header_makes_no_sense_is_counted_and_given_back(uint count, uint first, uint end)
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 4096);
        RingBytes.Write(kernel.Room, 12, count);
        RingBytes.Write(kernel.Room, 16, first);
        RingBytes.Write(kernel.Room, 20, end);
        RingBytes.Write(kernel.Room, 8, 1);
        kernel.Close(1, [RingBytes.Frame(3, 60)]);
        Assert.True(kernel.Ring.TryTake(out Memory<byte> window));
        Assert.Equal(1, kernel.Ring.BrokenBlocks);
        Assert.True(kernel.IsKernels(0));
        FrameCursor cursor = RingBytes.Cursor(window);
        Assert.True(cursor.TryRead(out _, out ReadOnlySpan<byte> frame));
        Assert.Equal(RingBytes.Frame(3, 60), frame.ToArray());
    }

    [Fact]
    public void A_block_closed_empty_by_its_timer_is_given_back_at_once()
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 4096);
        kernel.Close(0, []);
        Assert.False(kernel.Ring.TryTake(out _));
        Assert.True(kernel.IsKernels(0));
        Assert.Equal(0, kernel.Ring.BrokenBlocks);
    }

    [Theory]
    [InlineData(PacketHeader.NextOffset, 100_000u)]
    [InlineData(PacketHeader.NextOffset, 40u)]
    [InlineData(PacketHeader.CapturedOffset, 4_000_000_000u)]
    [InlineData(PacketHeader.CapturedOffset, 100_000u)]
    [InlineData(PacketHeader.FrameOffset, 65_535u)]
    public void A_length_that_leads_out_of_the_block_is_damage_and_not_a_read(int field, uint value)
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 4096);
        kernel.Close(0, [RingBytes.Frame(1, 60), RingBytes.Frame(2, 60)]);
        Assert.True(kernel.Ring.TryTake(out Memory<byte> window));
        RingBytes.Write(window.Span, field, value);
        FrameCursor cursor = RingBytes.Cursor(window);
        Assert.False(cursor.TryRead(out _, out _));
        Assert.True(cursor.IsEnd);
        Assert.Equal(ContainerOutcome.FrameOverrunsBlock, cursor.Progress.Damage!.Outcome);
        FrameCursor together = RingBytes.Cursor(window);
        Assert.Equal(0, together.ReadMany(new FrameInfo[8], new int[8]));
        Assert.True(together.IsEnd);
    }

    [Fact]
    public void A_window_that_ends_inside_a_header_is_damage()
    {
        FrameCursor cursor = RingBytes.Cursor(new byte[PacketHeader.Bytes - 1]);
        Assert.False(cursor.TryRead(out _, out _));
        Assert.True(cursor.IsEnd);
    }

    [Theory]
    [InlineData(0x8100)]
    [InlineData(0x88a8)]
    public void A_tag_that_the_kernel_took_out_is_put_back_once_however_often_it_is_read(ushort tpid)
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 4096);
        byte[] frame = RingBytes.Frame(1, 98);
        kernel.Close(0, [frame, frame], vlan: (0x6005, tpid));
        byte[] tagged = [.. frame[..12], (byte)(tpid >> 8), (byte)tpid, 0x60, 0x05, .. frame[12..]];
        Assert.True(kernel.Ring.TryTake(out Memory<byte> window));
        for (int time = 0; time < 3; time++)
        {
            FrameCursor cursor = RingBytes.Cursor(window);
            Assert.True(cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> first));
            Assert.Equal(tagged, first.ToArray());
            Assert.Equal((102u, 102u), (info.CapturedBytes, info.OriginalBytes));
            Assert.True(cursor.TryRead(out _, out ReadOnlySpan<byte> second));
            Assert.Equal(tagged, second.ToArray());
        }

        kernel.Close(0, [frame, frame], vlan: (0x6005, tpid));
        FrameCursor together = RingBytes.Cursor(window);
        var infos = new FrameInfo[2];
        int[] offsets = new int[2];
        Assert.Equal(2, together.ReadMany(infos, offsets));
        Assert.Equal(tagged, together.Memory.Slice(offsets[1], (int)infos[1].CapturedBytes).ToArray());
    }

    [Fact]
    public void Many_frames_at_once_are_the_same_as_one_by_one()
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 16_384);
        byte[][] frames = [.. Enumerable.Range(0, 50).Select(i => RingBytes.Frame(i, 42 + i))];
        kernel.Close(0, frames);
        Assert.True(kernel.Ring.TryTake(out Memory<byte> window));
        FrameCursor cursor = RingBytes.Cursor(window), single = RingBytes.Cursor(window);
        var infos = new FrameInfo[64];
        int[] offsets = new int[64];
        Assert.Equal(20, cursor.ReadMany(infos.AsSpan(0, 20), offsets));
        Assert.Equal(30, cursor.ReadMany(infos.AsSpan(20), offsets.AsSpan(20)));
        for (int index = 0; index < 50; index++)
        {
            Assert.True(single.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame));
            Assert.Equal(info, infos[index]);
            Assert.Equal(frames[index], frame.ToArray());
            Assert.Equal(frames[index], cursor.Memory.Slice(offsets[index], (int)infos[index].CapturedBytes).ToArray());
        }

        Assert.Equal(window.Length, RingBytes.Passed(window, cursor));
        Assert.Equal((single.Progress.Frames, single.Progress.CapturedBytes), (cursor.Progress.Frames, cursor.Progress.CapturedBytes));
    }

    [Fact]
    public void More_cannot_be_given_back_than_was_handed_out()
    {
        var kernel = new RingBytes(blocks: 2, blockBytes: 4096);
        kernel.Close(0, [RingBytes.Frame(1, 60)]);
        Assert.True(kernel.Ring.TryTake(out Memory<byte> window));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel.Ring.Consume(window.Length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => kernel.Ring.Consume(-1));
    }
}
