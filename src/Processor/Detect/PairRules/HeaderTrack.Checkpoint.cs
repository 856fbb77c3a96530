using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Detect;

/// <content>How it is written down.</content>
internal partial struct HeaderTrack : IEntry<HeaderTrack>
{
    /// <inheritdoc/>
    public static int EntryBytes => 69 + EchoSenders.EntryBytes;

    /// <inheritdoc/>
    public static void Write(in HeaderTrack entry, ref EntryWriter writer)
    {
        writer.Add(entry.PreviousNs);
        writer.Add(entry.MeanGapNs);
        writer.Add(entry.LongGaps);
        writer.Add(entry.IdentifierBits);
        EchoSenders.Write(entry.Senders, ref writer);
        writer.Add(entry.KnownSenders);
        writer.Add(entry.PreviousPackets);
        writer.Add(entry.Steps);
        writer.Add(entry.Identifiers);
        writer.Add(entry.Fresh);
        writer.Add(entry.Printable);
        writer.Add(entry.Jumps);
        writer.Add(entry.Ttls);
        writer.Add(entry.Codes);
        writer.Add(entry.Checksums);
        writer.Add(entry.Lengths);
        writer.Add(entry.Fillings);
        writer.Add(entry.LengthStep);
        writer.Add(entry.NearShort);
        writer.Add(entry.NearLong);
        writer.Add(entry.ShortGapUs);
        writer.Add(entry.LongGapUs);
    }

    /// <inheritdoc/>
    public static HeaderTrack Read(ref EntryReader reader) => new()
    {
        PreviousNs = reader.Int64(),
        MeanGapNs = reader.Int64(),
        LongGaps = reader.UInt64(),
        IdentifierBits = reader.UInt64(),
        Senders = EchoSenders.Read(ref reader),
        KnownSenders = reader.Byte(EchoSenders.Count + 1),
        PreviousPackets = reader.UInt16(),
        Steps = reader.UInt16(),
        Identifiers = reader.UInt16(),
        Fresh = reader.UInt16(),
        Printable = reader.UInt16(),
        Jumps = reader.UInt16(),
        Ttls = reader.UInt16(),
        Codes = reader.UInt16(),
        Checksums = reader.UInt16(),
        Lengths = reader.UInt16(),
        Fillings = reader.UInt16(),
        LengthStep = reader.UInt16(),
        NearShort = reader.UInt16(),
        NearLong = reader.UInt16(),
        ShortGapUs = reader.UInt32(),
        LongGapUs = reader.UInt32(),
    };
}

/// <content>How it is written down.</content>
internal partial struct EchoSenders : IEntry<EchoSenders>
{
    /// <inheritdoc/>
    public static int EntryBytes => Count * EchoSender.EntryBytes;

    /// <inheritdoc/>
    public static void Write(in EchoSenders entry, ref EntryWriter writer)
    {
        foreach (ref readonly EchoSender part in (ReadOnlySpan<EchoSender>)entry)
            EchoSender.Write(part, ref writer);
    }

    /// <inheritdoc/>
    public static EchoSenders Read(ref EntryReader reader)
    {
        EchoSenders read = default;
        foreach (ref EchoSender part in (Span<EchoSender>)read)
            part = EchoSender.Read(ref reader);
        return read;
    }
}

/// <content>How it is written down.</content>
internal partial struct EchoSender : IEntry<EchoSender>
{
    /// <inheritdoc/>
    public static int EntryBytes => 11;

    /// <inheritdoc/>
    public static void Write(in EchoSender entry, ref EntryWriter writer)
    {
        writer.Add(entry.Identifier);
        writer.Add(entry.Sequence);
        writer.Add(entry.Stride);
        writer.Add(entry.Bytes);
        writer.Add(entry.Filling);
        writer.Add(entry.Ttl);
    }

    /// <inheritdoc/>
    public static EchoSender Read(ref EntryReader reader) => new()
    {
        Identifier = reader.UInt16(),
        Sequence = reader.UInt16(),
        Stride = reader.UInt16(),
        Bytes = reader.UInt16(),
        Filling = reader.UInt16(),
        Ttl = reader.Byte(),
    };
}
