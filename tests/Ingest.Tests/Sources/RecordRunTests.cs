using System.Buffers.Binary;
using System.IO.Pipelines;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

/// <summary>Records of equal length that follow each other may be read together: whatever the runs, the frames are those that come one by one.</summary>
public sealed class RecordRunTests
{
    private const uint Micro = 0xa1b2c3d4;
    private const uint Nano = 0xa1b23c4d;
    private const int LengthOffset = 8;

    [Theory]
    [InlineData(Micro, 8)]
    [InlineData(Micro, 32)]
    [InlineData(Nano, 31)]
    [InlineData(Nano, 100)]
    public void Runs_of_any_length_read_together_as_one_by_one(uint magic, int room)
    {
        var random = new Random(room);
        for (int round = 0; round < 40; round++)
            Compare(Runs(magic, random), room);
    }

    [Fact]
    public void A_capture_that_ends_anywhere_reads_together_as_one_by_one()
    {
        byte[] whole = Runs(Micro, new Random(1), runs: 4);
        for (int length = 24; length < whole.Length; length += 7)
            Compare(whole[..length], room: 32);
    }

    [Fact]
    public void A_length_that_no_frame_has_ends_a_run_as_it_ends_single_records()
    {
        var capture = new PcapBytes();
        List<int> records = [];
        for (int number = 0; number < 40; number++)
        {
            records.Add(capture.Length);
            capture.Record(1, 1, Captures.Frame(60));
        }

        byte[] bytes = capture.ToArray();
        foreach (int record in records)
        {
            byte[] damaged = [.. bytes];
            BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(record + LengthOffset), 0x7FFF_FFFF);
            Compare(damaged, room: 32);
        }
    }

    private static byte[] Runs(uint magic, Random random, int runs = 12)
    {
        var capture = new PcapBytes(magic);
        for (int run = 0; run < runs; run++)
        {
            int length = random.Next(90);
            for (int count = random.Next(1, 20); count > 0; count--)
                capture.Record((uint)random.NextInt64(1L << 32), (uint)random.NextInt64(1L << 32), Captures.Frame(length), original: (uint)random.NextInt64(1L << 32));
        }

        return capture.ToArray();
    }

    private static void Compare(byte[] capture, int room)
    {
        using var file = new TemporaryFile(capture);
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, file.Path));
        Assert.True(source.Reader.TryRead(out ReadResult read));
        FrameCursor many = source.OpenCursor(read), one = source.OpenCursor(read);
        var infos = new FrameInfo[room];
        int[] offsets = new int[room];
        for (int count = many.ReadMany(infos, offsets); count > 0; count = many.ReadMany(infos, offsets))
        {
            for (int index = 0; index < count; index++)
            {
                Assert.True(one.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame));
                Assert.Equal(info, infos[index]);
                Assert.True(frame.SequenceEqual(many.Memory.Slice(offsets[index], (int)info.CapturedBytes)));
            }
        }

        Assert.False(one.TryRead(out _, out _));
        Assert.Equal(one.IsEnd, many.IsEnd);
        source.AdvanceTo(many);
    }
}
