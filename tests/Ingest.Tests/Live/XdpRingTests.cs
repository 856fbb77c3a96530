using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Tests.Live;

public class XdpRingTests
{
    private const int Entries = 8;
    private const int ChunkBytes = 2048;

    // The kernel's own layout on x86-64: indices on lines of their own, entries behind them.
    private static readonly XdpRingOffsets Offsets = new(Producer: 0, Consumer: 64, Entries: 192, Flags: 128);

    [Fact]
    public void What_the_kernel_has_produced_is_handed_out_in_place_up_to_the_end_of_the_ring()
    {
        byte[] room = Room(start: uint.MaxValue - 2);
        var ring = new XdpReceiveRing(room, Offsets, Entries);
        Assert.False(ring.TryTake(out _));

        // Indices run through 2^32 in the middle of this: five entries from index 2^32 - 3 on, at places 5, 6, 7, 0, 1.
        for (uint i = 0; i < 5; i++)
            Produce(room, uint.MaxValue - 2 + i, address: i * ChunkBytes, length: 60 + i);
        Assert.True(ring.TryTake(out Memory<byte> window));
        Assert.Equal(3 * XdpReceiveRing.EntryBytes, window.Length);
        ring.Consume(3);
        Assert.True(ring.TryTake(out window));
        Assert.Equal(2 * XdpReceiveRing.EntryBytes, window.Length);
        ring.Consume(2);
        Assert.False(ring.TryTake(out _));
        Assert.Equal(2u, BitConverter.ToUInt32(room, (int)Offsets.Consumer));
    }

    [Fact]
    public void Entries_that_are_not_given_back_are_handed_out_again()
    {
        byte[] room = Room(start: 0);
        var ring = new XdpReceiveRing(room, Offsets, Entries);
        Produce(room, 0, 0, 60);
        Produce(room, 1, ChunkBytes, 61);
        Assert.True(ring.TryTake(out Memory<byte> window));
        ring.Consume(1);
        Assert.True(ring.TryTake(out Memory<byte> rest));
        Assert.Equal(window[XdpReceiveRing.EntryBytes..].ToArray(), rest.ToArray());
    }

    [Fact]
    public void A_full_ring_is_handed_out_in_parts_so_that_frames_go_back_meanwhile()
    {
        const int entries = 4 * XdpReceiveRing.MaxEntries;
        byte[] room = new byte[192 + (entries * XdpReceiveRing.EntryBytes)];
        RingBytes.Write(room, (int)Offsets.Producer, entries);
        var ring = new XdpReceiveRing(room, Offsets, entries);
        for (int part = 0; part < 4; part++)
        {
            Assert.True(ring.TryTake(out Memory<byte> window));
            Assert.Equal(XdpReceiveRing.MaxEntries * XdpReceiveRing.EntryBytes, window.Length);
            ring.Consume(XdpReceiveRing.MaxEntries);
        }

        Assert.False(ring.TryTake(out _));
    }

    [Fact]
    public void Free_frames_are_shown_to_the_kernel_only_when_they_are_published()
    {
        byte[] room = Room(start: uint.MaxValue);
        var ring = new XdpFillRing(room, Offsets, Entries);
        ring.Add(4096);
        ring.Add(8192);
        Assert.Equal(uint.MaxValue, BitConverter.ToUInt32(room, (int)Offsets.Producer));
        ring.Publish();
        Assert.Equal(1u, BitConverter.ToUInt32(room, (int)Offsets.Producer));
        Assert.Equal(2u, ring.Filled);

        // Places 7 and 0: the index went through 2^32.
        Assert.Equal(4096UL, BitConverter.ToUInt64(room, (int)Offsets.Entries + (7 * sizeof(ulong))));
        Assert.Equal(8192UL, BitConverter.ToUInt64(room, (int)Offsets.Entries));
    }

    [Fact]
    public void The_kernel_says_when_it_wants_to_be_woken()
    {
        byte[] room = Room(start: 0);
        var ring = new XdpFillRing(room, Offsets, Entries);
        Assert.False(ring.NeedsWakeup);
        RingBytes.Write(room, (int)Offsets.Flags, 1);
        Assert.True(ring.NeedsWakeup);
    }

    [Fact]
    public void A_size_that_is_no_power_of_two_is_refused() =>
        Assert.Throws<ArgumentException>(() => new XdpReceiveRing(new byte[4096], Offsets, 6));

    [Fact]
    public void A_descriptor_leads_to_its_frame_and_its_time()
    {
        byte[] room = Room(start: 0), frames = new byte[4 * ChunkBytes];
        byte[] frame = RingBytes.Frame(5, 98);
        frame.CopyTo(frames, ChunkBytes + 256);
        Stamp(frames, ChunkBytes + 256, monotonicNs: 777);
        Produce(room, 0, ChunkBytes + 256, 98);
        var ring = new XdpReceiveRing(room, Offsets, Entries);
        Assert.True(ring.TryTake(out Memory<byte> window));
        FrameCursor cursor = RingBytes.Cursor(window, RingLayout.XdpDescriptors, frames, clockOffsetNs: 1_000_000, nowNs: 5);
        Assert.True(cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> read));
        Assert.Equal(frame, read.ToArray());
        Assert.Equal(1_000_777, info.TimeNs);
        Assert.False(cursor.TryRead(out _, out _));
        Assert.Equal(XdpReceiveRing.EntryBytes, RingBytes.Passed(window, cursor));
    }

    [Fact]
    public void A_frame_without_a_stamp_has_the_time_of_its_reading()
    {
        byte[] room = Room(start: 0), frames = new byte[ChunkBytes];
        Produce(room, 0, 256, 60);
        var ring = new XdpReceiveRing(room, Offsets, Entries);
        Assert.True(ring.TryTake(out Memory<byte> window));
        FrameCursor cursor = RingBytes.Cursor(window, RingLayout.XdpDescriptors, frames, clockOffsetNs: 1_000_000, nowNs: 5);
        Assert.True(cursor.TryRead(out FrameInfo info, out _));
        Assert.Equal(5, info.TimeNs);
    }

    [Theory]
    [InlineData(8192UL, 60u)]
    [InlineData(8191UL, 2u)]
    [InlineData(0UL, 8193u)]
    [InlineData(ulong.MaxValue, 60u)]
    public void A_descriptor_that_leads_out_of_the_frames_is_damage(ulong address, uint length)
    {
        byte[] room = Room(start: 0), frames = new byte[8192];
        Produce(room, 0, address, length);
        var ring = new XdpReceiveRing(room, Offsets, Entries);
        Assert.True(ring.TryTake(out Memory<byte> window));
        FrameCursor cursor = RingBytes.Cursor(window, RingLayout.XdpDescriptors, frames);
        Assert.False(cursor.TryRead(out _, out _));
        Assert.True(cursor.IsEnd);
    }

    private static byte[] Room(uint start)
    {
        byte[] room = new byte[192 + (Entries * XdpReceiveRing.EntryBytes)];
        RingBytes.Write(room, (int)Offsets.Producer, start);
        RingBytes.Write(room, (int)Offsets.Consumer, start);
        return room;
    }

    private static void Produce(byte[] room, uint index, ulong address, uint length)
    {
        int at = (int)Offsets.Entries + ((int)(index % Entries) * XdpReceiveRing.EntryBytes);
        BitConverter.TryWriteBytes(room.AsSpan(at), address);
        RingBytes.Write(room, at + XdpReceiveRing.LengthOffset, length);
        RingBytes.Write(room, (int)Offsets.Producer, index + 1);
    }

    private static void Stamp(byte[] frames, int frame, ulong monotonicNs)
    {
        BitConverter.TryWriteBytes(frames.AsSpan(frame - XdpStamp.Bytes), monotonicNs);
        BitConverter.TryWriteBytes(frames.AsSpan(frame - XdpStamp.Bytes + 8), monotonicNs ^ XdpStamp.Mask);
    }
}
