using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

public sealed class PcapTests
{
    private const uint Micro = 0xa1b2c3d4;
    private const uint Nano = 0xa1b23c4d;
    private const uint Modified = 0xa1b2cd34;

    [Theory]
    [InlineData(Micro, false, 0, 1_700_000_000_123_456_000)]
    [InlineData(Micro, true, 0, 1_700_000_000_123_456_000)]
    [InlineData(Nano, false, 0, 1_700_000_000_000_123_456)]
    [InlineData(Nano, true, 0, 1_700_000_000_000_123_456)]
    [InlineData(Modified, false, 8, 1_700_000_000_123_456_000)]
    [InlineData(Modified, true, 8, 1_700_000_000_123_456_000)]
    public void Every_byte_order_and_resolution_gives_the_same_frames(uint magic, bool bigEndian, int extraBytes, long timeNs)
    {
        var capture = new PcapBytes(magic, bigEndian, link: 113, extraBytes: extraBytes);
        for (int i = 0; i < 40; i++)
            capture.Record(1_700_000_000, 123_456, Captures.Frame(i * 7, (byte)i), original: (uint)(2000 + i));
        ReadCapture read = Captures.Read(capture.ToArray());
        Assert.Equal(40, read.Frames.Count);
        Assert.Null(read.Statistics.Damage);
        for (int i = 0; i < 40; i++)
        {
            FrameInfo info = read.Frames[i].Info;
            Assert.Equal(timeNs, info.TimeNs);
            Assert.Equal(i + 1, info.FrameNumber);
            Assert.Equal((uint)(2000 + i), info.OriginalBytes);
            Assert.Equal((ushort)113, info.LinkType);
            Assert.Equal(1u, info.Section);
            Assert.Equal(0, info.InterfaceId);
            Assert.Equal(Captures.Frame(i * 7, (byte)i), read.Frames[i].Bytes);
        }
    }

    [Theory]
    [InlineData(0u, 0u, 0L)]
    [InlineData(0x8000_0000u, 0u, 2_147_483_648_000_000_000L)]
    [InlineData(0xffff_ffffu, 999_999u, 4_294_967_295_999_999_000L)]
    [InlineData(1_700_000_000u, 1_000_000u, 1_700_000_001_000_000_000L)]
    [InlineData(0xffff_ffffu, 0xffff_ffffu, 4_294_967_295_000_000_000L + 4_294_967_295_000L)]
    public void Times_are_unsigned_and_added_as_they_stand(uint seconds, uint micros, long timeNs) =>
        Assert.Equal(timeNs, Captures.Read(new PcapBytes().Record(seconds, micros, Captures.Frame(20)).ToArray()).Only.Info.TimeNs);

    [Theory]
    [InlineData(2, 0)]
    [InlineData(2, 2)]
    [InlineData(543, 0)]
    public void Before_version_2_3_the_original_length_comes_first(ushort major, ushort minor)
    {
        byte[] capture = new PcapBytes(major: major, minor: minor).Record(1, 1, Captures.Frame(42), captured: 60, original: 42).ToArray();
        ReadFrame frame = Captures.Read(capture).Only;
        Assert.Equal(42u, frame.Info.CapturedBytes);
        Assert.Equal(60u, frame.Info.OriginalBytes);
    }

    [Fact]
    public void In_version_2_3_the_smaller_length_is_what_was_captured()
    {
        byte[] capture = new PcapBytes(minor: 3)
            .Record(1, 1, Captures.Frame(42), captured: 60, original: 42)
            .Record(1, 1, Captures.Frame(42), captured: 42, original: 60)
            .ToArray();
        Assert.All(Captures.Read(capture).Frames, f => Assert.Equal((42u, 60u), (f.Info.CapturedBytes, f.Info.OriginalBytes)));
    }

    [Fact]
    public void The_length_of_a_frame_check_sequence_is_no_part_of_the_link_type() =>
        Assert.Equal((ushort)1, Captures.Read(new PcapBytes(link: 0x5400_0001).Record(1, 1, Captures.Frame(10)).ToArray()).Only.Info.LinkType);

    [Fact]
    public void More_captured_than_original_or_than_the_snap_length_is_delivered_as_it_is()
    {
        ReadFrame frame = Captures.Read(new PcapBytes(snapBytes: 8).Record(1, 1, Captures.Frame(42), original: 10).ToArray()).Only;
        Assert.Equal(42, frame.Bytes.Length);
        Assert.Equal(10u, frame.Info.OriginalBytes);
    }

    [Theory]
    [InlineData(1, 262_144, true)]
    [InlineData(1, 262_145, false)]
    [InlineData(231, 262_145, true)]
    [InlineData(249, 262_145, true)]
    public void A_frame_has_at_most_the_bytes_that_its_link_allows(uint link, int bytes, bool isAllowed)
    {
        foreach (bool bigEndian in new[] { false, true })
        {
            byte[] capture = new PcapBytes(link: link, bigEndian: bigEndian)
                .Record(1, 1, Captures.Frame(4)).Record(2, 2, new byte[bytes]).Record(3, 3, Captures.Frame(4)).ToArray();
            ReadCapture read = Captures.Read(capture);
            Assert.Equal(isAllowed ? 3 : 1, read.Frames.Count);
            Assert.Equal(isAllowed ? ContainerOutcome.None : ContainerOutcome.FrameTooLong, read.Outcome);
            Assert.Equal(isAllowed ? 0 : 1, read.Statistics.Count(ContainerOutcome.FrameTooLong));
        }
    }

    [Fact]
    public void A_length_of_four_gigabytes_is_damage_not_a_wait_for_them()
    {
        byte[] capture = new PcapBytes().Record(1, 1, Captures.Frame(4)).Record(2, 2, [], captured: uint.MaxValue).ToArray();
        ReadCapture read = Captures.Read(capture);
        Assert.Equal(4, read.Only.Bytes.Length);
        Assert.Equal(new ContainerDamage(ContainerOutcome.FrameTooLong, 44, 1, uint.MaxValue, 262_144), read.Statistics.Damage);
        Assert.Equal("a frame claims 4294967295 bytes, more than the 262144 a frame can have (at byte 44, after 1 frame)", read.Statistics.Damage!.ToString());
    }

    [Fact]
    public void Zeros_behind_the_last_record_are_empty_frames_as_in_wireshark()
    {
        byte[] capture = new PcapBytes().Record(1, 1, Captures.Frame(4)).Raw(new byte[32]).ToArray();
        Assert.Equal([4, 0, 0], Captures.Read(capture).Frames.Select(f => f.Bytes.Length));
    }

    [Fact]
    public void Cut_at_any_byte_a_capture_gives_every_frame_before_the_cut()
    {
        foreach (uint magic in new[] { Micro, Modified })
        {
            foreach (bool bigEndian in new[] { false, true })
            {
                var capture = new PcapBytes(magic, bigEndian, extraBytes: magic == Modified ? 8 : 0);
                var ends = new List<int> { capture.Length };
                foreach (int length in new[] { 5, 0, 90, 1 })
                    ends.Add(capture.Record(1, 1, Captures.Frame(length)).Length);
                CutEverywhere(capture.ToArray(), firstStart: 24, ends);
            }
        }
    }

    internal static void CutEverywhere(byte[] capture, int firstStart, IReadOnlyList<int> ends, Func<int, int>? framesAt = null)
    {
        for (int cut = firstStart; cut <= capture.Length; cut++)
        {
            ReadCapture read = Captures.Read(capture[..cut]);
            int whole = ends.Last(e => e <= cut);
            bool isClean = whole == cut;
            int records = ends.Count(e => e <= cut) - 1;
            Assert.Equal(framesAt is null ? records : framesAt(cut), read.Frames.Count);
            Assert.Equal(isClean ? ContainerOutcome.None : ContainerOutcome.CutShort, read.Outcome);
            if (!isClean)
                Assert.Equal(whole, read.Statistics.Damage!.OffsetBytes);
        }
    }
}
