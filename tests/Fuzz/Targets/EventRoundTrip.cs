using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Targets;

/// <summary>Writes events as Avro and reads them back: nothing may be lost or added, and writing them again gives the same bytes.</summary>
public sealed class EventRoundTrip
{
    private const long FirstSequence = 7;
    private const int RecordBytes = 256 * 1024;

    private static readonly BatchEnvelope Origin = new()
    {
        Sensor = "fuzz",
        Domain = 5,
        Run = new RunId(1, 2),
        Stream = 3,
        WatermarkNs = BatchEnvelope.NoWatermark,
        Seen = 9,
    };

    private readonly EncodedEnvelope _envelope = new(Origin);
    private readonly SensorNames _sensors = new();
    private readonly EventBuffer _read = new(capacity: 2);
    private readonly byte[] _record = new byte[RecordBytes];
    private readonly byte[] _again = new byte[RecordBytes];

    /// <summary>Checks the one event of a buffer, if there is one; null where nothing is wrong.</summary>
    public string? Check(EventBuffer events)
    {
        if (events.Count == 0)
            return null;
        if (!IcmpEventBatchCodec.TryWrite(_envelope, FirstSequence, events, 0, _record, out int written))
            return $"an event asks for {IcmpEventBatchCodec.MaxBytes(events, 0)} bytes";
        if (written > IcmpEventBatchCodec.MaxBytes(events, 0))
            return $"an event takes {written} bytes, and was to take {IcmpEventBatchCodec.MaxBytes(events, 0)} at most";
        _read.Clear();
        AvroError error = IcmpEventBatchCodec.Read(_record.AsSpan(0, written), _sensors, out BatchEnvelope envelope, _read);
        if (error != AvroError.None)
            return $"an event does not read back: {error}";
        if (envelope.FirstSequence != FirstSequence || envelope.Sensor != Origin.Sensor || envelope.Run != Origin.Run)
            return "the envelope does not read back";
        if (EventComparison.Difference(events, _read) is { } difference)
            return $"an event comes back from Avro as another: {difference}";
        return IcmpEventBatchCodec.TryWrite(_envelope, FirstSequence, _read, 0, _again, out int rewritten)
            && _record.AsSpan(0, written).SequenceEqual(_again.AsSpan(0, rewritten))
            ? null
            : "an event that was read is written otherwise";
    }
}
