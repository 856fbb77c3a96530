using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <content>How it is written down.</content>
public partial struct EchoEvidence : IEntry<EchoEvidence>
{
    /// <inheritdoc/>
    public static int EntryBytes => 55;

    /// <inheritdoc/>
    public static void Write(in EchoEvidence entry, ref EntryWriter writer)
    {
        writer.Add(entry.FirstNs);
        writer.Add(entry.LastNs);
        writer.Add(entry.Packets);
        writer.Add(entry.Whole);
        writer.Add(entry.BadChecksums);
        writer.Add(entry.FirstRest);
        writer.Add(entry.Payload);
        writer.Add(entry.FirstBytes);
        writer.Add(entry.IdentifierMin);
        writer.Add(entry.IdentifierMax);
        writer.Add(entry.SequenceMin);
        writer.Add(entry.SequenceMax);
        writer.Add(entry.FirstChecksum);
        writer.Add(entry.TtlMin);
        writer.Add(entry.TtlMax);
        writer.Add(entry.CodeMax);
        writer.Add(entry.Type);
        writer.Add(entry.FirstCode);
        writer.Add(entry.FirstTtl);
        writer.Add((byte)entry.FirstFamily);
    }

    /// <inheritdoc/>
    public static EchoEvidence Read(ref EntryReader reader) => new()
    {
        FirstNs = reader.Int64(),
        LastNs = reader.Int64(),
        Packets = reader.UInt32(),
        Whole = reader.UInt32(),
        BadChecksums = reader.UInt32(),
        FirstRest = reader.UInt32(),
        Payload = reader.Int32(),
        FirstBytes = reader.UInt16(),
        IdentifierMin = reader.UInt16(),
        IdentifierMax = reader.UInt16(),
        SequenceMin = reader.UInt16(),
        SequenceMax = reader.UInt16(),
        FirstChecksum = reader.UInt16(),
        TtlMin = reader.Byte(),
        TtlMax = reader.Byte(),
        CodeMax = reader.Byte(),
        Type = reader.Byte(),
        FirstCode = reader.Byte(),
        FirstTtl = reader.Byte(),
        FirstFamily = (PayloadFamily)reader.Byte(),
    };
}
