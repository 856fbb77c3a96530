using IcmpStream.Ingest.Publish;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Demo;

/// <summary>
/// Holds a replay back so that it is never more than so many events ahead of the processor: the embedded Kafka keeps little, and
/// what it drops before it was read would be lost.
/// </summary>
internal sealed class PacedSink(IEventSink inner, Func<long> handled, Task processor, CancellationToken stop) : IEventSink
{
    /// <summary>
    /// Events ahead at most: even if all were in one partition, 500 bytes each make 4 MB of the
    /// <see cref="IcmpStream.Kafka.Embedded.EmbeddedKafka.KeptPartitionBytes"/> that it keeps.
    /// </summary>
    public const int MaxAhead = 8_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(5);

    private long _sent;

    public void Accept(in BatchEnvelope batch, EventBuffer events)
    {
        while (_sent + events.Count - handled() > MaxAhead)
        {
            if (stop.WaitHandle.WaitOne(LookInterval))
                throw new OperationCanceledException(stop);
            if (processor.IsCompleted)
                throw new CommandFailedException("the processor ended before the replay");
        }

        inner.Accept(batch, events);
        _sent += events.Count;
    }
}
