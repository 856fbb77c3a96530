using System.Buffers.Binary;

namespace IcmpStream.Schemas;

/// <summary>How the blocks of a container file are compressed; both are required of every Avro implementation.</summary>
public enum ContainerCompression : byte
{
    /// <summary>Not at all: <c>null</c>.</summary>
    None,

    /// <summary>Deflate without header or checksum (RFC 1951): <c>deflate</c>.</summary>
    Deflate,
}

/// <summary>
/// What writer and reader of Object Container Files share (Avro specification, "Object Container Files").
/// </summary>
/// <remarks>
/// <code>
/// 'O' 'b' 'j' 1 | metadata: map of bytes (avro.schema, avro.codec) | sync marker 16
/// then blocks:  records: long | bytes: long | the records | sync marker 16
/// </code>
/// </remarks>
internal static class ContainerFormat
{
    public const int SyncBytes = 16;
    public const string SchemaKey = "avro.schema";
    public const string CodecKey = "avro.codec";

    public static ReadOnlySpan<byte> Magic => "Obj\u0001"u8;

    public static ReadOnlySpan<byte> CodecName(ContainerCompression compression) =>
        compression == ContainerCompression.Deflate ? "deflate"u8 : "null"u8;

    /// <summary>The marker of a run's file: the same for the same run and schema, so that a file repeats byte by byte.</summary>
    public static void WriteSync(SchemaText schema, RunId run, Span<byte> destination)
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong) + RunId.Size];
        BinaryPrimitives.WriteUInt64BigEndian(seed, schema.Fingerprint);
        run.Write(seed[sizeof(ulong)..]);
        BinaryPrimitives.WriteUInt64BigEndian(destination, XxHash64.Hash(seed));
        BinaryPrimitives.WriteUInt64BigEndian(destination[sizeof(ulong)..], XxHash64.Hash(seed, seed: 1));
    }
}
