using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

public sealed class PcapngTests
{
    private const ulong Ticks = 1_700_000_000_123_456;
    private const long TimeNs = 1_700_000_000_123_456_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Enhanced_packets_of_several_interfaces_keep_theirs(bool bigEndian)
    {
        byte[] capture = new PcapngBytes().Section(bigEndian).Interface(1).Interface(101, options: new PcapngBytes().Clock(9, bigEndian: bigEndian))
            .Packet(1, Ticks * 1000 + 7, Captures.Frame(33), original: 99).Packet(0, Ticks, Captures.Frame(42)).ToArray();
        ReadCapture read = Captures.Read(capture);
        Assert.Null(read.Statistics.Damage);
        Assert.Equal(
            [
                $"1 {TimeNs + 7} 33 99 1 1 101 {Convert.ToHexString(Captures.Frame(33))}",
                $"2 {TimeNs} 42 42 1 0 1 {Convert.ToHexString(Captures.Frame(42))}",
            ],
            read.Frames.Select(f => f.Row));
    }

    [Fact]
    public void Both_byte_orders_give_the_same_frames()
    {
        // The short path is for little-endian blocks only: the other order goes through the general one.
        static string[] Rows(bool bigEndian)
        {
            var capture = new PcapngBytes();
            byte[] nano = capture.Clock(9, 3, bigEndian);
            byte[] binary = capture.Clock(0x80 | 20, bigEndian: bigEndian);
            capture.Section(bigEndian).Interface().Interface(113, 64, nano).Interface(1, 0, binary);
            for (int i = 0; i < 100; i++)
                capture.Packet((uint)(i % 3), Ticks + (ulong)i, Captures.Frame(i, (byte)i), original: (uint)(i + i % 5), options: capture.Option(2, 0, 0, 0, 1));
            return [.. Captures.Read(capture.ToArray()).Frames.Select(f => f.Row)];
        }
        string[] little = Rows(bigEndian: false);
        Assert.Equal(100, little.Length);
        Assert.Equal(little, Rows(bigEndian: true));
    }

    [Fact]
    public void Each_section_has_its_own_byte_order_and_interfaces()
    {
        byte[] capture = new PcapngBytes()
            .Section().Interface(1).Interface(113).Packet(1, Ticks, Captures.Frame(9))
            .Section(bigEndian: true).Interface(228).Packet(0, Ticks, Captures.Frame(8))
            .Section().Section(minor: 2).Interface(229).Packet(0, Ticks, Captures.Frame(7))
            .ToArray();
        ReadCapture read = Captures.Read(capture);
        Assert.Equal([(1u, 1, 113), (2u, 0, 228), (4u, 0, 229)], read.Frames.Select(f => (f.Info.Section, (int)f.Info.InterfaceId, (int)f.Info.LinkType)));
        Assert.Equal([1L, 2, 3], read.Frames.Select(f => f.Info.FrameNumber));
        Assert.All(read.Times, t => Assert.Equal(TimeNs, t));
    }

    [Fact]
    public void A_packet_may_not_name_an_interface_of_an_earlier_section()
    {
        byte[] capture = new PcapngBytes().Section().Interface().Interface().Packet(1, Ticks, Captures.Frame(9))
            .Section().Interface().Packet(1, Ticks, Captures.Frame(9)).ToArray();
        ReadCapture read = Captures.Read(capture);
        Assert.Single(read.Frames);
        Assert.Equal((ContainerOutcome.InterfaceUnknown, 1L, 1L), (read.Outcome, read.Statistics.Damage!.Claimed, read.Statistics.Damage.Limit));
    }

    [Fact]
    public void An_interface_may_be_described_between_packets()
    {
        byte[] capture = new PcapngBytes().Section().Interface(1).Packet(0, Ticks, Captures.Frame(9)).Interface(101).Packet(1, Ticks, Captures.Frame(9)).ToArray();
        Assert.Equal([1, 101], Captures.Read(capture).Frames.Select(f => (int)f.Info.LinkType));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_simple_packet_has_no_time_and_is_cut_to_the_snap_length(bool bigEndian)
    {
        byte[] capture = new PcapngBytes().Section(bigEndian).Interface(101, snapBytes: 20)
            .SimplePacket(Captures.Frame(20), original: 42).SimplePacket(Captures.Frame(7)).Packet(0, Ticks, Captures.Frame(30)).ToArray();
        ReadCapture read = Captures.Read(capture);
        Assert.Equal([(0L, 20u, 42u), (0L, 7u, 7u), (TimeNs, 30u, 30u)], read.Frames.Select(f => (f.Info.TimeNs, f.Info.CapturedBytes, f.Info.OriginalBytes)));
        Assert.Equal(2, read.Statistics.Count(ContainerOutcome.TimeMissing));
        Assert.All(read.Frames, f => Assert.Equal((ushort)101, f.Info.LinkType));
    }

    [Fact]
    public void A_simple_packet_without_a_snap_length_is_whole() =>
        Assert.Equal(42, Captures.Read(new PcapngBytes().Section().Interface().SimplePacket(Captures.Frame(42)).ToArray()).Only.Bytes.Length);

    [Fact]
    public void A_simple_packet_needs_an_interface_and_room()
    {
        Assert.Equal(ContainerOutcome.InterfaceUnknown, Captures.Read(new PcapngBytes().Section().SimplePacket(Captures.Frame(9)).ToArray()).Outcome);
        Assert.Equal(
            ContainerOutcome.FrameOverrunsBlock,
            Captures.Read(new PcapngBytes().Section().Interface().SimplePacket(Captures.Frame(20), original: 21).ToArray()).Outcome);
        Assert.Equal(
            ContainerOutcome.FrameTooLong,
            Captures.Read(new PcapngBytes().Section().Interface().SimplePacket(Captures.Frame(20), original: 262_145).ToArray()).Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_obsolete_packet_block_is_read(bool bigEndian)
    {
        byte[] capture = new PcapngBytes().Section(bigEndian).Interface(1).Interface(113).ObsoletePacket(1, 0xffff, Ticks, Captures.Frame(21)).ToArray();
        Assert.Equal($"1 {TimeNs} 21 21 1 1 113 {Convert.ToHexString(Captures.Frame(21))}", Captures.Read(capture).Only.Row);
    }

    [Fact]
    public void Blocks_without_frames_are_skipped_whatever_their_length()
    {
        byte[] capture = new PcapngBytes().Section().Interface()
            .Block(4, [1, 0, 4, 0, 10, 0, 0, 1, 0, 0, 0, 0]).Block(10, Captures.Frame(100)).Block(0x0bad, Captures.Frame(12))
            .Block(0x4000_0bad, []).Block(9, new byte[300_000]).Block(0, [])
            .Packet(0, Ticks, Captures.Frame(9)).ToArray();
        ReadCapture read = Captures.Read(capture);
        Assert.Null(read.Statistics.Damage);
        Assert.Equal(9, read.Only.Bytes.Length);
    }

    [Fact]
    public void Statistics_blocks_give_the_drops_of_every_interface_and_section()
    {
        byte[] capture = new PcapngBytes()
            .Section().Interface().Interface()
            .Statistics(0, (4, 100), (5, 1)).Statistics(1, (4, 10), (5, 2), (7, 3)).Statistics(0, (4, 200), (5, 4), (6, 77))
            .Section(bigEndian: true).Interface().Statistics(0, (4, 1000), (7, 50)).Packet(0, Ticks, Captures.Frame(9))
            .ToArray();
        ReadCapture read = Captures.Read(capture);
        Assert.Equal(200 + 10 + 1000, read.Statistics.KernelReceived);
        Assert.Equal(4 + 2 + 3 + 50, read.Statistics.KernelDrops);
        Assert.Equal(1, read.Statistics.Frames);
    }

    [Fact]
    public void Absurd_counters_stay_at_the_end_of_the_range()
    {
        byte[] capture = new PcapngBytes().Section().Interface().Interface().Statistics(0, (5, ulong.MaxValue)).Statistics(1, (5, ulong.MaxValue), (7, 9)).ToArray();
        Assert.Equal(long.MaxValue, Captures.Read(capture).Statistics.KernelDrops);
    }

    [Fact]
    public void A_length_that_is_no_multiple_of_four_is_rounded_up()
    {
        byte[] capture = new PcapngBytes().Section().Interface()
            .Packet(0, Ticks, Captures.Frame(8)).Block(6, [.. new byte[12], 6, 0, 0, 0, 6, 0, 0, 0, 1, 2, 3, 4, 5, 6], length: 38, trailer: 38)
            .Packet(0, Ticks, Captures.Frame(8)).ToArray();
        ReadCapture read = Captures.Read(capture);
        Assert.Null(read.Statistics.Damage);
        Assert.Equal([8, 6, 8], read.Frames.Select(f => f.Bytes.Length));
    }

    [Fact]
    public void More_captured_than_original_or_than_the_snap_length_is_delivered_as_it_is() =>
        Assert.Equal(42, Captures.Read(new PcapngBytes().Section().Interface(snapBytes: 8).Packet(0, Ticks, Captures.Frame(42), original: 10).ToArray()).Only.Bytes.Length);

    [Fact]
    public void A_section_describes_at_most_65536_interfaces()
    {
        static PcapngBytes Interfaces(int count)
        {
            PcapngBytes capture = new PcapngBytes().Section();
            for (int i = 0; i < count; i++)
                capture.Interface((ushort)i);
            return capture;
        }
        ReadFrame last = Captures.Read(Interfaces(65_536).Packet(65_535, Ticks, Captures.Frame(3)).ToArray()).Only;
        Assert.Equal((65_535, 65_535), (last.Info.InterfaceId, last.Info.LinkType));
        Assert.Equal(ContainerOutcome.InterfacesTooMany, Captures.Read(Interfaces(65_537).ToArray()).Outcome);
    }

    [Fact]
    public void Cut_at_any_byte_a_capture_gives_every_frame_before_the_cut()
    {
        foreach (bool bigEndian in new[] { false, true })
        {
            var capture = new PcapngBytes();
            byte[] clock = capture.Clock(9, 5, bigEndian);
            var ends = new List<int> { 0, capture.Section(bigEndian).Length, capture.Interface(options: clock).Length };
            var frames = new List<int>();
            foreach (int length in new[] { 5, 0, 70 })
            {
                ends.Add(capture.Packet(0, Ticks, Captures.Frame(length)).Length);
                frames.Add(capture.Length);
            }
            ends.Add(capture.SimplePacket(Captures.Frame(6)).Length);
            frames.Add(capture.Length);
            ends.Add(capture.Statistics(0, (5, 1)).Length);
            ends.Add(capture.Section(!bigEndian).Length);
            PcapTests.CutEverywhere(capture.ToArray(), firstStart: 16, ends, cut => frames.Count(f => f <= cut));
        }
    }
}
