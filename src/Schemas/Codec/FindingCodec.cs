namespace IcmpStream.Schemas;

/// <summary>
/// Avro <c>icmpstream.v1.Finding</c>, value of <c>icmp.finding.v1</c>. What reading allocates is bounded by the record's length:
/// no item is shorter than a byte, no object larger than a few times its encoding.
/// </summary>
public static class FindingCodec
{
    /// <summary>Writes a record. False where <paramref name="destination"/> is too short: try again with twice as much.</summary>
    public static bool TryWrite(Finding record, Span<byte> destination, out int written)
    {
        AvroWriter writer = new(destination);
        Write(ref writer, record);
        written = writer.Written;
        return !writer.Overflow;
    }

    /// <summary>Reads a record that fills <paramref name="source"/>.</summary>
    public static AvroError Read(ReadOnlySpan<byte> source, out Finding record)
    {
        AvroReader reader = new(source);
        Read(ref reader, out record);
        return reader.End();
    }

    /// <summary>Writes a record where the writer stands.</summary>
    public static void Write(ref AvroWriter writer, Finding record)
    {
        writer.WriteLong(record.Domain);
        writer.WriteLong((long)record.Stage);
        writer.WriteLong(record.Partition);
        writer.WriteLong(record.Sequence);
        writer.WriteLong(record.WatermarkNs);
        writer.WriteBoolean(record.Final);
        writer.WriteBlock(record.Findings.Count);
        foreach (RuleFinding finding in record.Findings)
            Write(ref writer, finding);
        writer.WriteZero();
        writer.WriteBlock(record.Rest.Count);
        foreach (RateRest rest in record.Rest)
            Write(ref writer, rest);
        writer.WriteZero();
    }

    /// <summary>Reads a record where the reader stands.</summary>
    public static void Read(ref AvroReader reader, out Finding record)
    {
        record = new Finding
        {
            Domain = reader.ReadUInt32(),
            Stage = (FindingStage)reader.ReadEnum(EnumSizes.FindingStage),
            Partition = reader.ReadInt(),
            Sequence = reader.ReadLong(),
            WatermarkNs = reader.ReadLong(),
            Final = reader.ReadBoolean(),
        };
        for (long left = 0; reader.NextItem(ref left);)
            record.Findings.Add(ReadFinding(ref reader));
        for (long left = 0; reader.NextItem(ref left);)
            record.Rest.Add(ReadRest(ref reader));
    }

    private static void Write(ref AvroWriter writer, RuleFinding finding)
    {
        writer.WriteString(finding.Rule);
        writer.WriteLong(finding.SlotStartNs);
        writer.WriteLong(finding.SlotNs);
        writer.WriteBoolean(finding.Active);
        writer.WriteString(finding.Subject);
        writer.WriteOptional(finding.Source);
        writer.WriteOptional(finding.Destination);
        writer.WriteLong(finding.FirstNs);
        writer.WriteLong(finding.LastNs);
        writer.WriteDouble(finding.Observed);
        writer.WriteDouble(finding.Threshold);
        writer.WriteString(finding.Unit);
        writer.WriteLong((long)finding.Severity);
        writer.WriteDouble(finding.Confidence);
        EvidenceCodec.Write(ref writer, finding.Evidence);
        writer.WriteBlock(finding.Features.Count);
        foreach (FindingFeature feature in finding.Features)
        {
            writer.WriteString(feature.Name);
            writer.WriteDouble(feature.Value);
        }

        writer.WriteZero();
        EvidenceCodec.Write(ref writer, finding.Samples);
        writer.WriteDouble(finding.Completeness);
        int related = Math.Min(finding.Related.Count, RuleFinding.MaxRelated);
        writer.WriteBlock(related);
        for (int i = 0; i < related; i++)
            writer.WriteAddress(finding.Related[i]);
        writer.WriteZero();
    }

    private static void Write(ref AvroWriter writer, in RateRest rest)
    {
        writer.WriteLong(rest.WindowStartNs);
        writer.WriteLong(rest.WindowNs);
        writer.WriteLong((long)rest.Role);
        writer.WriteLong(rest.Packets);
        writer.WriteLong(rest.Bytes);
        writer.WriteLong(rest.Requests);
        writer.WriteLong(rest.Replies);
        writer.WriteLong(rest.Errors);
        writer.WriteLong(rest.Other);
        writer.WriteLong(rest.Addresses);
        writer.WriteDouble(rest.Completeness);
    }

    private static RuleFinding ReadFinding(ref AvroReader reader)
    {
        RuleFinding finding = new()
        {
            Rule = reader.ReadString(EvidenceCodec.MaxTextBytes),
            SlotStartNs = reader.ReadLong(),
            SlotNs = reader.ReadLong(),
            Active = reader.ReadBoolean(),
            Subject = reader.ReadString(EvidenceCodec.MaxTextBytes),
            Source = reader.ReadOptionalAddress(),
            Destination = reader.ReadOptionalAddress(),
            FirstNs = reader.ReadLong(),
            LastNs = reader.ReadLong(),
            Observed = reader.ReadDouble(),
            Threshold = reader.ReadDouble(),
            Unit = reader.ReadString(EvidenceCodec.MaxTextBytes),
            Severity = (Severity)reader.ReadEnum(EnumSizes.Severity),
            Confidence = reader.ReadDouble(),
        };
        EvidenceCodec.Read(ref reader, finding.Evidence);
        for (long left = 0; reader.NextItem(ref left);)
            finding.Features.Add(new FindingFeature(reader.ReadString(EvidenceCodec.MaxTextBytes), reader.ReadDouble()));
        EvidenceCodec.Read(ref reader, finding.Samples);
        finding.Completeness = reader.ReadDouble();
        for (long left = 0; reader.NextItem(ref left);)
        {
            if (finding.Related.Count == RuleFinding.MaxRelated)
                reader.Fail(AvroError.TooLarge);
            finding.Related.Add(reader.ReadAddress());
        }

        return finding;
    }

    private static RateRest ReadRest(ref AvroReader reader) => new()
    {
        WindowStartNs = reader.ReadLong(),
        WindowNs = reader.ReadLong(),
        Role = (Role)reader.ReadEnum(EnumSizes.Role),
        Packets = reader.ReadLong(),
        Bytes = reader.ReadLong(),
        Requests = reader.ReadLong(),
        Replies = reader.ReadLong(),
        Errors = reader.ReadLong(),
        Other = reader.ReadLong(),
        Addresses = reader.ReadLong(),
        Completeness = reader.ReadDouble(),
    };
}
