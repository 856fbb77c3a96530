namespace IcmpStream.Kafka.Memory;

/// <summary>Reads partitions of the in-memory log, turn by turn.</summary>
internal sealed class MemoryReader : ILogReader
{
    private readonly MemoryLog _log;
    private readonly ReaderOptions _options;
    private readonly MemoryBatch _batch = new();
    private readonly MemoryPartition[] _partitions;
    private readonly long[] _positions;
    private int _turn = -1;

    public MemoryReader(MemoryLog log, ReaderOptions options)
    {
        _log = log;
        _options = options;
        var starts = new SortedDictionary<LogPartition, long>();
        foreach (var topic in options.Topics)
            foreach (var partition in log.PartitionsOf(topic))
                starts[partition.Id] = options.From == ReadFrom.Beginning ? partition.Start : EndOf(partition);
        foreach (var position in options.Positions)
        {
            log.Partition(position.Partition);
            starts[position.Partition] = position.Offset;
        }

        Partitions = [.. starts.Keys];
        _partitions = [.. Partitions.Select(log.Partition)];
        _positions = [.. starts.Values];
        EndsAtOpening = [.. _partitions.Select(partition => new LogPosition(partition.Id, EndOf(partition)))];
    }

    public IReadOnlyList<LogPartition> Partitions { get; }

    public IReadOnlyList<LogPosition> EndsAtOpening { get; }

    public bool HasReachedEnds
    {
        get
        {
            for (var i = 0; i < _positions.Length; i++)
                if (_positions[i] < EndsAtOpening[i].Offset) return false;
            return true;
        }
    }

    public RecordBatch? Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        lock (_log.Gate)
        {
            long startedAt = 0;
            do
            {
                for (var tried = 0; _log.IsAvailable && tried < _partitions.Length; tried++)
                {
                    _turn = (_turn + 1) % _partitions.Length;
                    _positions[_turn] = _partitions[_turn].Read(_positions[_turn], _options.MaxBatchRecords, _options.ReadUncommitted, _batch);
                    if (_batch.Count > 0) return _batch;
                }
            }
            while (_log.WaitForChange(timeout, ref startedAt, cancellationToken));

            return null;
        }
    }

    public long Position(LogPartition partition)
    {
        for (var i = 0; i < Partitions.Count; i++)
            if (Partitions[i] == partition) return _positions[i];
        return LogPosition.Unset;
    }

    public void Dispose()
    {
    }

    private long EndOf(MemoryPartition partition) => _options.ReadUncommitted ? partition.End : partition.StableEnd;
}
