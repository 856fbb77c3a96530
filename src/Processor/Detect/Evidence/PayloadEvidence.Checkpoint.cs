using System.Runtime.Intrinsics;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <content>How it is written down.</content>
public partial struct PayloadEvidence : IEntry<PayloadEvidence>
{
    /// <inheritdoc/>
    public static int EntryBytes => 91 + (2 * Vector512<byte>.Count) + ByteValues.EntryBytes + PayloadStart.EntryBytes;

    /// <inheritdoc/>
    public static void Write(in PayloadEvidence entry, ref EntryWriter writer)
    {
        writer.Add(entry.Bytes);
        writer.Add(entry.Squares);
        writer.Add(entry.HashMin);
        writer.Add(entry.HashMax);
        writer.Add(entry.HashBits);
        writer.Add(entry.Common);
        writer.Add(entry.Any);
        ByteValues.Write(entry.Values, ref writer);
        writer.Add(entry.StartNs);
        writer.Add(entry.Packets);
        writer.Add(entry.Signatures);
        writer.Add(entry.LongSignatures);
        writer.Add(entry.AnySignatures);
        writer.Add(entry.InnerHeaders);
        writer.Add(entry.Measured);
        writer.Add(entry.Dense);
        writer.Add(entry.ValueBytes);
        writer.Add(entry.TextPackets);
        writer.Add(entry.LengthMin);
        writer.Add(entry.LengthMax);
        PayloadStart.Write(entry.Start, ref writer);
        writer.Add(entry.StartLength);
        writer.Add(entry.ShortestStart);
        writer.Add((byte)entry.InnerHeader);
    }

    /// <inheritdoc/>
    public static PayloadEvidence Read(ref EntryReader reader) => new()
    {
        Bytes = reader.UInt64(),
        Squares = reader.UInt64(),
        HashMin = reader.UInt64(),
        HashMax = reader.UInt64(),
        HashBits = reader.UInt64(),
        Common = Vector512.Create(reader.Bytes(Vector512<byte>.Count)),
        Any = Vector512.Create(reader.Bytes(Vector512<byte>.Count)),
        Values = ByteValues.Read(ref reader),
        StartNs = reader.Int64(),
        Packets = reader.UInt32(),
        Signatures = reader.UInt32(),
        LongSignatures = reader.UInt32(),
        AnySignatures = reader.UInt32(),
        InnerHeaders = reader.UInt32(),
        Measured = reader.UInt32(),
        Dense = reader.UInt32(),
        ValueBytes = reader.UInt32(),
        TextPackets = reader.UInt32(),
        LengthMin = reader.UInt16(),
        LengthMax = reader.UInt16(),
        Start = PayloadStart.Read(ref reader),
        StartLength = reader.Byte(PayloadStart.Length + 1),
        ShortestStart = reader.Byte(),
        InnerHeader = (InnerHeader)reader.Byte((int)InnerHeader.Ethernet + 1),
    };
}

/// <content>How it is written down.</content>
public partial struct PayloadStart : IEntry<PayloadStart>
{
    /// <inheritdoc/>
    public static int EntryBytes => Length;

    /// <inheritdoc/>
    public static void Write(in PayloadStart entry, ref EntryWriter writer)
    {
        foreach (ref readonly byte part in (ReadOnlySpan<byte>)entry)
            writer.Add(part);
    }

    /// <inheritdoc/>
    public static PayloadStart Read(ref EntryReader reader)
    {
        PayloadStart read = default;
        foreach (ref byte part in (Span<byte>)read)
            part = reader.Byte();
        return read;
    }
}
