using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Ingest.Publish;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Publish;

public class StreamClockTests
{
    private const long Second = 1_000_000_000;
    private const long Start = 1_700_000_000 * Second;

    [Fact]
    public void A_new_clock_has_no_watermark_and_nothing_is_late()
    {
        var clock = new StreamClock();
        Assert.Equal(BatchEnvelope.NoWatermark, clock.WatermarkNs);
        Assert.False(clock.Observe(Start));
    }

    [Fact]
    public void The_watermark_follows_the_highest_time_by_the_allowed_lateness()
    {
        StreamClock clock = Started(Start);
        clock.Observe(Start + (3 * Second));
        clock.Observe(Start + (3 * Second) - 1);
        Assert.Equal(Start + (3 * Second) - StreamClock.DefaultAllowedLatenessNs, clock.WatermarkNs);
    }

    [Fact]
    public void A_frame_at_the_watermark_is_in_time_and_one_below_it_is_late()
    {
        StreamClock clock = Started(Start);
        Assert.False(clock.Observe(clock.WatermarkNs));
        Assert.True(clock.Observe(clock.WatermarkNs - 1));
    }

    [Fact]
    public void A_single_frame_from_the_future_does_not_advance_time()
    {
        StreamClock clock = Started(Start);
        long before = clock.WatermarkNs;
        Assert.False(clock.Observe(Start + (365 * 86_400 * Second)));
        Assert.Equal(before, clock.WatermarkNs);
        Assert.False(clock.Observe(Start + Second));
    }

    [Fact]
    public void Time_follows_a_jump_once_64_more_frames_agree()
    {
        StreamClock clock = Started(Start);
        long future = Start + StreamClock.DoubtNs + Second;
        for (int frame = 0; frame < StreamClock.AgreeingFrames; frame++)
        {
            Assert.False(clock.Observe(future + frame));
            Assert.Equal(Start - StreamClock.DefaultAllowedLatenessNs, clock.WatermarkNs);
        }

        Assert.False(clock.Observe(future + StreamClock.AgreeingFrames));
        Assert.Equal(future + StreamClock.AgreeingFrames - StreamClock.DefaultAllowedLatenessNs, clock.WatermarkNs);
    }

    [Fact]
    public void A_frame_of_the_present_between_them_makes_the_doubted_frames_start_over()
    {
        StreamClock clock = Started(Start);
        long future = Start + (2 * StreamClock.DoubtNs);
        for (int frame = 0; frame < 10 * StreamClock.AgreeingFrames; frame++)
        {
            clock.Observe(future);
            if (frame % StreamClock.AgreeingFrames == 0)
                clock.Observe(Start);
        }

        Assert.Equal(Start - StreamClock.DefaultAllowedLatenessNs, clock.WatermarkNs);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(4_294_967_295L * Second)]
    public void A_first_frame_from_1970_or_2106_does_not_set_the_time(long wrong)
    {
        var clock = new StreamClock();
        Assert.False(clock.Observe(wrong));
        Assert.False(clock.Observe(Start));
        Assert.Equal(BatchEnvelope.NoWatermark, clock.WatermarkNs);
        Assert.False(clock.Observe(Start + 1));
        Assert.Equal(Start + 1 - StreamClock.DefaultAllowedLatenessNs, clock.WatermarkNs);
    }

    [Fact]
    public void Frames_far_in_the_past_are_late_and_do_not_move_time()
    {
        StreamClock clock = Started(Start);
        for (int frame = 0; frame < 1000; frame++)
            Assert.True(clock.Observe(0));
        Assert.Equal(Start - StreamClock.DefaultAllowedLatenessNs, clock.WatermarkNs);
    }

    [Fact]
    public void The_watermark_never_falls_and_a_frame_is_late_exactly_when_it_is_below_it() =>
        Prop.ForAll<long[]>(times =>
        {
            var clock = new StreamClock();
            bool holds = true;
            foreach (long time in times)
            {
                // Any 64-bit time, and more often one near the last.
                long observed = time % 3 == 0 ? time : Start + (time % (5 * Second));
                long before = clock.WatermarkNs;
                bool late = clock.Observe(observed);
                holds &= clock.WatermarkNs >= before && (!late || observed < clock.WatermarkNs) && (late || observed >= before);
            }

            return holds;
        }).QuickCheckThrowOnFailure();

    private static StreamClock Started(long timeNs)
    {
        var clock = new StreamClock();
        clock.Observe(timeNs);
        clock.Observe(timeNs);
        return clock;
    }
}
