using System.Globalization;
using System.Text.Json;
using IcmpStream.Kafka;
using IcmpStream.Processor.Runtime.Checkpoints;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime;

/// <summary>One partition of one input and the state that belongs to it.</summary>
internal abstract class StageTask(LogPartition partition, long committed)
{
    public LogPartition Partition { get; } = partition;

    /// <summary>Outputs of records below this offset are in the log: they are suppressed while the state is rebuilt.</summary>
    public long Committed { get; set; } = committed;

    /// <summary>True while the state is behind what has been committed.</summary>
    public bool IsReplaying { get; set; } = committed > 0;

    /// <summary>Offset of the next record to be handled.</summary>
    public long Position { get; set; }

    /// <summary>The last checkpoint whose manifest is committed, if any.</summary>
    public CheckpointManifest? Manifest { get; set; }

    /// <summary>When the next checkpoint is due, by the clock's timestamp.</summary>
    public long CheckpointDue { get; set; }

    /// <summary>The state to be written down.</summary>
    public abstract ICheckpointed State { get; }

    /// <summary>Hash of what the state depends on besides its input.</summary>
    public abstract string Configuration { get; }

    /// <summary>True when every domain seen has ended.</summary>
    public abstract bool IsDrained { get; }

    /// <summary>What the stage has done.</summary>
    public abstract ProcessorBooks Books { get; }

    /// <summary>Streams that have not ended.</summary>
    public virtual IEnumerable<string> OpenStreams => [];

    /// <summary>Slots and windows that event time has not closed.</summary>
    public virtual int OpenWindows => 0;

    /// <summary>Adds what it knows of an address.</summary>
    public virtual void Describe(Address address, List<HostSummary> found)
    {
    }

    /// <summary>Adds the loudest addresses, at least <paramref name="count"/> where there are as many.</summary>
    public virtual void CollectLoudest(HostRank rank, int count, List<HostSummary> found)
    {
    }

    /// <summary>Adds the open exchanges of a pair, at most <paramref name="limit"/>.</summary>
    public virtual void CollectOpen(Address a, Address b, int limit, List<OpenExchange> found)
    {
    }

    /// <summary>
    /// True for a record between stages that another group wrote: it bears that group's name as its key. Records without a key are of a version
    /// that wrote none.
    /// </summary>
    public virtual bool IsOfAnother(in LogRecord record) => false;

    /// <summary>Takes one record; anything but <see cref="AvroError.None"/> says why it could not be read.</summary>
    public abstract AvroError Accept(in LogRecord record, OutputWriter writer);

    protected static bool IsOfAnother(in LogRecord record, ReadOnlySpan<byte> group) => !record.Key.IsEmpty && !record.Key.SequenceEqual(group);

    protected static SortedDictionary<EchoOutcome, long> ByOutcome(Func<EchoOutcome, long> count)
    {
        var counts = new SortedDictionary<EchoOutcome, long>();
        foreach (EchoOutcome outcome in Enum.GetValues<EchoOutcome>())
        {
            if (count(outcome) > 0)
                counts.Add(outcome, count(outcome));
        }

        return counts;
    }

    protected static string Fingerprint<T>(T options) =>
        XxHash64.Hash(JsonSerializer.SerializeToUtf8Bytes(options)).ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>A pair stage on a partition of <c>icmp.event.v1</c>.</summary>
internal sealed class PairTask(LogPartition partition, long committed, PairOptions options, WriterSchemas schemas) : StageTask(partition, committed)
{
    private readonly RecordOpener _opener = new(schemas, SchemaText.IcmpEventBatch);
    private readonly PairStage _stage = new(options);
    private readonly EventBuffer _events = new();
    private readonly SensorNames _sensors = new();

    public override ICheckpointed State => _stage;

    public override string Configuration => Fingerprint(options);

    public override bool IsDrained => _stage.IsDrained;

    public override IEnumerable<string> OpenStreams => _stage.OpenStreams();

    public override int OpenWindows => _stage.OpenWindows;

    public override ProcessorBooks Books
    {
        get
        {
            PairCounters counters = _stage.Counters;
            return new ProcessorBooks
            {
                Events = counters.Events,
                Processed = counters.Processed,
                Late = counters.Late,
                Duplicate = counters.Duplicate,
                Copies = counters.Copies,
                Missing = counters.Missing,
                Evicted = counters.Evicted,
                Unforwarded = counters.Unforwarded,
                Exchanges = ByOutcome(counters.Exchanges),
                RttsSummed = counters.RttsSummed,
                RttsSparse = counters.RttsSparse,
                RttsDropped = counters.RttsDropped,
                RttsNegative = counters.RttsNegative,
                RttRecords = counters.RttRecords,
            };
        }
    }

    public override void CollectOpen(Address a, Address b, int limit, List<OpenExchange> found) => _stage.CollectOpen(a, b, limit, found);

    public override AvroError Accept(in LogRecord record, OutputWriter writer)
    {
        AvroError error = _opener.Open(record.Value, out ReadOnlySpan<byte> body);
        if (error != AvroError.None)
            return error;
        _events.Clear();
        error = IcmpEventBatchCodec.Read(body, _sensors, out BatchEnvelope envelope, _events);
        if (error == AvroError.None)
            _stage.Accept(record.Offset, envelope, _events, writer);
        return error;
    }
}

/// <summary>A host stage on a partition of <c>icmp.partial.v1</c>.</summary>
internal sealed class HostTask(LogPartition partition, long committed, HostOptions options, byte[] group, WriterSchemas schemas)
    : StageTask(partition, committed)
{
    private readonly RecordOpener _opener = new(schemas, SchemaText.Partial);
    private readonly HostStage _stage = new(options);
    private readonly PartialBuffer _partial = new();

    public override ICheckpointed State => _stage;

    public override string Configuration => Fingerprint(options);

    public override bool IsDrained => _stage.IsDrained;

    public override int OpenWindows => _stage.OpenWindows;

    public override ProcessorBooks Books => new()
    {
        Evicted = _stage.Counters.Evicted + _stage.Counters.EvictedRequests,
        Exchanges = ByOutcome(_stage.Counters.Exchanges),
    };

    public override void Describe(Address address, List<HostSummary> found) => _stage.Describe(address, found);

    public override void CollectLoudest(HostRank rank, int count, List<HostSummary> found) => _stage.CollectLoudest(rank, count, found);

    public override bool IsOfAnother(in LogRecord record) => IsOfAnother(record, group);

    public override AvroError Accept(in LogRecord record, OutputWriter writer)
    {
        AvroError error = _opener.Open(record.Value, out ReadOnlySpan<byte> body);
        if (error != AvroError.None)
            return error;
        _partial.Clear();
        error = PartialCodec.Read(body, _partial);
        if (error != AvroError.None)
            return error;
        if ((uint)_partial.PairPartition >= (uint)options.PairPartitions)
            return AvroError.OutOfRange;
        _stage.Accept(record.Offset, _partial, writer);
        return AvroError.None;
    }
}

/// <summary>The verdict stage on <c>icmp.finding.v1</c>.</summary>
internal sealed class VerdictTask(LogPartition partition, long committed, VerdictOptions options, byte[] group, WriterSchemas schemas)
    : StageTask(partition, committed)
{
    private readonly RecordOpener _opener = new(schemas, SchemaText.Finding);
    private readonly VerdictStage _stage = new(options);

    public override ICheckpointed State => _stage;

    public override string Configuration => Fingerprint(options);

    public override bool IsDrained => _stage.IsDrained;

    public override ProcessorBooks Books => new()
    {
        Findings = _stage.Counters.Findings,
        Alerts = new SortedDictionary<string, long>(_stage.Counters.Opened.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal),
    };

    public override bool IsOfAnother(in LogRecord record) => IsOfAnother(record, group);

    public override AvroError Accept(in LogRecord record, OutputWriter writer)
    {
        AvroError error = _opener.Open(record.Value, out ReadOnlySpan<byte> body);
        if (error != AvroError.None)
            return error;
        error = FindingCodec.Read(body, out Finding finding);
        if (error != AvroError.None)
            return error;
        int upstream = finding.Stage switch
        {
            FindingStage.Pair => options.PairPartitions,
            FindingStage.Host => options.HostPartitions,
            _ => 0,
        };
        if ((uint)finding.Partition >= (uint)upstream)
            return AvroError.OutOfRange;
        _stage.Accept(finding, writer);
        return AvroError.None;
    }
}
