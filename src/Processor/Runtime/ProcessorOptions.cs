using IcmpStream.Kafka;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime;

/// <summary>How a processor on a log works.</summary>
public sealed record ProcessorOptions
{
    /// <summary>Consumer group; processes of one group share the work.</summary>
    public required string Group { get; init; }

    /// <summary>The topics.</summary>
    public ProcessorTopics Topics { get; init; } = new();

    /// <summary>Members of the group in this process, each with a thread of its own.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>What a crash may do to the outputs.</summary>
    public Guarantee Guarantee { get; init; } = Guarantee.ExactlyOnce;

    /// <summary>Static membership: the name of this process, to which each thread adds its number; null for none.</summary>
    public string? InstanceId { get; init; }

    /// <summary>
    /// Time between commits: 100 ms, a slot of event time. A partial waits that long for its commit, so a shorter one would make alerts
    /// sooner and transactions more.
    /// </summary>
    public TimeSpan CommitInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Stop once everything that was in the log at the start has been handled and every stream has ended.</summary>
    public bool UntilEnd { get; init; }

    /// <summary>With <see cref="UntilEnd"/>: time without a new record after which it gives up: 30 s.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time that the log may take for a commit or an answer.</summary>
    public TimeSpan LogTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Headers of the records written.</summary>
    public RecordHeaders Headers { get; init; } = RecordHeaders.SingleObject;

    /// <summary>Schemas that records may be written with.</summary>
    public WriterSchemas Schemas { get; init; } = new();

    /// <summary>The pair stages; partitions are the topics'.</summary>
    public PairOptions Pair { get; init; } = new();

    /// <summary>The host stages.</summary>
    public HostOptions Host { get; init; } = new();

    /// <summary>The verdict stage.</summary>
    public VerdictOptions Verdict { get; init; } = new();

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Group))
            throw new ArgumentException("the consumer group must have a name");
        if (Threads is < 1 or > KeyGroup.Count)
            throw new ArgumentException($"a process has 1 to {KeyGroup.Count} threads, not {Threads}");
        if (CommitInterval <= TimeSpan.Zero || IdleTimeout <= TimeSpan.Zero || LogTimeout <= TimeSpan.Zero)
            throw new ArgumentException("the commit interval and the timeouts must be above zero");
        Pair.Validate();
        Host.Validate();
        Verdict.Validate();
    }
}
