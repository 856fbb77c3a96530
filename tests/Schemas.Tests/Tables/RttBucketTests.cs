using FsCheck;
using FsCheck.Fluent;

namespace IcmpStream.Schemas.Tests.Tables;

public sealed class RttBucketTests
{
    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1_023, 0)]
    [InlineData(1_024, 1)]
    [InlineData(1_039, 1)]
    [InlineData(1_040, 2)]
    [InlineData(2_047, 64)]
    [InlineData(2_048, 65)]
    [InlineData(1_000_000, 635)]
    [InlineData((1L << 36) - 1, 1_664)]
    [InlineData(1L << 36, 1_665)]
    [InlineData(long.MaxValue, 1_665)]
    public void A_time_is_in_the_bucket_that_the_schema_says(long rttNs, int bucket) => Assert.Equal(bucket, RttBuckets.Of(rttNs));

    [Fact]
    public void Buckets_follow_one_another_without_a_gap()
    {
        Assert.Equal(1_666, RttBuckets.Count);
        for (int bucket = 1; bucket < RttBuckets.Count; bucket++)
        {
            long lowest = RttBuckets.LowestNs(bucket);
            Assert.Equal(bucket, RttBuckets.Of(lowest));
            Assert.Equal(bucket - 1, RttBuckets.Of(lowest - 1));
        }
    }

    [Fact]
    public void An_estimate_is_nowhere_further_off_than_one_part_in_129()
    {
        Assert.Equal(129, RttBuckets.ErrorParts);
        Assert.InRange(RttBuckets.EstimateNs(0), 0, RttBuckets.LowNs / 2);

        // The ends of a bucket are where its estimate is worst.
        for (int bucket = 1; bucket < RttBuckets.Count - 1; bucket++)
        {
            AssertClose(RttBuckets.EstimateNs(bucket), RttBuckets.LowestNs(bucket));
            AssertClose(RttBuckets.EstimateNs(bucket), RttBuckets.LowestNs(bucket + 1) - 1);
        }
    }

    [Fact]
    public void Every_percentile_is_as_close_to_the_exact_one() =>
        Prop.ForAll(Times().ToArbitrary(), Gen.Choose(1, 100).ToArbitrary(), (times, percent) =>
        {
            long[] sorted = [.. times.Order()];
            long exact = sorted[((sorted.Length * percent) + 99) / 100 - 1];
            long estimate = RttBuckets.PercentileNs(Cells(times), percent, sorted[0], sorted[^1]);
            Assert.InRange(estimate, sorted[0], sorted[^1]);
            if (exact < RttBuckets.LowNs)
                Assert.InRange(estimate, 0, RttBuckets.LowNs - 1);
            else if (exact < RttBuckets.HighNs)
                AssertClose(estimate, exact);
            else
                Assert.True(estimate >= RttBuckets.HighNs);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Sketches_merge_into_that_of_all_times_together() =>
        Prop.ForAll(Times().ToArbitrary(), Times().ToArbitrary(), (one, other) =>
        {
            var merged = Cells(one).Concat(Cells(other)).GroupBy(cell => cell.Bucket).OrderBy(group => group.Key).Select(group => new RttCell(group.Key, group.Sum(cell => cell.Count)));
            Assert.Equal(Cells([.. one, .. other]), merged);
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Of_no_times_every_percentile_is_nothing() => Assert.Equal(0, RttBuckets.PercentileNs([], 50, 7, 9));

    private static void AssertClose(long estimate, long exact) =>
        Assert.True(Math.Abs(estimate - exact) * RttBuckets.ErrorParts <= exact, $"{estimate} stands for {exact}");

    private static List<RttCell> Cells(IEnumerable<long> times) =>
        [.. times.GroupBy(RttBuckets.Of).OrderBy(group => group.Key).Select(group => new RttCell((ushort)group.Key, group.Count()))];

    // Of every order of magnitude there is, and close together as those of one path are.
    private static Gen<long[]> Times() =>
        from count in Gen.Choose(1, 200)
        from bits in Gen.Choose(1, 40)
        from spread in Gen.Choose(0, 40)
        from seed in Gen.Choose(0, int.MaxValue)
        select Draw(count, bits, spread, new System.Random(seed));

    private static long[] Draw(int count, int bits, int spread, System.Random random)
    {
        long middle = random.NextInt64(1L << bits);
        return [.. Enumerable.Range(0, count).Select(_ => middle + random.NextInt64(1 + (middle >> Math.Min(spread, 62))))];
    }
}
