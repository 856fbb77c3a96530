using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Publish;

/// <summary>Where a stream's events go: to Kafka, or to the processor in the same process.</summary>
public interface IEventSink
{
    /// <summary>
    /// Takes a batch. It may hold the caller up: that is back-pressure. The buffer is the caller's again when this returns.
    /// </summary>
    /// <param name="batch">
    /// The stream's state behind the last event of the batch; <see cref="BatchEnvelope.FirstSequence"/> is the sink's to set.
    /// </param>
    /// <param name="startWatermarkNs">The stream's watermark before the first event of the batch, which holds for each of them.</param>
    /// <param name="events">The events, none for a tick.</param>
    void Accept(in BatchEnvelope batch, long startWatermarkNs, EventBuffer events);
}
