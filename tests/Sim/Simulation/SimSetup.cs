using IcmpStream.Kafka;

namespace IcmpStream.Sim;

/// <summary>What a run is made of, all of it drawn from the seed.</summary>
internal sealed record SimSetup
{
    /// <summary>The seed.</summary>
    public required int Seed { get; init; }

    /// <summary>Partitions of the events.</summary>
    public int PairPartitions { get; init; } = 1;

    /// <summary>Partitions of the partials.</summary>
    public int HostPartitions { get; init; } = 1;

    /// <summary>Processes of the group.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Members of each process.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Records in one batch at most.</summary>
    public int BatchRecords { get; init; } = 100;

    /// <summary>Actions of the schedule before everything is healed.</summary>
    public int Actions { get; init; }

    /// <summary>True where processes have names that outlive them.</summary>
    public bool IsStatic { get; init; }

    /// <summary>What is promised.</summary>
    public Guarantee Guarantee { get; init; } = Guarantee.ExactlyOnce;

    /// <summary>Time between checkpoints; zero for none.</summary>
    public TimeSpan CheckpointInterval { get; init; }

    /// <summary>What goes wrong.</summary>
    public SimFaults Faults { get; init; } = SimFaults.None;

    /// <summary>True where the taps of the two streams overlap, so that both see every packet and the processor takes one out.</summary>
    public bool IsOverlapping { get; init; }

    /// <summary>A bug planted on purpose: offsets are committed before the outputs that they stand for.</summary>
    public bool CommitsOffsetsFirst { get; init; }

    /// <summary>A bug planted on purpose: checkpoints leave out the parts of this type.</summary>
    public Type? Forgotten { get; init; }

    /// <summary>Draws a setup.</summary>
    public static SimSetup Draw(int seed)
    {
        var random = new Random(seed);
        return new SimSetup
        {
            Seed = seed,
            PairPartitions = 1 << random.Next(3),
            HostPartitions = 1 << random.Next(3),
            Processes = random.Next(1, 4),
            Threads = random.Next(1, 3),
            BatchRecords = random.Next(1, 12),
            Actions = random.Next(200, 900),
            IsStatic = random.Next(2) == 0,
            Guarantee = random.Next(5) == 0 ? Guarantee.AtLeastOnce : Guarantee.ExactlyOnce,
            CheckpointInterval = random.Next(5) == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(random.Next(50, 1500)),
            Faults = SimFaults.Draw(random),
            IsOverlapping = random.Next(4) == 0,
        };
    }

    /// <summary>The same input and shape with nothing that goes wrong.</summary>
    public SimSetup Reference() => new() { Seed = Seed, PairPartitions = PairPartitions, HostPartitions = HostPartitions, IsOverlapping = IsOverlapping };

    /// <summary>In one line.</summary>
    public override string ToString() =>
        $"seed {Seed}: {PairPartitions}/{HostPartitions} partitions, {Processes} x {Threads} members{(IsStatic ? ", static" : "")}{(IsOverlapping ? ", overlapping" : "")}, {Guarantee}, checkpoints every {CheckpointInterval.TotalMilliseconds} ms, {Actions} actions, {Faults}";
}
