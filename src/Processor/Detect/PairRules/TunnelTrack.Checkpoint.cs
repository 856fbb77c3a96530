using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <content>How it is written down.</content>
internal partial struct TunnelTrack : IEntry<TunnelTrack>
{
    /// <inheritdoc/>
    public static int EntryBytes => 157 + Mark.SampleBytes + PayloadStart.EntryBytes + PayloadHashes.EntryBytes + ByteValues.EntryBytes;

    /// <inheritdoc/>
    public static void Write(in TunnelTrack entry, ref EntryWriter writer)
    {
        Mark.Write(entry.First, ref writer);
        PayloadStart.Write(entry.PreviousStart, ref writer);
        PayloadHashes.Write(entry.Hashes, ref writer);
        writer.Add(entry.Bytes);
        writer.Add(entry.Squares);
        writer.Add(entry.FirstNs);
        writer.Add(entry.LastNs);
        writer.Add(entry.SpokenSlot);
        writer.Add(entry.SignatureSlot);
        writer.Add(entry.DueSlot);
        ByteValues.Write(entry.Values, ref writer);
        writer.Add(entry.Asked);
        writer.Add(entry.Answered);
        writer.Add(entry.Mismatches);
        writer.Add(entry.Unsolicited);
        writer.Add(entry.DataForNone);
        writer.Add(entry.Changes);
        writer.Add(entry.Chances);
        writer.Add(entry.Churned);
        writer.Add(entry.TextPackets);
        writer.Add(entry.SameKeys);
        writer.Add(entry.InnerHeaders);
        writer.Add(entry.Measured);
        writer.Add(entry.Dense);
        writer.Add(entry.ValueBytes);
        writer.Add(entry.Blocks);
        writer.Add(entry.DenseBlocks);
        writer.Add(entry.Signatures);
        writer.Add(entry.LongSignatures);
        writer.Add(entry.AnySignatures);
        writer.Add(entry.StowedPackets);
        writer.Add(entry.PreviousRest);
        writer.Add(entry.StowedBytes);
        writer.Add(entry.LengthMin);
        writer.Add(entry.LengthMax);
        writer.Add(entry.PreviousStartLength);
        writer.Add((byte)entry.InnerHeader);
        writer.Add((byte)entry.SpokenSeverity);
        writer.Add(entry.HasSignature);
        writer.Add(entry.IsBehaving);
    }

    /// <inheritdoc/>
    public static TunnelTrack Read(ref EntryReader reader) => new()
    {
        First = Mark.ReadSample(ref reader),
        PreviousStart = PayloadStart.Read(ref reader),
        Hashes = PayloadHashes.Read(ref reader),
        Bytes = reader.UInt64(),
        Squares = reader.UInt64(),
        FirstNs = reader.Int64(),
        LastNs = reader.Int64(),
        SpokenSlot = reader.Int64(),
        SignatureSlot = reader.Int64(),
        DueSlot = reader.Int64(),
        Values = ByteValues.Read(ref reader),
        Asked = reader.UInt32(),
        Answered = reader.UInt32(),
        Mismatches = reader.UInt32(),
        Unsolicited = reader.UInt32(),
        DataForNone = reader.UInt32(),
        Changes = reader.UInt32(),
        Chances = reader.UInt32(),
        Churned = reader.UInt32(),
        TextPackets = reader.UInt32(),
        SameKeys = reader.UInt32(),
        InnerHeaders = reader.UInt32(),
        Measured = reader.UInt32(),
        Dense = reader.UInt32(),
        ValueBytes = reader.UInt32(),
        Blocks = reader.UInt32(),
        DenseBlocks = reader.UInt32(),
        Signatures = reader.UInt32(),
        LongSignatures = reader.UInt32(),
        AnySignatures = reader.UInt32(),
        StowedPackets = reader.UInt32(),
        PreviousRest = reader.UInt32(),
        StowedBytes = reader.UInt64(),
        LengthMin = reader.UInt16(),
        LengthMax = reader.UInt16(),
        PreviousStartLength = reader.Byte(PayloadStart.Length + 1),
        InnerHeader = (InnerHeader)reader.Byte((int)InnerHeader.Ethernet + 1),
        SpokenSeverity = (Severity)reader.Byte((int)Severity.Unknown),
        HasSignature = reader.Boolean(),
        IsBehaving = reader.Boolean(),
    };
}

/// <content>How it is written down.</content>
internal partial struct PayloadHashes : IEntry<PayloadHashes>
{
    /// <inheritdoc/>
    public static int EntryBytes => Count * sizeof(ulong);

    /// <inheritdoc/>
    public static void Write(in PayloadHashes entry, ref EntryWriter writer)
    {
        foreach (ref readonly ulong part in (ReadOnlySpan<ulong>)entry)
            writer.Add(part);
    }

    /// <inheritdoc/>
    public static PayloadHashes Read(ref EntryReader reader)
    {
        PayloadHashes read = default;
        foreach (ref ulong part in (Span<ulong>)read)
            part = reader.UInt64();
        return read;
    }
}
