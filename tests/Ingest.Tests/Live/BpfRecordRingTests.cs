using IcmpStream.Ingest.Sources;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Ingest.Sources.Native;

namespace IcmpStream.Ingest.Tests.Live;

public class BpfRecordRingTests
{
    private const int Size = 1024;
    private readonly byte[] _consumer = new byte[8];
    private readonly byte[] _producer = new byte[8];
    private readonly byte[] _data = new byte[2 * Size];
    private readonly BpfRecordRing _ring;
    private long _produced;

    public BpfRecordRingTests() => _ring = new BpfRecordRing(_consumer, _producer, _data);

    [Fact]
    public void Records_are_handed_out_in_place_also_across_the_end_of_the_ring()
    {
        for (int turn = 0; turn < 40; turn++)
        {
            byte[] frame = RingBytes.Frame(turn, 98);
            Produce(frame, timeNs: turn);
            Produce(frame, timeNs: turn);
            Assert.True(_ring.TryTake(out Memory<byte> window));
            FrameCursor cursor = RingBytes.Cursor(window, RingLayout.BpfRecords, clockOffsetNs: 1000);
            for (int record = 0; record < 2; record++)
            {
                Assert.True(cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> read));
                Assert.Equal(frame, read.ToArray());
                Assert.Equal((1000 + turn, 98u, 1400u), (info.TimeNs, info.CapturedBytes, info.OriginalBytes));
            }

            Assert.False(cursor.TryRead(out _, out _));
            _ring.Consume(RingBytes.Passed(window, cursor));
            Assert.False(_ring.TryTake(out _));
            Assert.Equal(_produced, BitConverter.ToInt64(_consumer));
        }
    }

    [Fact]
    public void Nothing_behind_a_record_that_is_still_written_is_handed_out()
    {
        Produce(RingBytes.Frame(1, 60), timeNs: 1);
        int busy = Produce(RingBytes.Frame(2, 60), timeNs: 2, flags: BpfRecordRing.BusyFlag);
        Produce(RingBytes.Frame(3, 60), timeNs: 3);
        Assert.Equal(1, ReadAll());
        Assert.False(_ring.TryTake(out _));
        Flags(busy, 0);
        Assert.Equal(2, ReadAll());
    }

    [Fact]
    public void A_discarded_record_is_passed_over_and_given_back()
    {
        Produce(RingBytes.Frame(1, 60), timeNs: 1, flags: BpfRecordRing.DiscardFlag);
        Produce(RingBytes.Frame(2, 60), timeNs: 2);
        Produce(RingBytes.Frame(3, 60), timeNs: 3, flags: BpfRecordRing.DiscardFlag);
        Assert.Equal(1, ReadAll());
        Assert.Equal(_produced, BitConverter.ToInt64(_consumer));
    }

    [Fact]
    public void A_frame_that_claims_more_than_its_record_is_damage()
    {
        int at = Produce(RingBytes.Frame(1, 60), timeNs: 1);
        RingBytes.Write(_data, at + BpfRecordRing.HeaderBytes + BpfRecord.CapturedOffset, 100);
        Assert.True(_ring.TryTake(out Memory<byte> window));
        FrameCursor cursor = RingBytes.Cursor(window, RingLayout.BpfRecords);
        Assert.False(cursor.TryRead(out _, out _));
        Assert.True(cursor.IsEnd);
    }

    [Fact]
    public void A_record_that_claims_more_than_was_produced_is_not_handed_out()
    {
        int at = Produce(RingBytes.Frame(1, 60), timeNs: 1);
        RingBytes.Write(_data, at, 10_000);
        Assert.False(_ring.TryTake(out _));
    }

    private int ReadAll()
    {
        Assert.True(_ring.TryTake(out Memory<byte> window));
        FrameCursor cursor = RingBytes.Cursor(window, RingLayout.BpfRecords);
        int frames = 0;
        while (cursor.TryRead(out _, out _))
            frames++;
        _ring.Consume(RingBytes.Passed(window, cursor));
        return frames;
    }

    private int Produce(byte[] frame, long timeNs, uint flags = 0)
    {
        int at = (int)(_produced % Size);
        byte[] record = new byte[BpfRecordRing.RecordBytes((uint)(BpfRecord.Bytes + frame.Length))];
        RingBytes.Write(record, 0, (uint)(BpfRecord.Bytes + frame.Length));
        BitConverter.TryWriteBytes(record.AsSpan(BpfRecordRing.HeaderBytes), timeNs);
        RingBytes.Write(record, BpfRecordRing.HeaderBytes + BpfRecord.OriginalOffset, 1400);
        RingBytes.Write(record, BpfRecordRing.HeaderBytes + BpfRecord.CapturedOffset, (uint)frame.Length);
        frame.CopyTo(record, BpfRecordRing.HeaderBytes + BpfRecord.Bytes);
        for (int i = 0; i < record.Length; i++)
            _data[(at + i) % Size] = _data[Size + ((at + i) % Size)] = record[i];
        Flags(at, flags);
        _produced += record.Length;
        BitConverter.TryWriteBytes(_producer, _produced);
        return at;
    }

    // The length word in both of its mappings.
    private void Flags(int at, uint flags)
    {
        uint length = BitConverter.ToUInt32(_data, at) & ~(BpfRecordRing.BusyFlag | BpfRecordRing.DiscardFlag);
        RingBytes.Write(_data, at, length | flags);
        RingBytes.Write(_data, Size + at, length | flags);
    }
}
