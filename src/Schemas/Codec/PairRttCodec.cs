namespace IcmpStream.Schemas;

/// <summary>Avro <c>icmpstream.v1.PairRtt</c>, value of <c>icmp.rtt.v1</c>.</summary>
public static class PairRttCodec
{
    /// <summary>The most bytes that all but the cells take: all fields at their longest come to 157, the array's count and its end to 3.</summary>
    private const int PlainBytes = 160;

    /// <summary>A bucket takes at most 2 bytes, a count at most 10.</summary>
    private const int CellBytes = 12;

    /// <summary>The most bytes that a record takes: 20,152 with all cells.</summary>
    public static int MaxBytes(PairRtt record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return PlainBytes + (CellBytes * record.Cells.Count);
    }

    /// <summary>Writes a record. False where <paramref name="destination"/> is too short.</summary>
    public static bool TryWrite(PairRtt record, Span<byte> destination, out int written)
    {
        AvroWriter writer = new(destination);
        Write(ref writer, record);
        written = writer.Written;
        return !writer.Overflow;
    }

    /// <summary>Reads a record that fills <paramref name="source"/>.</summary>
    public static AvroError Read(ReadOnlySpan<byte> source, out PairRtt record)
    {
        AvroReader reader = new(source);
        Read(ref reader, out record);
        return reader.End();
    }

    /// <summary>Writes a record where the writer stands.</summary>
    public static void Write(ref AvroWriter writer, PairRtt record)
    {
        writer.WriteLong(record.WindowStartNs);
        writer.WriteLong(record.WindowNs);
        writer.WriteLong(record.Family);
        writer.WriteAddress(record.Requester);
        writer.WriteAddress(record.Responder);
        writer.WriteLong(record.Count);
        writer.WriteLong(record.MinNs);
        writer.WriteLong(record.MaxNs);
        writer.WriteLong(record.SumNs);
        writer.WriteLong(record.P50Ns);
        writer.WriteLong(record.P90Ns);
        writer.WriteLong(record.P95Ns);
        writer.WriteLong(record.P99Ns);
        writer.WriteLong(record.Dropped);
        writer.WriteDouble(record.Completeness);
        writer.WriteLong(record.Domain);
        writer.WriteBlock(record.Cells.Count);
        foreach (RttCell cell in record.Cells)
        {
            writer.WriteLong(cell.Bucket);
            writer.WriteLong(cell.Count);
        }

        writer.WriteZero();
    }

    /// <summary>Reads a record where the reader stands; more cells than there are buckets are too large.</summary>
    public static void Read(ref AvroReader reader, out PairRtt record)
    {
        record = new PairRtt
        {
            WindowStartNs = reader.ReadLong(),
            WindowNs = reader.ReadLong(),
            Family = reader.ReadUInt8(),
            Requester = reader.ReadAddress(),
            Responder = reader.ReadAddress(),
            Count = reader.ReadLong(),
            MinNs = reader.ReadLong(),
            MaxNs = reader.ReadLong(),
            SumNs = reader.ReadLong(),
            P50Ns = reader.ReadLong(),
            P90Ns = reader.ReadLong(),
            P95Ns = reader.ReadLong(),
            P99Ns = reader.ReadLong(),
            Dropped = reader.ReadLong(),
            Completeness = reader.ReadDouble(),
            Domain = reader.ReadUInt32(),
        };
        for (long left = 0; reader.NextItem(ref left);)
        {
            if (record.Cells.Count == RttBuckets.Count)
                reader.Fail(AvroError.TooLarge);
            record.Cells.Add(new RttCell((ushort)reader.ReadUpTo(RttBuckets.Count - 1), reader.ReadLong()));
        }
    }
}
