using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime;

/// <summary>
/// What a processor, or a part of it, has done: a snapshot that adds up. What a rebuilt stage has seen again is
/// <see cref="Replayed"/> and in no other count.
/// </summary>
public sealed record ProcessorBooks
{
    /// <summary>Records read of all inputs.</summary>
    public long Records { get; init; }

    /// <summary>Records read again to rebuild state, with their outputs suppressed.</summary>
    public long Replayed { get; init; }

    /// <summary>Records that could not be read and went to the dead letters.</summary>
    public long DeadLetters { get; init; }

    /// <summary>Events in: = processed + late + duplicate.</summary>
    public long Events { get; init; }

    /// <summary>Events processed.</summary>
    public long Processed { get; init; }

    /// <summary>Events late.</summary>
    public long Late { get; init; }

    /// <summary>Events seen before.</summary>
    public long Duplicate { get; init; }

    /// <summary>Packets of processed events that another sensor of the domain saw too, and that are counted once.</summary>
    public long Copies { get; init; }

    /// <summary>Records between stages that another group of the same topics wrote, and that are passed over.</summary>
    public long OfOthers { get; init; }

    /// <summary>Sequence numbers of events that never came.</summary>
    public long Missing { get; init; }

    /// <summary>Requests and addresses dropped by limits before their time.</summary>
    public long Evicted { get; init; }

    /// <summary>Requests to broadcast or multicast addresses, and replies without a request, that were too many in a slot to be matched with each other.</summary>
    public long Unforwarded { get; init; }

    /// <summary>Exchanges put out, by outcome.</summary>
    public IReadOnlyDictionary<EchoOutcome, long> Exchanges { get; init; } = new SortedDictionary<EchoOutcome, long>();

    /// <summary>Round-trip times that are in a record of their pair and window.</summary>
    public long RttsSummed { get; init; }

    /// <summary>Round-trip times of pairs that had too few in their window for a record.</summary>
    public long RttsSparse { get; init; }

    /// <summary>Round-trip times that the limits of a window left no room for.</summary>
    public long RttsDropped { get; init; }

    /// <summary>Round-trip times below zero, which are none.</summary>
    public long RttsNegative { get; init; }

    /// <summary>Records of round-trip times put out.</summary>
    public long RttRecords { get; init; }

    /// <summary>Rates put out.</summary>
    public long Rates { get; init; }

    /// <summary>Findings taken by the verdict stage.</summary>
    public long Findings { get; init; }

    /// <summary>Alerts opened, by rule.</summary>
    public IReadOnlyDictionary<string, long> Alerts { get; init; } = new SortedDictionary<string, long>(StringComparer.Ordinal);

    /// <summary>Commits.</summary>
    public long Commits { get; init; }

    /// <summary>Units of work that the log took back.</summary>
    public long Aborts { get; init; }

    /// <summary>Checkpoints completed.</summary>
    public long Checkpoints { get; init; }

    /// <summary>Bytes of their chunks.</summary>
    public long CheckpointBytes { get; init; }

    /// <summary>Partitions whose state was restored from a checkpoint.</summary>
    public long Restored { get; init; }

    /// <summary>Both together.</summary>
    public static ProcessorBooks operator +(ProcessorBooks a, ProcessorBooks b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return new ProcessorBooks
        {
            Records = a.Records + b.Records,
            Replayed = a.Replayed + b.Replayed,
            DeadLetters = a.DeadLetters + b.DeadLetters,
            Events = a.Events + b.Events,
            Processed = a.Processed + b.Processed,
            Late = a.Late + b.Late,
            Duplicate = a.Duplicate + b.Duplicate,
            Copies = a.Copies + b.Copies,
            OfOthers = a.OfOthers + b.OfOthers,
            Missing = a.Missing + b.Missing,
            Evicted = a.Evicted + b.Evicted,
            Unforwarded = a.Unforwarded + b.Unforwarded,
            Exchanges = Sum(a.Exchanges, b.Exchanges, null),
            RttsSummed = a.RttsSummed + b.RttsSummed,
            RttsSparse = a.RttsSparse + b.RttsSparse,
            RttsDropped = a.RttsDropped + b.RttsDropped,
            RttsNegative = a.RttsNegative + b.RttsNegative,
            RttRecords = a.RttRecords + b.RttRecords,
            Rates = a.Rates + b.Rates,
            Findings = a.Findings + b.Findings,
            Alerts = Sum(a.Alerts, b.Alerts, StringComparer.Ordinal),
            Commits = a.Commits + b.Commits,
            Aborts = a.Aborts + b.Aborts,
            Checkpoints = a.Checkpoints + b.Checkpoints,
            CheckpointBytes = a.CheckpointBytes + b.CheckpointBytes,
            Restored = a.Restored + b.Restored,
        };
    }

    /// <summary>The first less the second, for what happened in between.</summary>
    public static ProcessorBooks operator -(ProcessorBooks a, ProcessorBooks b)
    {
        ArgumentNullException.ThrowIfNull(b);
        return a + b.Negated();
    }

    private ProcessorBooks Negated() => new()
    {
        Records = -Records,
        Replayed = -Replayed,
        DeadLetters = -DeadLetters,
        Events = -Events,
        Processed = -Processed,
        Late = -Late,
        Duplicate = -Duplicate,
        Copies = -Copies,
        OfOthers = -OfOthers,
        Missing = -Missing,
        Evicted = -Evicted,
        Unforwarded = -Unforwarded,
        Exchanges = Exchanges.ToDictionary(x => x.Key, x => -x.Value),
        RttsSummed = -RttsSummed,
        RttsSparse = -RttsSparse,
        RttsDropped = -RttsDropped,
        RttsNegative = -RttsNegative,
        RttRecords = -RttRecords,
        Rates = -Rates,
        Findings = -Findings,
        Alerts = Alerts.ToDictionary(x => x.Key, x => -x.Value, StringComparer.Ordinal),
        Commits = -Commits,
        Aborts = -Aborts,
        Checkpoints = -Checkpoints,
        CheckpointBytes = -CheckpointBytes,
        Restored = -Restored,
    };

    private static SortedDictionary<TKey, long> Sum<TKey>(IReadOnlyDictionary<TKey, long> a, IReadOnlyDictionary<TKey, long> b, IComparer<TKey>? order)
        where TKey : notnull
    {
        var sum = new SortedDictionary<TKey, long>(order);
        foreach ((TKey key, long count) in a.Concat(b))
            sum[key] = sum.GetValueOrDefault(key) + count;
        return sum;
    }
}
