namespace IcmpStream.Schemas;

/// <summary>Avro <c>icmpstream.v1.SourceRate</c>, value of <c>icmp.rate.v1</c>.</summary>
public static class SourceRateCodec
{
    /// <summary>The most bytes a record takes: all fields at their longest come to 121.</summary>
    public const int MaxBytes = 128;

    /// <summary>Writes a record. False where <paramref name="destination"/> is too short.</summary>
    public static bool TryWrite(in SourceRate record, Span<byte> destination, out int written)
    {
        AvroWriter writer = new(destination);
        Write(ref writer, record);
        written = writer.Written;
        return !writer.Overflow;
    }

    /// <summary>Reads a record that fills <paramref name="source"/>.</summary>
    public static AvroError Read(ReadOnlySpan<byte> source, out SourceRate record)
    {
        AvroReader reader = new(source);
        Read(ref reader, out record);
        return reader.End();
    }

    /// <summary>Writes a record where the writer stands.</summary>
    public static void Write(ref AvroWriter writer, in SourceRate record)
    {
        writer.WriteLong(record.WindowStartNs);
        writer.WriteLong(record.WindowNs);
        writer.WriteLong((long)record.Role);
        writer.WriteOptional(record.Address);
        writer.WriteLong(record.Packets);
        writer.WriteLong(record.Bytes);
        writer.WriteLong(record.Requests);
        writer.WriteLong(record.Replies);
        writer.WriteLong(record.Errors);
        writer.WriteLong(record.Other);
        writer.WriteLong(record.Peers);
        writer.WriteDouble(record.Completeness);
        writer.WriteLong(record.Domain);
    }

    /// <summary>Reads a record where the reader stands.</summary>
    public static void Read(ref AvroReader reader, out SourceRate record)
    {
        record = default;
        record.WindowStartNs = reader.ReadLong();
        record.WindowNs = reader.ReadLong();
        record.Role = (Role)reader.ReadEnum(EnumSizes.Role);
        record.Address = reader.ReadOptionalAddress();
        record.Packets = reader.ReadLong();
        record.Bytes = reader.ReadLong();
        record.Requests = reader.ReadLong();
        record.Replies = reader.ReadLong();
        record.Errors = reader.ReadLong();
        record.Other = reader.ReadLong();
        record.Peers = reader.ReadLong();
        record.Completeness = reader.ReadDouble();
        record.Domain = reader.ReadUInt32();
    }
}
