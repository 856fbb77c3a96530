using IcmpStream.Kafka;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>
/// How far a run is in the log, so that a replay given the same id goes on behind it: the whole topic is read and the highest sequence of the run's stream
/// kept for each partition.
/// </summary>
/// <remarks>
/// It holds as far as the topic does: what retention has deleted counts as written, since what is behind it shows the way; if all of a run in a
/// partition is gone, it is written again. The capture, the settings of the stream and the partition count must be those of the first time, and nobody else
/// may be writing the same run. Reading costs about a second for a million events.
/// </remarks>
public sealed class RunResume
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    private RunResume(long[] next, bool[] ended)
    {
        Next = next;
        IsComplete = Array.TrueForAll(ended, isEnded => isEnded);
    }

    /// <summary>The sequence of the first event that the log does not have, for each partition.</summary>
    public IReadOnlyList<long> Next { get; }

    /// <summary>True where the stream has ended in every partition: there is nothing to resume.</summary>
    public bool IsComplete { get; }

    /// <summary>Reads the topic to its end.</summary>
    /// <exception cref="LogException">The topic is missing, or the log does not answer.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RunResume Read(ILog log, string topic, RunId run, uint stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(log);
        using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = [topic] });
        long[] next = new long[reader.Partitions.Count];
        bool[] ended = new bool[next.Length];
        var sensors = new SensorNames();
        var events = new EventBuffer();
        while (!reader.HasReachedEnds)
        {
            if (reader.Poll(PollTime, cancellationToken) is not { } batch)
                continue;
            int partition = batch.Partition.Partition;
            foreach (LogRecord record in batch)
            {
                events.Clear();

                // What cannot be read is not this run's: it was written by this version.
                if (RecordFrame.Parse(record.Value, out RecordFrame frame) != AvroError.None
                    || IcmpEventBatchCodec.Read(frame.Body, sensors, out BatchEnvelope envelope, events) != AvroError.None
                    || envelope.Run != run || envelope.Stream != stream)
                    continue;
                next[partition] = Math.Max(next[partition], envelope.FirstSequence + events.Count);
                ended[partition] |= envelope.Final;
            }
        }

        return new RunResume(next, ended);
    }
}
