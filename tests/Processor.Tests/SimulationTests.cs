using IcmpStream.Kafka;
using IcmpStream.Processor.State;
using IcmpStream.Sim;

namespace IcmpStream.Processor.Tests;

/// <summary>
/// The processor crashed, paused, fenced, rebalanced and cut off by schedules drawn from seeds. <c>make sim</c> runs more of them;
/// <c>make sim ARGS="--seed N"</c> runs a failed one again, as it was.
/// </summary>
public class SimulationTests
{
    private const int Seeds = 200;

    [Fact]
    public void Whatever_happens_the_committed_output_is_that_of_an_undisturbed_run()
    {
        var results = new SimResult[Seeds];
        Parallel.For(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => results[i] = Simulation.Run(i + 1));
        Assert.Empty(results.Where(result => result.Failure is not null).Select(result => $"{result.Setup}: {result.Failure}"));

        // The schedules do disturb.
        Assert.True(results.Sum(result => result.Crashes) > Seeds);
        Assert.True(results.Sum(result => result.Rebuilds) > 0);
        Assert.True(results.Sum(result => result.Restored) > Seeds / 4);
    }

    /// <summary>What thousands of seeds have found stays found: rules that saw the end of a rate window sooner or later, by how far time went at once.</summary>
    [Theory]
    [InlineData(107)]
    [InlineData(224)]
    [InlineData(1099)]
    [InlineData(1866)]
    public void A_seed_that_once_failed_does_not_fail_again(int seed) => Assert.Null(Simulation.Run(seed).Failure);

    [Fact]
    public void The_same_seed_is_the_same_run() =>
        Assert.Equal(Simulation.Run(77), Simulation.Run(77));

    [Fact]
    public void Offsets_committed_before_their_outputs_are_caught()
    {
        SimResult[] results = [.. Enumerable.Range(1, 30).AsParallel().Select(seed => Bug(SimSetup.Draw(seed)))];
        Assert.Contains(results, result => result.Failure is not null);
    }

    // It shows where a process ends between the two.
    private static SimResult Bug(SimSetup setup) => Simulation.Run(setup with { CommitsOffsetsFirst = true, Faults = setup.Faults with { Crash = 25, LostAnswer = 50 } });

    /// <summary>Gates let nothing pass twice, which only a log that repeats itself shows; the other parts are forgotten in <see cref="ForgottenPartTests"/>.</summary>
    [Fact]
    public void Gates_forgotten_in_checkpoints_are_caught()
    {
        // About one schedule in twenty repeats a record right behind a restart; the first that does is enough.
        Assert.True(Enumerable.Range(1, Seeds).AsParallel().Any(seed => Simulation.Run(SimSetup.Draw(seed) with
        {
            Guarantee = Guarantee.AtLeastOnce,
            CheckpointInterval = TimeSpan.FromMilliseconds(100),
            Forgotten = typeof(SequenceGate),
        }).Failure is not null));
    }
}
