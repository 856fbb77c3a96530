using System.Text;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime.Http;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime;

/// <summary>How a processor on a log works.</summary>
public sealed record ProcessorOptions
{
    /// <summary>The longest name of a group, UTF-8: it stands in every record between stages.</summary>
    public const int MaxGroupBytes = 255;

    /// <summary>Consumer group; processes of one group share the work.</summary>
    public required string Group { get; init; }

    /// <summary>
    /// Key of the records between stages. A group's stages take no notice of another's: what that one made of the same events may be of other rules or
    /// sensors, or half gone from the log.
    /// </summary>
    internal byte[] GroupKey => Encoding.UTF8.GetBytes(Group);

    /// <summary>The topics.</summary>
    public TopicCatalog Topics { get; init; } = new();

    /// <summary>Names of the topics that are read, in the order in which data passes them.</summary>
    public IReadOnlyList<string> Inputs => [Topics.Event.Name, Topics.Partial.Name, Topics.Finding.Name];

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

    /// <summary>
    /// Time between checkpoints of one partition: 30 s of input is what a restart reads again, and writing the whole state so seldom is
    /// a small part of the outputs. Zero for none: a restart then reads the partition from its beginning.
    /// </summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Threads that restore state: as many as there are processors, since nothing else can be done before.</summary>
    public int RestoreThreads { get; init; } = Environment.ProcessorCount;

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

    /// <summary>Answers questions about the state; null for none.</summary>
    public HttpOptions? Http { get; init; }

    /// <summary>Takes lines for whoever runs the processor: what was restored, and what was not and why.</summary>
    public Action<string> Note { get; init; } = static _ => { };

    /// <summary>The clock of intervals and timeouts. No result depends on it.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes names that nobody else makes.</summary>
    internal Func<RunId> NewId { get; init; } = RunId.Random;

    /// <summary>The state of a task that checkpoints hold; a simulation puts a state with a fault in its place.</summary>
    internal Func<StageTask, ICheckpointed> StateOf { get; init; } = static task => task.State;

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Group))
            throw new ArgumentException("the consumer group must have a name");
        if (GroupKey.Length > MaxGroupBytes)
            throw new ArgumentException($"the name of the consumer group has {GroupKey.Length} bytes, more than {MaxGroupBytes}");
        if (Threads is < 1 or > KeyGroup.Count)
            throw new ArgumentException($"a process has 1 to {KeyGroup.Count} threads, not {Threads}");
        if (CommitInterval <= TimeSpan.Zero || IdleTimeout <= TimeSpan.Zero || LogTimeout <= TimeSpan.Zero)
            throw new ArgumentException("the commit interval and the timeouts must be above zero");
        if (CheckpointInterval < TimeSpan.Zero)
            throw new ArgumentException("the checkpoint interval must not be negative");
        ArgumentOutOfRangeException.ThrowIfLessThan(RestoreThreads, 1);
        Http?.Validate();
        Pair.Validate();
        Host.Validate();
        Verdict.Validate();
    }
}
