using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.State;

/// <summary>
/// Events of one slot whose evidence must wait until it is known which of them are copies: what overlapping sensors saw twice. They are kept
/// as Avro, found by stream and frame. Only events that show more than their message are here, which few do.
/// </summary>
public sealed class HeldEvents : ICheckpointPart
{
    /// <summary>
    /// Bytes of one slot at most: 4 MiB are some 20,000 events, 200,000 a second of unfamiliar payloads and errors. Evidence of those beyond is taken at
    /// once, copies included.
    /// </summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private static readonly BatchEnvelope Envelope = new() { Sensor = "held", WatermarkNs = BatchEnvelope.NoWatermark };

    private readonly Dictionary<(int Stream, long Frame), (int Offset, int Length)> _places = [];
    private readonly EncodedEnvelope _envelope = new(Envelope);
    private readonly SensorNames _sensors = new();
    private byte[] _bytes = [];
    private int _used;

    /// <summary>Events held.</summary>
    public int Count => _places.Count;

    /// <summary>Holds an event; false where there is no room, or its frame has another already.</summary>
    public bool TryAdd(int stream, EventBuffer events, int index)
    {
        ArgumentNullException.ThrowIfNull(events);
        var place = (stream, events.Events[index].Frame);
        int most = IcmpEventBatchCodec.MaxBytes(events, index);
        if (_used + most > MaxBytes || _places.ContainsKey(place))
            return false;
        if (_bytes.Length - _used < most)
            Array.Resize(ref _bytes, Math.Max(_used + most, 2 * _bytes.Length));
        if (!IcmpEventBatchCodec.TryWrite(_envelope, 0, events, index, _bytes.AsSpan(_used, most), out int written))
            throw new InvalidOperationException("an event is larger than its own bound");
        _places.Add(place, (_used, written));
        _used += written;
        return true;
    }

    /// <summary>Reads the event of a message into a buffer that is emptied first; false where it is not held.</summary>
    public bool TryRead(in PairMessage message, EventBuffer into)
    {
        ArgumentNullException.ThrowIfNull(into);
        if (!_places.TryGetValue((message.Stream, message.Frame), out (int Offset, int Length) place))
            return false;
        into.Clear();
        if (IcmpEventBatchCodec.Read(_bytes.AsSpan(place.Offset, place.Length), _sensors, out _, into) != AvroError.None || into.Count != 1)
            throw new InvalidOperationException("a held event cannot be read back");
        return true;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _places.Clear();
        _used = 0;
    }

    /// <inheritdoc/>
    public void Save(CheckpointWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (_places.Count == 0)
            return;
        writer.WriteInt32(_places.Count);
        foreach (((int stream, long frame), (int offset, int length)) in _places.OrderBy(place => place.Value.Offset))
        {
            writer.WriteInt32(stream);
            writer.WriteInt64(frame);
            writer.WriteInt32(length);
            writer.WriteBytes(_bytes.AsSpan(offset, length));
        }
    }

    /// <inheritdoc/>
    public void Load(CheckpointReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        const int entryBytes = (2 * sizeof(int)) + sizeof(long);
        var read = new EventBuffer(capacity: 1);
        for (int left = reader.Remaining == 0 ? 0 : reader.ReadCount(entryBytes); left > 0; left--)
        {
            (int stream, long frame, int length) = (reader.ReadInt32(), reader.ReadInt64(), reader.ReadCount(1));
            if (length > MaxBytes - _used || !_places.TryAdd((stream, frame), (_used, length)))
                throw new CheckpointException("there are more held events than there may be");
            if (_bytes.Length - _used < length)
                Array.Resize(ref _bytes, Math.Max(_used + length, 2 * _bytes.Length));
            reader.ReadBytes(_bytes.AsSpan(_used, length));
            read.Clear();
            if (IcmpEventBatchCodec.Read(_bytes.AsSpan(_used, length), _sensors, out _, read) != AvroError.None || read.Count != 1)
                throw new CheckpointException("a held event is damaged");
            _used += length;
        }
    }
}
