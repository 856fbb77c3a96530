namespace IcmpStream.Schemas;

/// <summary>What findings and alerts have in common: lists of text and of samples.</summary>
internal static class EvidenceCodec
{
    /// <summary>The longest text, UTF-8 bytes: far above any sentence of evidence.</summary>
    public const int MaxTextBytes = ushort.MaxValue;

    /// <summary>Writes an array of strings.</summary>
    public static void Write(ref AvroWriter writer, List<string> texts)
    {
        writer.WriteBlock(texts.Count);
        foreach (string text in texts)
            writer.WriteString(text);
        writer.WriteZero();
    }

    /// <summary>Reads an array of strings.</summary>
    public static void Read(ref AvroReader reader, List<string> texts)
    {
        for (long left = 0; reader.NextItem(ref left);)
            texts.Add(reader.ReadString(MaxTextBytes));
    }

    /// <summary>Writes an array of <c>icmpstream.v1.Sample</c>, at most <see cref="Sample.MaxPerAlert"/> of them.</summary>
    public static void Write(ref AvroWriter writer, List<Sample> samples)
    {
        int count = Math.Min(samples.Count, Sample.MaxPerAlert);
        writer.WriteBlock(count);
        for (int i = 0; i < count; i++)
        {
            Sample sample = samples[i];
            writer.WriteLong(sample.TimeNs);
            writer.WriteAddress(sample.Source);
            writer.WriteAddress(sample.Destination);
            writer.WriteLong(sample.Type);
            writer.WriteLong(sample.Code);
            writer.WriteLong(sample.Ttl);
            writer.WriteLong(sample.Bytes);
            writer.WriteOptional(sample.Identifier);
            writer.WriteOptional(sample.Sequence);
            writer.WriteBytes(sample.PayloadPrefix.Span);
        }

        writer.WriteZero();
    }

    /// <summary>Reads an array of samples.</summary>
    public static void Read(ref AvroReader reader, List<Sample> samples)
    {
        for (long left = 0; reader.NextItem(ref left);)
        {
            if (samples.Count == Sample.MaxPerAlert)
                reader.Fail(AvroError.TooLarge);
            samples.Add(new Sample
            {
                TimeNs = reader.ReadLong(),
                Source = reader.ReadAddress(),
                Destination = reader.ReadAddress(),
                Type = reader.ReadUInt8(),
                Code = reader.ReadUInt8(),
                Ttl = reader.ReadUInt8(),
                Bytes = reader.ReadUInt32(),
                Identifier = reader.ReadOptionalUInt16(),
                Sequence = reader.ReadOptionalUInt16(),
                PayloadPrefix = reader.ReadBytes(ushort.MaxValue).ToArray(),
            });
        }
    }
}
