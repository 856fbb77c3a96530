using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>Where a stream's events go: to Kafka, or to the processor in the same process.</summary>
public interface IEventSink
{
    /// <summary>
    /// Takes a batch. It may hold the caller up: that is back-pressure. The buffer is the caller's again when this returns.
    /// </summary>
    /// <param name="batch">
    /// The stream's state behind the last event of the batch: its watermark need not hold for the events themselves, for which the
    /// batch before it speaks; <see cref="BatchEnvelope.FirstSequence"/> is the sink's to set.
    /// </param>
    /// <param name="events">The events, none for a tick.</param>
    void Accept(in BatchEnvelope batch, EventBuffer events);
}
