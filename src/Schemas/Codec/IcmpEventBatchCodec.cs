namespace IcmpStream.Schemas;

/// <summary>
/// Avro <c>icmpstream.v1.IcmpEventBatch</c>, value of <c>icmp.event.v1</c>. Writing needs a destination of
/// <see cref="MaxBytes(EventBuffer, ReadOnlySpan{int})"/>, allocates nothing and cannot fail otherwise; reading checks every byte
/// and names what is wrong.
/// </summary>
public static class IcmpEventBatchCodec
{
    /// <summary>The most events in a packed record: as many as an <see cref="EventBuffer"/> of default size takes.</summary>
    public const int MaxEvents = EventBuffer.DefaultCapacity;

    /// <summary>A destination that is large enough for every event without detail whose prefix is at most 64 bytes.</summary>
    public const int TypicalBytes = 640;

    /// <summary>The most bytes that a record with one event takes.</summary>
    public static int MaxBytes(EventBuffer buffer, int index) =>
        EncodedEnvelope.MaxBytes + IcmpEventWriter.MaxBytes(buffer, in buffer.Events[index]);

    /// <summary>The most bytes that a record with these events takes.</summary>
    public static int MaxBytes(EventBuffer buffer, ReadOnlySpan<int> indices)
    {
        int bytes = EncodedEnvelope.MaxBytes;
        Span<IcmpEvent> events = buffer.Events;
        foreach (int index in indices)
            bytes += IcmpEventWriter.MaxBytes(buffer, in events[index]);
        return bytes;
    }

    /// <summary>
    /// Writes a record with one event. False, with nothing to be used in <paramref name="destination"/>, where that has fewer than
    /// <see cref="MaxBytes(EventBuffer, int)"/>.
    /// </summary>
    public static bool TryWrite(
        EncodedEnvelope envelope, long firstSequence, EventBuffer buffer, int index, Span<byte> destination, out int written)
    {
        ref readonly IcmpEvent e = ref buffer.Events[index];
        if (destination.Length < EncodedEnvelope.MaxBytes + IcmpEventWriter.MaxBytes(buffer, e))
        {
            written = 0;
            return false;
        }

        int position = envelope.Write(destination, firstSequence);
        destination[position] = 2;
        position = IcmpEventWriter.Write(destination, position + 1, buffer, e);
        destination[position] = 0;
        written = position + 1;
        return true;
    }

    /// <summary>
    /// Writes a record with the events at <paramref name="indices"/>, or a tick where there are none. False, with nothing to be
    /// used in <paramref name="destination"/>, where that has fewer than <see cref="MaxBytes(EventBuffer, ReadOnlySpan{int})"/>.
    /// </summary>
    public static bool TryWrite(
        EncodedEnvelope envelope, long firstSequence, EventBuffer buffer, ReadOnlySpan<int> indices, Span<byte> destination, out int written)
    {
        if (destination.Length < MaxBytes(buffer, indices))
        {
            written = 0;
            return false;
        }

        int position = envelope.Write(destination, firstSequence);
        if (!indices.IsEmpty)
        {
            position = Varint.Write32(destination, position, (uint)indices.Length);
            Span<IcmpEvent> events = buffer.Events;
            foreach (int index in indices)
                position = IcmpEventWriter.Write(destination, position, buffer, in events[index]);
        }

        destination[position] = 0;
        written = position + 1;
        return true;
    }

    /// <summary>
    /// Reads one record that fills <paramref name="source"/> and adds its events to <paramref name="buffer"/>. On an error the
    /// buffer is as before; <see cref="AvroError.BufferFull"/> asks for a buffer with more room, if this one was not empty.
    /// </summary>
    public static AvroError Read(ReadOnlySpan<byte> source, SensorNames sensors, out BatchEnvelope envelope, EventBuffer buffer)
    {
        AvroReader reader = new(source);
        (int, int, int) mark = buffer.Mark;
        Read(ref reader, sensors, out envelope, buffer);
        AvroError error = reader.End();
        if (error != AvroError.None)
            buffer.Rewind(mark);
        return error;
    }

    /// <summary>Reads one record where it stands; as above, but something may follow.</summary>
    public static void Read(ref AvroReader reader, SensorNames sensors, out BatchEnvelope envelope, EventBuffer buffer)
    {
        envelope = default;
        ReadOnlySpan<byte> sensor = reader.ReadText(BatchEnvelope.MaxSensorBytes);
        envelope.Sensor = sensors.Get(sensor);
        envelope.Domain = reader.ReadUInt32();
        Address run = reader.ReadAddress();
        envelope.Run = new RunId(run.High, run.Low);
        envelope.Stream = reader.ReadUInt32();
        envelope.FirstSequence = reader.ReadLong();
        envelope.WatermarkNs = reader.ReadLong();
        envelope.Seen = reader.ReadLong();
        envelope.KernelDrops = reader.ReadLong();
        envelope.Shed = reader.ReadLong();
        envelope.Final = reader.ReadBoolean();
        (int, int, int) mark = buffer.Mark;
        for (long left = 0; reader.NextItem(ref left);)
        {
            if (buffer.Count == buffer.Capacity)
                reader.Fail(AvroError.BufferFull);
            else
                IcmpEventReader.Read(ref reader, buffer);
        }

        if (reader.Error != AvroError.None)
            buffer.Rewind(mark);
    }
}
