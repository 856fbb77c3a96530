using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests;

public class DeterminismTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void One_four_and_sixteen_partitions_give_the_same_output(int seed)
    {
        List<Packet> packets = Scenario.Make(seed);
        string one = Harness.Run(packets).Text();
        Assert.Equal(one, Harness.Run(packets, 4, 1).Text());
        Assert.Equal(one, Harness.Run(packets, 1, 4).Text());
        Assert.Equal(one, Harness.Run(packets, 4, 16).Text());
        Assert.Equal(one, Harness.Run(packets, 16, 4).Text());
        Assert.Contains("flood.destination", one, StringComparison.Ordinal);
        Assert.Contains("P99Ns", one, StringComparison.Ordinal);
        foreach (EchoOutcome outcome in Enum.GetValues<EchoOutcome>().Where(o => o != EchoOutcome.Unknown))
            Assert.Contains(outcome.ToString(), one, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(43)]
    public void Every_rule_gives_the_same_for_any_partitions_and_batches(int seed)
    {
        List<Packet> packets = Scenario.Make(seed, exchanges: 200, flood: false, Attacks.Each(seed));
        string[] expected = Harness.Run(packets).Text().Split('\n');
        foreach ((int pairs, int hosts, int batch) in new[] { (1, 1, 1), (1, 1, 7), (4, 1, 64), (1, 4, 64), (2, 2, 20), (16, 16, 9) })
            Assert.Equal(expected, Harness.Run(packets, pairs, hosts, batch).Text().Split('\n'));
    }

    [Fact]
    public void Any_scenario_gives_the_same_output_for_any_partitions_and_batches() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>().Generator.Two().ToArbitrary(),
            ((int Seed, int Shape) x) =>
            {
                List<Packet> packets = Scenario.Make(x.Seed, exchanges: 60, flood: false);
                int pairs = 1 << Math.Abs(x.Shape % 5), hosts = 1 << Math.Abs(x.Shape % 4), batch = 1 + Math.Abs(x.Shape % 97);
                return Harness.Run(packets).Text() == Harness.Run(packets, pairs, hosts, batch).Text();
            }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Batch_boundaries_do_not_show(int batch)
    {
        List<Packet> packets = Scenario.Make(11);
        Assert.Equal(Harness.Run(packets).Text(), Harness.Run(packets, batch: batch).Text());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 4)]
    public void Shuffling_within_the_allowed_lateness_does_not_show(int seed, int partitions)
    {
        List<Packet> sorted = Scenario.Make(seed);
        List<Packet> shuffled = Scenario.Shuffle(sorted, seed, 499_000_000);
        Assert.NotEqual(sorted, shuffled);
        Outputs outputs = Harness.Run(shuffled, partitions, partitions);
        Assert.Equal(0, outputs.Late);
        Assert.Equal(Harness.Run(sorted).Text(), outputs.Text());
    }

    [Fact]
    public void Any_attack_shuffled_within_the_allowed_lateness_is_found_as_it_was() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>().Generator.Two().ToArbitrary(),
            ((int Seed, int Shape) x) =>
            {
                List<Packet> sorted = Scenario.Make(x.Seed, exchanges: 40, flood: false, Attacks.Some(x.Seed));
                List<Packet> shuffled = Scenario.Shuffle(sorted, x.Shape, 499_000_000);
                int partitions = 1 << Math.Abs(x.Shape % 3), batch = 1 + Math.Abs(x.Shape % 97);
                return Harness.Run(sorted).Text() == Harness.Run(shuffled, partitions, partitions, batch).Text();
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void Limits_that_bite_bite_the_same_for_any_partitions()
    {
        List<Packet> packets = Scenario.Make(21, exchanges: 3000, flood: false);
        var pair = new Topology.PairOptions { Echo = new Topology.EchoOptions { MaxPerGroup = 4 }, MaxRttPairsPerGroup = 1, MaxRttCellsPerGroup = 4 };
        var host = new Topology.HostOptions { MaxHostsPerGroup = 1 };
        Outputs one = Harness.Run(packets, pair: pair, host: host);
        Assert.Equal(one.Text(), Harness.Run(packets, 8, 4, 5, pair, host).Text());
        Assert.Contains(one.Rtts, rtt => rtt.Dropped > 0);
        Assert.NotEqual(one.Text(), Harness.Run(packets).Text());
    }

    [Fact]
    public void Two_streams_of_one_domain_give_the_same_output_however_they_interleave()
    {
        List<Packet> packets = Scenario.Make(31);
        Packet[][] halves = [[.. packets.Where((_, i) => i % 2 == 0)], [.. packets.Where((_, i) => i % 2 == 1)]];
        string[] texts = [.. new[] { (1, 3, 1), (5, 2, 4) }.Select(shape => Interleave(halves, shape.Item1, shape.Item2, shape.Item3))];
        Assert.Equal(texts[0], texts[1]);
    }

    private static string Interleave(Packet[][] halves, int first, int second, int partitions)
    {
        var harness = new Harness(partitions, partitions);
        var run = new RunId(5, 5);
        int[] sent = [0, 0];
        int[] step = [first, second];
        long[] highest = [long.MinValue, long.MinValue];
        harness.Send(Envelope(0, BatchEnvelope.NoWatermark), []);
        harness.Send(Envelope(1, BatchEnvelope.NoWatermark), []);
        while (sent[0] < halves[0].Length || sent[1] < halves[1].Length)
        {
            for (uint s = 0; s < 2; s++)
            {
                Packet[] slice = [.. halves[s].Skip(sent[s]).Take(step[s] * 10)];
                if (slice.Length == 0)
                    continue;
                sent[s] += slice.Length;
                highest[s] = slice.Max(p => p.TimeNs);
                harness.Send(Envelope(s, highest[s] - 500_000_000), slice);
            }
        }

        harness.End(0, highest[0] - 500_000_000, run: run);
        harness.End(1, highest[1] - 500_000_000, run: run);
        return harness.Finish().Text();

        BatchEnvelope Envelope(uint stream, long watermarkNs) =>
            new() { Sensor = "test", Domain = 7, Run = run, Stream = stream, WatermarkNs = watermarkNs };
    }
}
