namespace IcmpStream.Schemas;

/// <content>The marks at the end of a partial.</content>
public static partial class PartialCodec
{
    private static void WriteMarks(ref AvroWriter writer, PartialBuffer record)
    {
        writer.WriteBlock(record.MarkCount);
        foreach (ref readonly PartialMark mark in record.Marks)
            WriteMark(ref writer, record, mark);
        writer.WriteZero();
    }

    private static void WriteMark(ref AvroWriter writer, PartialBuffer record, in PartialMark mark)
    {
        writer.WriteLong((long)mark.Kind);
        writer.WriteLong((long)mark.Role);
        writer.WriteAddress(mark.Address);
        writer.WriteLong(mark.Packets);
        writer.WriteLong(mark.Bytes);
        writer.WriteLong(mark.Value);
        writer.WriteLong(mark.Mask);
        ReadOnlySpan<Address> peers = record.Peers(mark);
        writer.WriteBlock(peers.Length);
        foreach (Address peer in peers)
            writer.WriteAddress(peer);
        writer.WriteZero();
        writer.WriteBytes(record.Sketch(mark));
        ReadOnlySpan<MarkSample> samples = record.Samples(mark);
        writer.WriteBlock(samples.Length);
        foreach (MarkSample sample in samples)
            WriteSample(ref writer, sample);
        writer.WriteZero();
    }

    private static void WriteSample(ref AvroWriter writer, in MarkSample sample)
    {
        writer.WriteLong(sample.TimeNs);
        writer.WriteAddress(sample.Source);
        writer.WriteAddress(sample.Destination);
        writer.WriteLong(sample.Type);
        writer.WriteLong(sample.Code);
        writer.WriteLong(sample.Ttl);
        writer.WriteLong(sample.Bytes);
        writer.WriteOptional(sample.RestOfHeader);
    }

    private static void ReadMark(ref AvroReader reader, PartialBuffer record, scoped Span<Address> peers)
    {
        ref PartialMark mark = ref record.AddMark();
        mark.Kind = (MarkKind)reader.ReadUInt8();
        mark.Role = (Role)reader.ReadEnum(EnumSizes.Role);
        mark.Address = reader.ReadAddress();
        mark.Packets = reader.ReadLong();
        mark.Bytes = reader.ReadLong();
        mark.Value = reader.ReadLong();
        mark.Mask = reader.ReadLong();
        int length = ReadPeers(ref reader, peers);
        peers[..length].CopyTo(record.AddMarkPeers(length));
        if (ReadSketch(ref reader) is { IsEmpty: false } sketch)
            sketch.CopyTo(record.AddMarkSketch());
        ReadSamples(ref reader, record);
    }

    private static void ReadSamples(ref AvroReader reader, PartialBuffer record)
    {
        Span<MarkSample> samples = stackalloc MarkSample[PartialBuffer.MaxSamplesPerMark];
        int length = 0;
        for (long left = 0; reader.NextItem(ref left);)
        {
            MarkSample sample = new(
                reader.ReadLong(), reader.ReadAddress(), reader.ReadAddress(), reader.ReadUInt8(), reader.ReadUInt8(), reader.ReadUInt8(), reader.ReadUInt32(), reader.ReadOptionalUInt32());
            if (length == samples.Length)
                reader.Fail(AvroError.TooLarge);
            else
                samples[length++] = sample;
        }

        samples[..length].CopyTo(record.AddMarkSamples(length));
    }
}
