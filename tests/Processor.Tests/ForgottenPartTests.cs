using IcmpStream.Processor.State;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Processor.Tests.Support;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;
using IcmpStream.Sim;

namespace IcmpStream.Processor.Tests;

/// <summary>
/// The planted bug: checkpoints leave out one part, each in its turn. Either the output is another, or what is left does not fit together and is
/// refused; else the part, or this test's traffic, is worth nothing.
/// </summary>
public class ForgottenPartTests
{
    private const int Batch = 16;

    private const long LatenessNs = 500_000_000;

    /// <summary>How far the clocks of the two taps are apart.</summary>
    private const long ApartNs = 150_000_000;

    private static readonly List<Packet> Traffic = Scenario.Make(5, exchanges: 80, flood: false, Attacks.Each(5));

    private static readonly Lazy<string> Expected = new(() => Run(null, overlapping: true));

    private static readonly Lazy<string> ExpectedApart = new(() => Run(null, overlapping: false));

    /// <summary>Everything that stands by itself in a checkpoint, but the gates: nothing comes twice here.</summary>
    public static TheoryData<string> Parts { get; } = [.. ForgetfulState.Parts.Where(part => part != typeof(SequenceGate)).Select(part => part.FullName!)];

    [Fact]
    public void Nothing_forgotten_is_nothing_noticed() => Assert.Equal(Expected.Value, Run(typeof(ForgottenPartTests), overlapping: true));

    [Theory]
    [MemberData(nameof(Parts))]
    public void A_part_forgotten_in_checkpoints_is_noticed(string part)
    {
        Type forgotten = ForgetfulState.Parts.Single(type => type.FullName == part);

        // With copies to find evidence waits as events, and without it waits as evidence.
        Assert.True(
            Expected.Value != Run(forgotten, overlapping: true) || ExpectedApart.Value != Run(forgotten, overlapping: false), $"nobody misses the {forgotten.Name}");
    }

    // Two taps see the same packets, and some are lost on the way, so that copies and losses are something to remember.
    private static string Run(Type? forgotten, bool overlapping)
    {
        var harness = new Harness(2, 2, new PairOptions { DedupWindowNs = overlapping ? LatenessNs : 0 });
        int handled = 0;
        if (forgotten is not null)
        {
            harness.AfterPartition = () =>
            {
                // Often, and at times when findings wait.
                if (handled % 5 == 3)
                    harness.SaveAndLoad(forgotten: forgotten);
                handled++;
            };
        }

        try
        {
            long highest = long.MinValue;
            for (int start = 0; start < Traffic.Count; start += Batch)
            {
                List<Packet> packets = Traffic.GetRange(start, Math.Min(Batch, Traffic.Count - start));
                highest = Math.Max(highest, packets.Max(packet => packet.TimeNs));
                Send(harness, 0, packets, highest, start);
                Send(harness, 1, [.. packets.Select(packet => packet with { TimeNs = packet.TimeNs + ApartNs })], highest + ApartNs, start);
            }

            harness.End(0, highest - LatenessNs, seen: Traffic.Count);

            // Taken up again where one partition has ended and the other has not.
            handled = 3;
            harness.End(1, highest + ApartNs - LatenessNs, seen: Traffic.Count);
        }
        catch (CheckpointException e)
        {
            return e.Message;
        }

        return harness.Outputs.Text();
    }

    private static void Send(Harness harness, uint stream, List<Packet> packets, long highestNs, int start) => harness.Send(
        new BatchEnvelope { Sensor = "test", Domain = 7, Stream = stream, WatermarkNs = highestNs - LatenessNs, Seen = start + packets.Count, KernelDrops = start / 64 }, packets);
}
