namespace IcmpStream.Schemas;

/// <summary>
/// Avro <c>icmpstream.v1.Alert</c>, value of <c>icmp.alert.v1</c>. What reading allocates is bounded by the record's length.
/// </summary>
public static class AlertCodec
{
    /// <summary>Writes a record. False where <paramref name="destination"/> is too short: try again with twice as much.</summary>
    public static bool TryWrite(Alert record, Span<byte> destination, out int written)
    {
        AvroWriter writer = new(destination);
        Write(ref writer, record);
        written = writer.Written;
        return !writer.Overflow;
    }

    /// <summary>Reads a record that fills <paramref name="source"/>.</summary>
    public static AvroError Read(ReadOnlySpan<byte> source, out Alert record)
    {
        AvroReader reader = new(source);
        Read(ref reader, out record);
        return reader.End();
    }

    /// <summary>Writes a record where the writer stands.</summary>
    public static void Write(ref AvroWriter writer, Alert record)
    {
        writer.WriteString(record.Id);
        writer.WriteString(record.Rule);
        writer.WriteLong(record.Version);
        writer.WriteLong((long)record.State);
        writer.WriteLong(record.Revision);
        writer.WriteLong((long)record.Severity);
        writer.WriteDouble(record.Confidence);
        writer.WriteString(record.Subject);
        writer.WriteOptional(record.Source);
        writer.WriteOptional(record.Destination);
        writer.WriteLong(record.OpenedNs);
        writer.WriteLong(record.FirstNs);
        writer.WriteLong(record.LastNs);
        writer.WriteDouble(record.Observed);
        writer.WriteDouble(record.Threshold);
        writer.WriteString(record.Unit);
        EvidenceCodec.Write(ref writer, record.Evidence);
        writer.WriteBlock(record.Features.Count);
        foreach ((string name, double value) in record.Features)
        {
            writer.WriteString(name);
            writer.WriteDouble(value);
        }

        writer.WriteZero();
        EvidenceCodec.Write(ref writer, record.Techniques);
        writer.WriteDouble(record.Completeness);
        EvidenceCodec.Write(ref writer, record.Samples);
        writer.WriteLong(record.Domain);
    }

    /// <summary>Reads a record where the reader stands. Of features with the same name the last one counts.</summary>
    public static void Read(ref AvroReader reader, out Alert record)
    {
        record = new Alert
        {
            Id = reader.ReadString(EvidenceCodec.MaxTextBytes),
            Rule = reader.ReadString(EvidenceCodec.MaxTextBytes),
            Version = reader.ReadInt(),
            State = (AlertState)reader.ReadEnum(EnumSizes.AlertState),
            Revision = reader.ReadInt(),
            Severity = (Severity)reader.ReadEnum(EnumSizes.Severity),
            Confidence = reader.ReadDouble(),
            Subject = reader.ReadString(EvidenceCodec.MaxTextBytes),
            Source = reader.ReadOptionalAddress(),
            Destination = reader.ReadOptionalAddress(),
            OpenedNs = reader.ReadLong(),
            FirstNs = reader.ReadLong(),
            LastNs = reader.ReadLong(),
            Observed = reader.ReadDouble(),
            Threshold = reader.ReadDouble(),
            Unit = reader.ReadString(EvidenceCodec.MaxTextBytes),
        };
        EvidenceCodec.Read(ref reader, record.Evidence);
        for (long left = 0; reader.NextItem(ref left);)
            record.Features[reader.ReadString(EvidenceCodec.MaxTextBytes)] = reader.ReadDouble();
        EvidenceCodec.Read(ref reader, record.Techniques);
        record.Completeness = reader.ReadDouble();
        EvidenceCodec.Read(ref reader, record.Samples);
        record.Domain = reader.ReadUInt32();
    }
}
