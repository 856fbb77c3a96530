using System.Buffers.Binary;

namespace IcmpStream.Schemas;

/// <summary>How a record's value says which schema wrote it.</summary>
public enum RecordFraming : byte
{
    /// <summary>Confluent's wire format: 0x00 and a schema id of four bytes, big-endian. With a registry.</summary>
    Confluent,

    /// <summary>
    /// Avro's single-object encoding: 0xC3 0x01 and the CRC-64-AVRO fingerprint of the schema, eight bytes, little-endian. Without.
    /// </summary>
    SingleObject,
}

/// <summary>
/// The header in front of a record's Avro body: Confluent's wire format or Avro's single-object encoding (Avro specification,
/// "Single object encoding specification"). The first byte tells them apart.
/// </summary>
public readonly ref struct RecordFrame
{
    /// <summary>Header length of Confluent's wire format.</summary>
    public const int ConfluentBytes = 5;

    /// <summary>Header length of single-object encoding.</summary>
    public const int SingleObjectBytes = 10;

    private const byte ConfluentMagic = 0x00;
    private const byte SingleObjectMagic = 0xC3;
    private const byte SingleObjectVersion = 0x01;

    private RecordFrame(RecordFraming framing, int schemaId, ulong fingerprint, ReadOnlySpan<byte> body)
    {
        Framing = framing;
        SchemaId = schemaId;
        Fingerprint = fingerprint;
        Body = body;
    }

    /// <summary>Which of the two.</summary>
    public RecordFraming Framing { get; }

    /// <summary>The registry's id of the writer's schema, for <see cref="RecordFraming.Confluent"/>.</summary>
    public int SchemaId { get; }

    /// <summary>CRC-64-AVRO of the writer's schema, for <see cref="RecordFraming.SingleObject"/>.</summary>
    public ulong Fingerprint { get; }

    /// <summary>The Avro body.</summary>
    public ReadOnlySpan<byte> Body { get; }

    /// <summary>Splits a record's value into header and body.</summary>
    public static AvroError Parse(ReadOnlySpan<byte> value, out RecordFrame frame)
    {
        frame = default;
        if (value.IsEmpty)
            return AvroError.Truncated;
        if (value[0] == ConfluentMagic)
        {
            if (value.Length < ConfluentBytes)
                return AvroError.Truncated;
            int id = BinaryPrimitives.ReadInt32BigEndian(value[1..]);
            frame = new RecordFrame(RecordFraming.Confluent, id, 0, value[ConfluentBytes..]);
            return AvroError.None;
        }

        if (value[0] != SingleObjectMagic || (value.Length > 1 && value[1] != SingleObjectVersion))
            return AvroError.BadMagic;
        if (value.Length < SingleObjectBytes)
            return AvroError.Truncated;
        ulong fingerprint = BinaryPrimitives.ReadUInt64LittleEndian(value[2..]);
        frame = new RecordFrame(RecordFraming.SingleObject, 0, fingerprint, value[SingleObjectBytes..]);
        return AvroError.None;
    }

    /// <summary>A header for a schema that a registry has given an id.</summary>
    public static byte[] ConfluentHeader(int schemaId)
    {
        byte[] header = new byte[ConfluentBytes];
        header[0] = ConfluentMagic;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(1), schemaId);
        return header;
    }

    /// <summary>A header for a schema with this CRC-64-AVRO fingerprint.</summary>
    public static byte[] SingleObjectHeader(ulong fingerprint)
    {
        byte[] header = new byte[SingleObjectBytes];
        (header[0], header[1]) = (SingleObjectMagic, SingleObjectVersion);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(2), fingerprint);
        return header;
    }
}
