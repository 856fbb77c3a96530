using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Decode;

/// <summary>Whatever the bytes, the decoder stays inside them, throws nothing and keeps its books.</summary>
public sealed class BoundsTests
{
    private const int MaxPrefixBytes = 64;

    private static readonly DecodeOptions KeepAll = new() { Privacy = PayloadPrivacy.All };

    [Fact]
    public void Every_prefix_of_every_frame_is_read_inside_its_bounds()
    {
        using var memory = new GuardedMemory(1 << 16);
        var decoder = new FrameDecoder(KeepAll);
        var buffer = new EventBuffer(1);
        foreach ((ushort linkType, byte[] bytes) in SampleFrames.All)
        {
            for (int length = 0; length <= bytes.Length; length++)
            {
                // Once cut by the capture, once as short on the wire.
                Check(decoder, linkType, memory.Place(bytes.AsSpan(0, length)), bytes.Length, buffer);
                Check(decoder, linkType, memory.Place(bytes.AsSpan(0, length)), length, buffer);
            }
        }

        Assert.Equal(decoder.Counters.Frames, SampleFrames.All.Sum(f => 2L * (f.Bytes.Length + 1)));
    }

    [Fact]
    public void A_cut_frame_never_says_more_than_the_whole_one()
    {
        var decoder = new FrameDecoder();
        var whole = new EventBuffer(1);
        var cut = new EventBuffer(1);
        foreach ((ushort linkType, byte[] bytes) in SampleFrames.All)
        {
            Check(decoder, linkType, bytes, bytes.Length, whole);
            for (int length = 0; length < bytes.Length; length++)
            {
                Check(decoder, linkType, bytes.AsSpan(0, length), bytes.Length, cut);
                if (cut.Count == 0 || whole.Count == 0)
                    continue;
                ref IcmpEvent left = ref cut.Events[0], right = ref whole.Events[0];
                Assert.Equal((right.Source, right.Destination, right.Type, right.Code), (left.Source, left.Destination, left.Type, left.Code));
                Assert.Equal((right.MessageBytes, right.Bytes, right.Ttl, right.VlanCount), (left.MessageBytes, left.Bytes, left.Ttl, left.VlanCount));
                Assert.True(left.PayloadCaptured <= right.PayloadCaptured);
                Assert.True(left.ChecksumStatus == ChecksumStatus.Unverified || left.ChecksumStatus == right.ChecksumStatus);
            }
        }
    }

    [Fact]
    public void Mutated_frames_are_read_inside_their_bounds()
    {
        const int Frames = 150_000;
        using var memory = new GuardedMemory(1 << 16);
        var decoder = new FrameDecoder(KeepAll);
        var buffer = new EventBuffer(1);
        var random = new Random(20_261_121);
        byte[] frame = new byte[1 << 12];
        for (int i = 0; i < Frames; i++)
        {
            (ushort linkType, byte[] bytes) = SampleFrames.All[random.Next(SampleFrames.All.Count)];
            int length = Math.Min(bytes.Length, frame.Length);
            bytes.AsSpan(0, length).CopyTo(frame);
            for (int change = random.Next(1, 6); change > 0; change--)
                frame[random.Next(length)] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(random.Next(2) * 255 ^ (1 << random.Next(8)));
            if (random.Next(4) == 0)
                length = random.Next(length + 1);
            if (random.Next(16) == 0)
                linkType = (ushort)random.Next(300);
            Check(decoder, linkType, memory.Place(frame.AsSpan(0, length)), random.Next(4) == 0 ? random.Next() : length, buffer);
        }

        Assert.Equal(Frames, decoder.Counters.Frames);
        Assert.InRange(decoder.Counters.Events, Frames / 10, Frames);
    }

    [Fact]
    public void Decoding_allocates_nothing()
    {
        var decoder = new FrameDecoder(KeepAll);
        var buffer = new EventBuffer(1);
        (ushort LinkType, byte[] Bytes)[] frames = [.. SampleFrames.All];
        Assert.Equal(0, Allocation.Least(() =>
        {
            foreach ((ushort linkType, byte[] bytes) in frames)
                Check(decoder, linkType, bytes, bytes.Length, buffer);
        }));
    }

    private static void Check(FrameDecoder decoder, ushort linkType, ReadOnlySpan<byte> frame, int originalBytes, EventBuffer buffer)
    {
        buffer.Clear();
        var info = new FrameInfo(1, 1, (uint)originalBytes, (uint)frame.Length, 1, 0, linkType);
        DecodeOutcome outcome = decoder.Decode(info, frame, buffer);
        bool isEvent = outcome < DecodeOutcome.NotIcmp;
        if (buffer.Count != (isEvent ? 1 : 0) || !(isEvent ? outcome != DecodeOutcome.Unknown : Enum.IsDefined(outcome)))
            Assert.Fail($"{outcome} with {buffer.Count} events: {linkType} {originalBytes} {Convert.ToHexString(frame)}");
        if (!isEvent)
            return;
        ref IcmpEvent e = ref buffer.Events[0];
        if (e.Outcome != outcome || e.PayloadCaptured > frame.Length || e.PrefixLength > MaxPrefixBytes || e.EntropyMillibits > 8000)
            Assert.Fail($"{outcome}: {linkType} {originalBytes} {Convert.ToHexString(frame)}");
    }
}
