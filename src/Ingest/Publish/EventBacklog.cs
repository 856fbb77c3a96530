using IcmpStream.Kafka;

namespace IcmpStream.Ingest.Publish;

/// <summary>
/// What a live source does while the log's queue is full: it never waits. With <see cref="FullQueue.ShedNewest"/> what does not fit is dropped; with
/// <see cref="FullQueue.ShedOldest"/> it waits here, in order, and what has waited longest is dropped once too much waits.
/// </summary>
internal sealed class EventBacklog(FullQueue policy)
{
    private readonly Queue<Waiting> _waiting = new();
    private readonly Stack<Waiting> _free = new();
    private long _bytes;

    public FullQueue Policy => policy;

    /// <summary>Hands on what there is room for, oldest first.</summary>
    /// <param name="batch">New records; copied where they have to wait.</param>
    /// <param name="weights">For each of them how many packets it stands for, negative where folded.</param>
    /// <param name="appender">The log.</param>
    /// <param name="maxBytes">Bytes that may wait.</param>
    /// <param name="taken">Records that the log has taken.</param>
    /// <returns>Packets dropped.</returns>
    public long Send(OutgoingBatch batch, List<int> weights, ILogAppender appender, long maxBytes, out int taken)
    {
        taken = TakeBack(appender);
        int first = _waiting.Count == 0 ? appender.TryAppend(batch) : 0;
        taken += first;
        if (first == batch.Count)
            return 0;
        long shed = 0;
        if (policy == FullQueue.ShedNewest)
        {
            for (int index = first; index < batch.Count; index++)
                shed += Math.Abs((long)weights[index]);
            return shed;
        }

        Keep(batch, weights, first);
        for (; _bytes > maxBytes; _free.Push(_waiting.Dequeue()))
        {
            Waiting oldest = _waiting.Peek();
            for (int index = oldest.Next; index < oldest.Batch.Count; index++)
                shed += Math.Abs((long)oldest.Weights[index]);
            _bytes -= oldest.Batch.Bytes;
        }

        return shed;
    }

    /// <summary>Hands all that waits on, waiting for room: the end of a stream.</summary>
    /// <exception cref="OperationCanceledException">Cancelled: some of it may have been taken.</exception>
    public void Drain(ILogAppender appender, CancellationToken cancellationToken)
    {
        for (TakeBack(appender); _waiting.TryPeek(out Waiting? oldest); Forget())
        {
            var rest = new OutgoingBatch(oldest.Batch.Topic);
            for (int index = oldest.Next; index < oldest.Batch.Count; index++)
                rest.AddFrom(oldest.Batch, index);
            appender.Append(rest, cancellationToken);
        }
    }

    /// <summary>How many packets each record that waits stands for, negative where folded, oldest first.</summary>
    public IEnumerable<int> Weights => _waiting.SelectMany(waiting => waiting.Weights.Skip(waiting.Next));

    /// <summary>Hands on what waits, as far as there is room. Returns how many records the log has taken.</summary>
    private int TakeBack(ILogAppender appender)
    {
        int taken = 0;
        while (_waiting.TryPeek(out Waiting? oldest))
        {
            int more = appender.TryAppend(oldest.Batch, oldest.Next);
            taken += more;
            oldest.Next += more;
            if (oldest.Next < oldest.Batch.Count)
                break;
            Forget();
        }

        return taken;
    }

    private void Keep(OutgoingBatch batch, List<int> weights, int first)
    {
        Waiting kept = _free.TryPop(out Waiting? used) ? used : new Waiting(batch.Topic);
        kept.Batch.Clear();
        kept.Weights.Clear();
        kept.Next = 0;
        for (int index = first; index < batch.Count; index++)
        {
            kept.Batch.AddFrom(batch, index);
            kept.Weights.Add(weights[index]);
        }

        _waiting.Enqueue(kept);
        _bytes += kept.Batch.Bytes;
    }

    private void Forget()
    {
        Waiting done = _waiting.Dequeue();
        _bytes -= done.Batch.Bytes;
        _free.Push(done);
    }

    private sealed class Waiting(string topic)
    {
        public OutgoingBatch Batch { get; } = new(topic);

        public List<int> Weights { get; } = [];

        public int Next { get; set; }
    }
}
