using System.Diagnostics;

namespace IcmpStream.Bench.Harness;

/// <summary>
/// Times several pieces of work in turn, A B C A B C ..., so that a machine whose speed drifts slows them all alike, and takes medians.
/// A ratio is the median of the ratios within a round.
/// </summary>
internal sealed class Rounds
{
    /// <summary>Rounds that count, behind those that warm up.</summary>
    public const int Default = 7;

    /// <summary>
    /// Warming up goes on until each piece of work has run for so long, s: the runtime compiles a method for good a tenth of a second
    /// after it was found to be hot, and what it calls after that.
    /// </summary>
    private const double WarmUpSeconds = 0.5;

    private readonly List<(string Name, Action Work, List<double> Seconds, List<long> Allocated)> _contenders = [];

    /// <summary>Adds a piece of work; it is run once per round, on this thread.</summary>
    public Rounds Add(string name, Action work)
    {
        _contenders.Add((name, work, [], []));
        return this;
    }

    /// <summary>Warms up, then runs <paramref name="rounds"/> that count.</summary>
    public Rounds Run(int rounds = Default)
    {
        foreach ((_, Action work, _, _) in _contenders)
        {
            long start = Stopwatch.GetTimestamp();
            do
            {
                work();
            }
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < WarmUpSeconds);
        }

        for (int round = 0; round < rounds; round++)
        {
            foreach ((_, Action work, List<double> seconds, List<long> allocated) in _contenders)
            {
                long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
                long start = Stopwatch.GetTimestamp();
                work();
                seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                allocated.Add(GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
            }
        }

        return this;
    }

    /// <summary>Median time of a piece of work, s.</summary>
    public double Seconds(string name) => Median(Find(name).Seconds);

    /// <summary>Least bytes allocated on this thread in a round: what the work itself allocates, without the tiering of code.</summary>
    public long AllocatedBytes(string name) => Find(name).Allocated.Min();

    /// <summary>How many times faster <paramref name="name"/> is than <paramref name="baseline"/>: median of the rounds' ratios.</summary>
    public double Ratio(string name, string baseline) =>
        Median([.. Find(baseline).Seconds.Zip(Find(name).Seconds, (slow, fast) => slow / fast)]);

    private (string Name, Action Work, List<double> Seconds, List<long> Allocated) Find(string name) =>
        _contenders.Single(contender => contender.Name == name);

    private static double Median(List<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
