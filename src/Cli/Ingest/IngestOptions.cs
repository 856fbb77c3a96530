using IcmpStream.Ingest.Publish;
using IcmpStream.Kafka;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Ingest;

/// <summary>What is to be ingested, and how.</summary>
internal sealed record IngestOptions
{
    /// <summary>The topic of events, its prefix included.</summary>
    public required string Topic { get; init; }

    /// <summary>The run.</summary>
    public required RunId Run { get; init; }

    /// <summary>Name of the sensor.</summary>
    public required string Sensor { get; init; }

    /// <summary>Observation domain; null for the run's own.</summary>
    public uint? Domain { get; init; }

    /// <summary>What stands in front of each record's Avro bytes: a registry's id, or the schema's fingerprint.</summary>
    public ReadOnlyMemory<byte> Header { get; init; } = RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint);

    /// <summary>True to look first how far the run is in the log, and to go on behind it.</summary>
    public bool Resumes { get; init; }

    /// <summary>Events in a record at most.</summary>
    public int Pack { get; init; } = 1;

    /// <summary>1 is the capture's own speed; null is as fast as the log takes it.</summary>
    public double? Speed { get; init; }

    /// <summary>How often the capture is read.</summary>
    public long Loops { get; init; } = 1;

    /// <summary>True to fold the events of loud pairs: <see cref="EventPublisher.FoldsHotKeys"/>.</summary>
    public bool Folds { get; init; }

    /// <summary>What becomes of a live source's events while the brokers take none. A capture waits.</summary>
    public FullQueue WhenFull { get; init; } = FullQueue.Wait;

    /// <summary>Bytes that may wait for the brokers; null for a share of the machine's memory.</summary>
    public long? QueueBytes { get; init; }

    /// <summary>The folder in which a live source keeps what the brokers do not take; null for none.</summary>
    public string? SpillFolder { get; init; }

    /// <summary>Bytes that may be in it.</summary>
    public long SpillBytes { get; init; }

    /// <summary>The writer's options, one of several that share the queue's memory.</summary>
    public AppenderOptions Appender(AppendProfile profile, int appenders)
    {
        var options = new AppenderOptions { Profile = profile, IsPacked = Pack > 1 };
        return QueueBytes is { } bytes ? options.WithQueue(bytes, appenders) : options.SizedFor(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, appenders);
    }
}
