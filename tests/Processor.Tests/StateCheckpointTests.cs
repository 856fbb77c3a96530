using FsCheck;
using FsCheck.Fluent;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests;

/// <summary>What a stage writes down is all that it is: read back, it goes on byte for byte as if nothing had happened.</summary>
public class StateCheckpointTests
{
    private static readonly PairOptions WidePair = new();

    private static readonly HostOptions WideHost = new();

    private static readonly PairOptions TightPair = new()
    {
        Echo = new EchoOptions { MaxPerGroup = 4 },
        MaxFlowsPerGroup = 3,
        MaxMessagesPerGroup = 6,
        MaxRttPairsPerGroup = 1,
        MaxRttCellsPerGroup = 4,
    };

    private static readonly HostOptions TightHost = new() { MaxHostsPerGroup = 2 };

    [Fact]
    public void Saved_and_loaded_at_any_record_the_outputs_are_the_same() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>().Generator.Two().ToArbitrary(),
            ((int Seed, int Shape) x) => Run(x.Seed, x.Shape, restarts: true) == Run(x.Seed, x.Shape, restarts: false)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void After_every_single_record_too(int partitions)
    {
        List<Packet> packets = Scenario.Make(5, exchanges: 150, flood: false, Attacks.Each(5));
        string expected = Harness.Run(packets, partitions, partitions, 16, WidePair, WideHost).Text();
        var harness = new Harness(partitions, partitions, WidePair, WideHost);
        long bytes = 0;
        long highest = long.MinValue;
        for (int start = 0; start < packets.Count; start += 16)
        {
            List<Packet> batch = packets.GetRange(start, Math.Min(16, packets.Count - start));
            highest = Math.Max(highest, batch.Max(p => p.TimeNs));
            harness.Send(Envelope(highest - 500_000_000, start + batch.Count), batch);
            bytes = Math.Max(bytes, harness.SaveAndLoad(threads: 2));
        }

        harness.End(0, highest - 500_000_000, seen: packets.Count);
        Outputs outputs = harness.Finish();
        Assert.Equal(expected, outputs.Text());
        Assert.True(bytes > 50_000);

        // Every rule had something to remember.
        Assert.Empty(RuleCatalog.All.Select(rule => rule.Id).Except(outputs.Alerts.Select(alert => alert.Rule)));
    }

    private static string Run(int seed, int shape, bool restarts)
    {
        var random = new Random(seed);
        List<Packet> packets = Scenario.Make(seed, exchanges: 80, flood: false, Attacks.Some(seed));
        bool tight = shape % 2 == 0;
        int partitions = 1 << Math.Abs(shape / 2 % 3);
        var harness = new Harness(partitions, partitions, tight ? TightPair : WidePair, tight ? TightHost : WideHost);
        long highest = long.MinValue;
        for (int start = 0; start < packets.Count; start += 8)
        {
            List<Packet> batch = packets.GetRange(start, Math.Min(8, packets.Count - start));
            highest = Math.Max(highest, batch.Max(p => p.TimeNs));

            // Packets are lost on the way, so that the history of losses is something to remember.
            harness.Send(Envelope(highest - 500_000_000, start + batch.Count) with { KernelDrops = start / 64 }, batch);
            if (random.Next(10) == 0 && restarts)
                harness.SaveAndLoad();
        }

        harness.End(0, highest - 500_000_000, seen: packets.Count);
        return harness.Finish().Text();
    }

    private static BatchEnvelope Envelope(long watermarkNs, long seen) =>
        new() { Sensor = "test", Domain = 7, WatermarkNs = watermarkNs, Seen = seen };
}
