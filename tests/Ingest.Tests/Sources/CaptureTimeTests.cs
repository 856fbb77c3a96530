using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Ingest.Sources;

namespace IcmpStream.Ingest.Tests.Sources;

public sealed class CaptureTimeTests
{
    [Theory]
    [InlineData(0, 1_700_000_000UL, 0L, 1_700_000_000_000_000_000L)]
    [InlineData(3, 1_700_000_000_123UL, 0L, 1_700_000_000_123_000_000L)]
    [InlineData(6, 1_700_000_000_123_456UL, 0L, 1_700_000_000_123_456_000L)]
    [InlineData(9, 1_700_000_000_123_456_789UL, 0L, 1_700_000_000_123_456_789L)]
    [InlineData(12, 1_700_000_000_001_999UL, 0L, 1_700_000_000_001L)]
    [InlineData(0x80 | 10, (1_700_000_000UL << 10) + 1, 0L, 1_700_000_000_000_976_562L)]
    [InlineData(0x80 | 32, 1_700_000_000UL << 32 | 0x8000_0000, 0L, 1_700_000_000_500_000_000L)]
    [InlineData(6, 1_700_000_000_000_000UL, -100L, 1_699_999_900_000_000_000L)]
    [InlineData(6, 1_700_000_000_000_000UL, -1_800_000_000L, -100_000_000_000_000_000L)]
    [InlineData(9, 5UL, 1_700_000_000L, 1_700_000_000_000_000_005L)]
    [InlineData(19, 15_000_000_000_000_001_999UL, 0L, 1_500_000_000L)]
    [InlineData(20, 15_000_000_000_000_001_999UL, 0L, 150_000_000L)]
    [InlineData(127, ulong.MaxValue, 7L, 7_000_000_000L)]
    [InlineData(0xff, ulong.MaxValue, 7L, 7_000_000_000L)]
    [InlineData(0x80 | 64, 3UL << 62, 0L, 750_000_000L)]
    public void Resolutions_and_offsets_become_nanoseconds(byte resolution, ulong ticks, long offsetSeconds, long timeNs)
    {
        ReadCapture read = Read(resolution, ticks, offsetSeconds);
        Assert.Equal(timeNs, read.Only.Info.TimeNs);
        Assert.Equal(0, read.Statistics.Count(ContainerOutcome.TimeSaturated));
    }

    [Theory]
    [InlineData(6, ulong.MaxValue, 0L, long.MaxValue)]
    [InlineData(0, ulong.MaxValue, 0L, long.MaxValue)]
    [InlineData(9, 0UL, long.MinValue, long.MinValue)]
    [InlineData(9, 0UL, long.MaxValue, long.MaxValue)]
    [InlineData(9, 9_223_372_036_854_775_808UL, 0L, long.MaxValue)]
    public void A_time_beyond_the_range_is_its_end_and_is_counted(byte resolution, ulong ticks, long offsetSeconds, long timeNs)
    {
        ReadCapture read = Read(resolution, ticks, offsetSeconds);
        Assert.Equal(timeNs, read.Only.Info.TimeNs);
        Assert.Equal(1, read.Statistics.Count(ContainerOutcome.TimeSaturated));
        Assert.Null(read.Statistics.Damage);
    }

    [Fact]
    public void Times_equal_exact_arithmetic_for_any_clock()
    {
        // Far from uniform on purpose: clocks as found, and the edges of the fast path.
        Gen<byte> resolution = Gen.OneOf(Gen.Elements<byte>(0, 3, 6, 9, 10, 12, 28, 29, 0x80, 0x8a, 0xa0, 0xbf, 0xc0, 0xff), Gen.Choose(0, 255).Select(i => (byte)i));
        Gen<ulong> ticks = Gen.OneOf(
            Gen.Choose(0, 63).SelectMany(shift => Gen.Choose(0, int.MaxValue).Select(v => (ulong)v << shift)),
            Gen.Elements<ulong>(0, ulong.MaxValue, long.MaxValue, 4_611_686_018_427_387_903UL, 4_611_686_018_427_387_904UL, 4_611_686_018_427_387UL));
        Gen<long> offset = Gen.OneOf(Gen.Constant(0L), Gen.Choose(int.MinValue, int.MaxValue).Select(i => (long)i), Gen.Elements(long.MinValue, long.MaxValue, 4_611_686_018L, 4_611_686_019L));
        Prop.ForAll(
            resolution.SelectMany(r => ticks.SelectMany(t => offset.Select(o => (Resolution: r, Ticks: t, Offset: o)))).ToArbitrary(),
            clock =>
            {
                BigInteger exact = (clock.Resolution & 0x80) != 0
                    ? ((BigInteger)clock.Ticks * 1_000_000_000) >> (clock.Resolution & 0x7f)
                    : (BigInteger)clock.Ticks * 1_000_000_000 / BigInteger.Pow(10, clock.Resolution);
                exact += (BigInteger)clock.Offset * 1_000_000_000;
                long expected = (long)BigInteger.Max(long.MinValue, BigInteger.Min(long.MaxValue, exact));
                ReadCapture read = Read(clock.Resolution, clock.Ticks, clock.Offset);
                Assert.Equal(expected.ToString(CultureInfo.InvariantCulture), read.Only.Info.TimeNs.ToString(CultureInfo.InvariantCulture));
                Assert.Equal(exact == expected ? 0 : 1, read.Statistics.Count(ContainerOutcome.TimeSaturated));
            }).QuickCheckThrowOnFailure();
    }

    private static ReadCapture Read(byte resolution, ulong ticks, long offsetSeconds)
    {
        var capture = new PcapngBytes();
        byte[] clock = capture.Clock(resolution, offsetSeconds);
        return Captures.Read(capture.Section().Interface(options: clock).Packet(0, ticks, Captures.Frame(3)).ToArray());
    }
}
