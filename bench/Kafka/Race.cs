namespace IcmpStream.Bench.Kafka;

/// <summary>
/// Runs contenders in turn, A B C A B C ..., so that a machine or a broker whose speed drifts slows them all alike, and takes medians. Each measures
/// its own stretch, since what it takes to connect is no part of it.
/// </summary>
internal sealed class Race
{
    private readonly List<(string Name, Func<Taken> Run, List<Taken> Taken)> _contenders = [];

    public Race Add(string name, Func<Taken> run)
    {
        _contenders.Add((name, run, []));
        return this;
    }

    /// <summary>A round that warms up, then <paramref name="rounds"/> that count.</summary>
    public Race Run(int rounds)
    {
        for (int round = -1; round < rounds; round++)
        {
            foreach ((_, Func<Taken> run, List<Taken> taken) in _contenders)
            {
                Taken one = run();
                if (round >= 0)
                    taken.Add(one);
            }
        }

        return this;
    }

    /// <summary>Million records a second.</summary>
    public double Rate(string name) => Median(Find(name).Select(taken => taken.Records / taken.Seconds / 1e6));

    /// <summary>How many times as many records a second <paramref name="name"/> does as <paramref name="baseline"/>: median of the rounds' ratios.</summary>
    public double Ratio(string name, string baseline) =>
        Median(Find(name).Zip(Find(baseline), (ours, theirs) => ours.Records / ours.Seconds / (theirs.Records / theirs.Seconds)));

    /// <summary>Processor time of a record, microseconds.</summary>
    public double CpuMicroseconds(string name) => Median(Find(name).Select(taken => taken.CpuSeconds * 1e6 / taken.Records));

    /// <summary>Bytes allocated for a record, in the round that allocated least: what the work itself allocates, without the tiering of code.</summary>
    public double AllocatedBytes(string name) => Find(name).Min(taken => (double)taken.AllocatedBytes / taken.Records);

    private List<Taken> Find(string name) => _contenders.Single(contender => contender.Name == name).Taken;

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
