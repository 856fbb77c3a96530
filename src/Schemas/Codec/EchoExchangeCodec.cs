namespace IcmpStream.Schemas;

/// <summary>Avro <c>icmpstream.v1.EchoExchange</c>, value of <c>icmp.echo.v1</c>.</summary>
public static class EchoExchangeCodec
{
    /// <summary>The most bytes a record takes: all fields at their longest come to 126.</summary>
    public const int MaxBytes = 128;

    /// <summary>Writes a record. False where <paramref name="destination"/> is too short.</summary>
    public static bool TryWrite(in EchoExchange record, Span<byte> destination, out int written)
    {
        AvroWriter writer = new(destination);
        Write(ref writer, record);
        written = writer.Written;
        return !writer.Overflow;
    }

    /// <summary>Reads a record that fills <paramref name="source"/>.</summary>
    public static AvroError Read(ReadOnlySpan<byte> source, out EchoExchange record)
    {
        AvroReader reader = new(source);
        Read(ref reader, out record);
        return reader.End();
    }

    /// <summary>Writes a record where the writer stands.</summary>
    public static void Write(ref AvroWriter writer, in EchoExchange record)
    {
        writer.WriteLong((long)record.Outcome);
        writer.WriteLong(record.Family);
        writer.WriteLong(record.Type);
        writer.WriteAddress(record.Requester);
        writer.WriteAddress(record.Responder);
        writer.WriteLong(record.Identifier);
        writer.WriteLong(record.Sequence);
        writer.WriteOptional(record.RequestNs);
        writer.WriteOptional(record.ReplyNs);
        writer.WriteOptional(record.RttNs);
        writer.WriteOptional(record.RequestBytes);
        writer.WriteOptional(record.ReplyBytes);
        writer.WriteLong(record.Domain);
        writer.WriteOptional(record.ErrorType);
        writer.WriteOptional(record.ErrorCode);
        writer.WriteOptional(record.ErrorSource);
        writer.WriteDouble(record.Completeness);
    }

    /// <summary>Reads a record where the reader stands.</summary>
    public static void Read(ref AvroReader reader, out EchoExchange record)
    {
        record = default;
        record.Outcome = (EchoOutcome)reader.ReadEnum(EnumSizes.EchoOutcome);
        record.Family = reader.ReadUInt8();
        record.Type = reader.ReadUInt8();
        record.Requester = reader.ReadAddress();
        record.Responder = reader.ReadAddress();
        record.Identifier = reader.ReadUInt16();
        record.Sequence = reader.ReadUInt16();
        record.RequestNs = reader.ReadOptionalLong();
        record.ReplyNs = reader.ReadOptionalLong();
        record.RttNs = reader.ReadOptionalLong();
        record.RequestBytes = reader.ReadOptionalUInt32();
        record.ReplyBytes = reader.ReadOptionalUInt32();
        record.Domain = reader.ReadUInt32();
        record.ErrorType = reader.ReadOptionalUInt8();
        record.ErrorCode = reader.ReadOptionalUInt8();
        record.ErrorSource = reader.ReadOptionalAddress();
        record.Completeness = reader.ReadDouble();
    }
}
