namespace IcmpStream.Cli.Report;

/// <summary>
/// How long records were on their way, from the two cumulative curves alone: the n-th record delivered had been taken when the curve of taken
/// records passed n. Exact to a look's interval where records are delivered in about the order in which they were taken, as one producer's are.
/// </summary>
internal sealed class DeliveryLatency
{
    private readonly List<(double Ms, long Records)> _steps = [];
    private readonly long _records;

    /// <summary>Reads the curves.</summary>
    public DeliveryLatency(IReadOnlyList<LoadSample> samples)
    {
        int taken = 0;
        for (int i = 1; i < samples.Count; i++)
        {
            long delivered = samples[i].Delivered - samples[i - 1].Delivered;
            if (delivered <= 0)
                continue;
            double middle = samples[i - 1].Delivered + (delivered / 2.0);
            while (taken + 1 < samples.Count && samples[taken + 1].Taken < middle)
                taken++;
            LoadSample before = samples[taken], behind = samples[Math.Min(taken + 1, samples.Count - 1)];
            double share = behind.Taken == before.Taken ? 0 : Math.Clamp((middle - before.Taken) / (behind.Taken - before.Taken), 0, 1);
            double takenMs = before.Ms + (share * (behind.Ms - before.Ms));
            double deliveredMs = (samples[i - 1].Ms + samples[i].Ms) / 2;
            _steps.Add((Math.Max(0, deliveredMs - takenMs), delivered));
            _records += delivered;
        }

        _steps.Sort();
    }

    /// <summary>Records it knows of.</summary>
    public long Records => _records;

    /// <summary>The latency, ms, that this share of the records did not exceed; 0 where there are none.</summary>
    public double Percentile(double share)
    {
        double wanted = share * _records;
        long sum = 0;
        foreach ((double ms, long records) in _steps)
        {
            sum += records;
            if (sum >= wanted)
                return ms;
        }

        return _steps.Count == 0 ? 0 : _steps[^1].Ms;
    }
}
