using System.Diagnostics;

namespace IcmpStream.Kafka;

/// <summary>
/// The limits and the books of records between being taken and having their outcome. One thread enters, any thread reports outcomes.
/// </summary>
internal sealed class AppendQueue(int maxRecords, long maxBytes)
{
    // Monitor counts milliseconds in 32 bits.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    private readonly object _gate = new();
    private readonly long[] _failures = new long[AppendBooks.Reasons];
    private long _taken;
    private long _delivered;
    private long _deliveredBytes;
    private long _retried;
    private int _records;
    private long _bytes;
    private int _waiting;

    /// <summary>Records whose outcome is not known.</summary>
    public int InFlight => Volatile.Read(ref _records);

    /// <summary>Takes as many records of the batch as there is room for, from the first on; they count as in flight from now.</summary>
    public int Enter(OutgoingBatch batch, int first)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, batch.Count);

        // Both only fall while this thread is here, so what fits by this reading fits.
        var roomRecords = maxRecords - Volatile.Read(ref _records);
        var held = Volatile.Read(ref _bytes);
        var count = 0;
        long bytes = 0;
        for (var i = first; i < batch.Count && count < roomRecords; i++)
        {
            long more = batch.BytesOf(i);
            // A record over the limit by itself passes alone: refusing it would stop a replay for ever.
            if (held + bytes + more > maxBytes && held + bytes > 0) break;
            bytes += more;
            count++;
        }

        if (count == 0) return 0;
        Interlocked.Add(ref _records, count);
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _taken, count);
        return count;
    }

    /// <summary>A record was acknowledged.</summary>
    public void Delivered(int bytes) => Delivered(1, bytes);

    /// <summary>Several records were acknowledged.</summary>
    public void Delivered(int records, long bytes)
    {
        Interlocked.Add(ref _delivered, records);
        Interlocked.Add(ref _deliveredBytes, bytes);
        Leave(records, bytes);
    }

    /// <summary>A record was given up.</summary>
    public void Failed(AppendFailure reason, int bytes)
    {
        Interlocked.Increment(ref _failures[(int)reason]);
        Leave(1, bytes);
    }

    /// <summary>The client says how many records it has sent, those sent again counted again. One thread says it.</summary>
    public void Transmitted(long records) => Volatile.Write(ref _retried, Math.Max(_retried, records - Interlocked.Read(ref _taken)));

    /// <summary>Whatever is still in flight was given up: the client is gone, and reports nothing more.</summary>
    public void PurgeRest()
    {
        var rest = Interlocked.Exchange(ref _records, 0);
        Interlocked.Exchange(ref _bytes, 0);
        Interlocked.Add(ref _failures[(int)AppendFailure.Purged], rest);
    }

    /// <summary>
    /// Waits until a sixteenth of what is in flight has its outcome: enough room that the waiter does not wake for every record.
    /// </summary>
    public void WaitForRoom(CancellationToken cancellationToken)
    {
        var before = InFlight;
        var enough = before - Math.Max(1, before / 16);
        Wait(Math.Max(0, enough), Timeout.InfiniteTimeSpan, cancellationToken);
    }

    /// <summary>Waits until nothing is in flight; false if the time ran out first.</summary>
    public bool WaitUntilEmpty(TimeSpan timeout, CancellationToken cancellationToken) => Wait(0, timeout, cancellationToken);

    /// <summary>The counts at this moment.</summary>
    public AppendBooks Books()
    {
        var failures = new long[AppendBooks.Reasons];
        // Outcomes are read before what was taken, so that the difference is never negative.
        for (var i = 0; i < failures.Length; i++) failures[i] = Interlocked.Read(ref _failures[i]);
        var delivered = Interlocked.Read(ref _delivered);
        var deliveredBytes = Interlocked.Read(ref _deliveredBytes);
        return new AppendBooks(Interlocked.Read(ref _taken), delivered, deliveredBytes, failures) { Retried = Volatile.Read(ref _retried) };
    }

    private void Leave(int records, long bytes)
    {
        Interlocked.Add(ref _bytes, -bytes);
        Interlocked.Add(ref _records, -records);
        if (Volatile.Read(ref _waiting) == 0) return;
        lock (_gate) Monitor.PulseAll(_gate);
    }

    /// <summary>Waits until no more than so many records are in flight; false if the time ran out first.</summary>
    private bool Wait(int most, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (InFlight <= most) return true;
        var started = Stopwatch.GetTimestamp();
        using var wake = cancellationToken.UnsafeRegister(
            static gate =>
            {
                lock (gate!) Monitor.PulseAll(gate);
            },
            _gate);
        lock (_gate)
        {
            // The exchange is a full fence: either a reporter sees that somebody waits, or the loop sees its report.
            Interlocked.Exchange(ref _waiting, 1);
            try
            {
                while (InFlight > most)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - Stopwatch.GetElapsedTime(started);
                    if (left < TimeSpan.Zero && left != Timeout.InfiniteTimeSpan) return false;
                    Monitor.Wait(_gate, left < LongestWait ? left : LongestWait);
                }
            }
            finally
            {
                Volatile.Write(ref _waiting, 0);
            }
        }

        return true;
    }
}
