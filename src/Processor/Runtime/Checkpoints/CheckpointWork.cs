using IcmpStream.Kafka;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime.Checkpoints;

/// <summary>
/// A checkpoint of one partition on its way into the log. The state is taken at once, right behind a commit; its chunks go out
/// between other work, as fast as the log takes them; once all are acknowledged, the manifest goes into the next unit of work.
/// </summary>
/// <remarks>
/// <code>
///   Take -> Advance, Advance, ... -> IsReady -> manifest in a commit -> Committed
///   revoked, aborted, refused -> Abandon: nothing points to the chunks, and the next overwrites them
/// </code>
/// One at a time for a member: the memory for the largest partition's state serves all.
/// </remarks>
internal sealed class CheckpointWork : IDisposable
{
    /// <summary>Bytes in the queue of chunks at most: 32 MiB, so that a checkpoint does not displace outputs for long.</summary>
    private const long QueueBytes = 32L << 20;

    private readonly ILog _log;
    private readonly CheckpointTopic _topic;
    private readonly ProcessorOptions _options;
    private readonly CheckpointWriter _writer = new();
    private readonly OutgoingBatch _batch;
    private readonly List<ulong> _hashes = [];
    private ILogAppender? _appender;
    private StageTask? _task;
    private CheckpointManifest? _manifest;
    private RunId _generation;
    private long _failedBefore;
    private int _next;

    public CheckpointWork(ILog log, CheckpointTopic topic, ProcessorOptions options)
    {
        _log = log;
        _topic = topic;
        _options = options;
        _batch = new OutgoingBatch(topic.Name);
    }

    /// <summary>True while a checkpoint is on its way.</summary>
    public bool IsUnderWay => _task is not null;

    /// <summary>True once its chunks are in the log and only the manifest is missing.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Checkpoints whose manifest has been committed.</summary>
    public long Completed { get; private set; }

    /// <summary>Checkpoints given up.</summary>
    public long Abandoned { get; private set; }

    /// <summary>Bytes of chunks written.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes the state of a stage: all that it has put out is committed.</summary>
    public void Take(StageTask task, ICheckpointed state)
    {
        _appender ??= _log.OpenAppender(new AppenderOptions { QueueBytes = QueueBytes });
        LogPartition target = _topic.ChunksOf(task.Partition);
        long from = _log.EndOffsets([target], _options.LogTimeout)[0].Offset;
        _writer.Clear();
        _writer.Save(state);
        _hashes.Clear();
        (_task, _next) = (task, 0);
        _failedBefore = _appender.Books.Failed;
        _generation = _options.NewId();
        _manifest = new CheckpointManifest
        {
            Format = CheckpointManifest.CurrentFormat,
            Version = state.CheckpointVersion,
            Configuration = task.Configuration,
            Offset = task.Committed,
            Generation = _generation.ToString(),
            Slot = 1 - (task.Manifest?.Slot ?? 1),
            Chunks = _writer.ChunkCount,
            Bytes = _writer.Length,
            Hash = "",
            Partition = target.Partition,
            From = from,
            OtherChunks = task.Manifest?.Chunks ?? 0,
        };
    }

    /// <summary>Goes on as far as the log takes it without waiting.</summary>
    public void Advance()
    {
        if (_task is null || IsReady)
            return;
        while (_next < _manifest!.Chunks)
        {
            if (_batch.Count == 0)
                AddChunk();
            if (_appender!.TryAppend(_batch) == 0)
                return;
            _batch.Clear();
            _next++;
        }

        AppendBooks books = _appender!.Books;
        if (books.Failed > _failedBefore)
            Abandon();
        else if (books.InFlight == 0)
            IsReady = true;
    }

    /// <summary>Writes the manifest, to be part of the unit of work that is being committed.</summary>
    public void WriteManifest(OutgoingBatch batch)
    {
        _manifest = _manifest! with { Hash = CheckpointChunk.Sum(_hashes) };
        batch.Add(_topic.Manifests.Partition, CheckpointManifest.Key(_options.Group, _task!.Partition), _manifest.ToBytes());
    }

    /// <summary>The manifest is in the log. What the checkpoint before the last had more chunks of is deleted.</summary>
    public void Committed()
    {
        StageTask task = _task!;
        int before = task.Manifest?.OtherChunks ?? 0;
        if (before > _manifest!.Chunks)
            Delete(task.Partition, _manifest.Chunks, before);
        task.Manifest = _manifest;
        Completed++;
        Bytes += _manifest.Bytes;
        End();
    }

    /// <summary>Gives up what is on its way, if it is of that partition or none is named.</summary>
    public void Abandon(LogPartition? partition = null)
    {
        if (_task is null || (partition is { } named && named != _task.Partition))
            return;
        Abandoned++;
        End();
    }

    public void Dispose() => _appender?.Dispose();

    private void AddChunk()
    {
        ReadOnlySpan<byte> body = _writer.Chunk(_next).Span;
        byte[] key = CheckpointManifest.ChunkKey(_options.Group, _task!.Partition, _manifest!.Slot, _next);
        Span<byte> room = _batch.Reserve(key.Length + CheckpointChunk.HeaderBytes + body.Length);
        key.CopyTo(room);
        _hashes.Add(CheckpointChunk.WriteHeader(room[key.Length..], _generation, body));
        body.CopyTo(room[(key.Length + CheckpointChunk.HeaderBytes)..]);
        _batch.Commit(_manifest.Partition, key.Length, CheckpointChunk.HeaderBytes + body.Length);
    }

    // What finds no room in the queue stays: garbage is no error.
    private void Delete(LogPartition partition, int first, int end)
    {
        var tombstones = new OutgoingBatch(_topic.Name);
        for (int i = first; i < end; i++)
            tombstones.AddTombstone(_manifest!.Partition, CheckpointManifest.ChunkKey(_options.Group, partition, _manifest.Slot, i));
        _appender!.TryAppend(tombstones);
    }

    private void End()
    {
        _batch.Clear();
        (_task, _manifest, IsReady) = (null, null, false);
    }
}
