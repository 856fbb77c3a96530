using System.Diagnostics;

namespace IcmpStream.Bench.Harness;

/// <summary>
/// Times several pieces of work in turn, A B C A B C ..., so that a machine whose speed drifts slows them all alike, and takes medians.
/// A ratio is the median of the ratios within a round.
/// </summary>
internal sealed class Rounds
{
    /// <summary>Rounds that count, behind one that warms up.</summary>
    public const int Default = 7;

    private readonly List<(string Name, Action Work, List<double> Seconds, List<long> Allocated)> _contenders = [];

    /// <summary>Adds a piece of work; it is run once per round, on this thread.</summary>
    public Rounds Add(string name, Action work)
    {
        _contenders.Add((name, work, [], []));
        return this;
    }

    /// <summary>Runs a warm-up round and then <paramref name="rounds"/> that count.</summary>
    public Rounds Run(int rounds = Default)
    {
        for (int round = -1; round < rounds; round++)
        {
            foreach ((_, Action work, List<double> seconds, List<long> allocated) in _contenders)
            {
                long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
                long start = Stopwatch.GetTimestamp();
                work();
                double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
                long allocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
                if (round < 0)
                    continue;
                seconds.Add(elapsed);
                allocated.Add(allocatedBytes);
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
