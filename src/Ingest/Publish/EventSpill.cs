using IcmpStream.Kafka;

namespace IcmpStream.Ingest.Publish;

/// <summary>
/// What a live source does with a folder to spill to: while the log's queue is full records go to disk, and once it has room they come back in order before anything newer. Beyond the
/// folder's size what comes now is dropped. One thread.
/// </summary>
/// <remarks>
/// A segment is deleted once the log's queue has taken all of it, and is sent whole again where a process ends before: consumers drop by the sequences in the records what they
/// have had. A disk that fails is a folder without room.
/// </remarks>
public sealed class EventSpill : IDisposable
{
    /// <summary>A segment that is larger is ended: as much is read back at a time.</summary>
    private const int SegmentBytes = 4 << 20;

    private readonly SpillFolder _folder;
    private readonly uint _stream;
    private readonly Queue<(string Path, bool IsOurs)> _segments;
    private readonly List<int> _weights = [];
    private SpillSegment? _writing;
    private string _writingPath = "";
    private OutgoingBatch? _reading;
    private string _readingPath = "";
    private bool _isReadingOurs;
    private int _next;
    private int _number;
    private long _written;
    private long _left;
    private long _recovered;

    internal EventSpill(SpillFolder folder, uint stream)
    {
        _folder = folder;
        _stream = stream;
        _segments = new Queue<(string, bool)>(folder.TakeLeftovers().Select(path => (path, false)));
    }

    /// <summary>Packets written to disk.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>Those of them that are there still.</summary>
    public long Left => Volatile.Read(ref _left);

    /// <summary>Packets that an earlier process had left, and that the log has taken.</summary>
    public long Recovered => Volatile.Read(ref _recovered);

    /// <summary>What was wrong with the disk; null where nothing was.</summary>
    public string? Failure { get; private set; }

    /// <summary>True where nothing waits.</summary>
    internal bool IsEmpty => _reading is null && _writing is null && _segments.Count == 0;

    /// <summary>Hands on what there is room for, oldest first, and writes down the rest.</summary>
    /// <param name="batch">New records.</param>
    /// <param name="weights">For each of them how many packets it stands for, negative where folded.</param>
    /// <param name="appender">The log.</param>
    /// <param name="taken">Records that the log has taken.</param>
    /// <returns>Packets dropped.</returns>
    internal long Send(OutgoingBatch batch, List<int> weights, ILogAppender appender, out int taken)
    {
        taken = TakeBack(appender);
        int first = IsEmpty ? appender.TryAppend(batch) : 0;
        taken += first;
        long shed = 0;
        for (int index = first; index < batch.Count; index++)
        {
            long weight = Math.Abs((long)weights[index]);
            if (TryWrite(batch.Topic, batch[index], weights[index]))
            {
                Volatile.Write(ref _written, _written + weight);
                Volatile.Write(ref _left, _left + weight);
            }
            else
            {
                shed += weight;
            }
        }

        return shed;
    }

    /// <summary>Hands on what waits, as far as there is room. Returns how many records the log has taken.</summary>
    internal int TakeBack(ILogAppender appender)
    {
        int taken = 0;
        while (_reading is not null || TryOpen())
        {
            int more = appender.TryAppend(_reading!, _next);
            taken += more;
            for (int last = _next + more; _next < last; _next++)
                Count(Math.Abs((long)_weights[_next]));
            if (_next < _reading!.Count)
                break;
            Delete(_readingPath);
            _reading = null;
        }

        return taken;
    }

    /// <summary>Closes the file that is being written.</summary>
    public void Dispose() => _writing?.Dispose();

    private void Count(long weight)
    {
        if (_isReadingOurs)
            Volatile.Write(ref _left, _left - weight);
        else
            Volatile.Write(ref _recovered, _recovered + weight);
    }

    private bool TryWrite(string topic, in OutgoingRecord record, int weight)
    {
        int bytes = SpillSegment.BytesOf(record) + (_writing is null ? SpillSegment.StartBytesOf(topic) : 0);
        if (!_folder.TryReserve(bytes))
            return false;
        try
        {
            if (_writing is null)
            {
                _writingPath = _folder.NewSegment(_stream, _number++);
                _writing = SpillSegment.Create(_writingPath, topic);
            }

            _writing.Write(record, weight);
            if (_writing.Bytes >= SegmentBytes)
                EndSegment();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What may stand half written at the end of the segment must stay its end.
            Failure = e.Message;
            EndSegment();
            _folder.Release(bytes);
            return false;
        }
    }

    private bool TryOpen()
    {
        if (_segments.Count == 0)
            EndSegment();
        while (_segments.TryDequeue(out (string Path, bool IsOurs) segment))
        {
            _weights.Clear();
            try
            {
                _reading = SpillSegment.Read(File.ReadAllBytes(segment.Path), _weights);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Failure = e.Message;
            }

            (_next, _readingPath, _isReadingOurs) = (0, segment.Path, segment.IsOurs);
            if (_reading is not null)
                return true;
        }

        return false;
    }

    private void EndSegment()
    {
        if (_writing is null)
            return;
        _writing.Dispose();
        _writing = null;
        _segments.Enqueue((_writingPath, true));
    }

    private void Delete(string path)
    {
        try
        {
            long bytes = new FileInfo(path).Length;
            File.Delete(path);
            _folder.Release(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = e.Message;
        }
    }
}
