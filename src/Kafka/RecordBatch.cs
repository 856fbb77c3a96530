namespace IcmpStream.Kafka;

/// <summary>
/// Records of one partition in offset order, at least one, as one poll returned them.
/// </summary>
/// <remarks>
/// Borrowed: the batch and all spans out of it are valid until the next poll of the member or reader that returned it, or its
/// disposal, whichever comes first. The object itself is reused.
/// </remarks>
public abstract class RecordBatch
{
    /// <summary>The partition that all records belong to.</summary>
    public LogPartition Partition { get; protected set; }

    /// <summary>How many records there are.</summary>
    public int Count { get; protected set; }

    /// <summary>A record by its place in the batch.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0..<see cref="Count"/>-1.</exception>
    public abstract LogRecord this[int index] { get; }

    /// <summary>
    /// The log's append time of a record, ms since the epoch. It is not event time, and no result may depend on it: it is for people who look.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0..<see cref="Count"/>-1.</exception>
    public abstract long TimestampMsOf(int index);

    /// <summary>Headers of a record, copied; empty for nearly all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0..<see cref="Count"/>-1.</exception>
    public abstract IReadOnlyList<RecordHeader> HeadersOf(int index);

    /// <summary>Where the partition's reader stands after this batch: what is to be committed once it has been handled.</summary>
    public LogPosition Next => new(Partition, this[Count - 1].Offset + 1);

    /// <summary>The records in offset order.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Walks a batch.</summary>
    public struct Enumerator
    {
        private readonly RecordBatch _batch;
        private int _index;

        internal Enumerator(RecordBatch batch)
        {
            _batch = batch;
            _index = -1;
        }

        /// <summary>The record that the walk has come to.</summary>
        public readonly LogRecord Current => _batch[_index];

        /// <summary>Goes on; false at the end.</summary>
        public bool MoveNext() => ++_index < _batch.Count;
    }
}
