namespace IcmpStream.Sim;

/// <summary>How often things go wrong in a run, in thousandths; drawn from the seed, so that some runs have much of one kind.</summary>
internal sealed record SimFaults
{
    /// <summary>None: the run that others are compared with.</summary>
    public static SimFaults None { get; } = new();

    /// <summary>Crashes at a call of the log, before it or after it.</summary>
    public int Crash { get; init; }

    /// <summary>Polls that find nothing although there is something.</summary>
    public int SlowFetch { get; init; }

    /// <summary>Fetches that are answered twice.</summary>
    public int RepeatedFetch { get; init; }

    /// <summary>Units of work that the log takes back.</summary>
    public int Abort { get; init; }

    /// <summary>Commits whose answer is lost, whether they happened or not.</summary>
    public int LostAnswer { get; init; }

    /// <summary>Appends of checkpoint chunks that find the queue full.</summary>
    public int FullQueue { get; init; }

    /// <summary>Whole processes that crash, stand still, or come back, at every action of the schedule.</summary>
    public int Process { get; init; }

    /// <summary>Outages of the log that begin or end.</summary>
    public int Outage { get; init; }

    /// <summary>Draws them.</summary>
    public static SimFaults Draw(Random random) => new()
    {
        Crash = random.Next(3) == 0 ? random.Next(12) : random.Next(3),
        SlowFetch = random.Next(300),
        RepeatedFetch = random.Next(100),
        Abort = random.Next(3) == 0 ? random.Next(150) : 0,
        LostAnswer = random.Next(3) == 0 ? random.Next(60) : 0,
        FullQueue = random.Next(500),
        Process = random.Next(25),
        Outage = random.Next(2) == 0 ? random.Next(8) : 0,
    };
}
