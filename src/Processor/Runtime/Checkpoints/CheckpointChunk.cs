using System.Buffers.Binary;
using System.Globalization;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime.Checkpoints;

/// <summary>What stands in front of a chunk in its record: <c>ISC1 | generation : 16 bytes | hash : u64 of the body</c>.</summary>
internal static class CheckpointChunk
{
    public const int HeaderBytes = 4 + RunId.Size + sizeof(ulong);

    private static ReadOnlySpan<byte> Magic => "ISC1"u8;

    /// <summary>Writes the header and returns the hash.</summary>
    public static ulong WriteHeader(Span<byte> destination, RunId generation, ReadOnlySpan<byte> body)
    {
        ulong hash = XxHash64.Hash(body);
        Magic.CopyTo(destination);
        generation.Write(destination[Magic.Length..]);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[(Magic.Length + RunId.Size)..], hash);
        return hash;
    }

    /// <summary>True for a chunk of that generation: another may stand in its place already, or still.</summary>
    public static bool IsOf(ReadOnlySpan<byte> value, string generation) =>
        value.Length >= HeaderBytes && value.StartsWith(Magic) && string.Equals(RunId.Read(value[Magic.Length..]).ToString(), generation, StringComparison.Ordinal);

    /// <summary>Checks the body and returns its hash.</summary>
    /// <exception cref="CheckpointException">It is damaged.</exception>
    public static ulong Check(ReadOnlySpan<byte> value)
    {
        ulong hash = XxHash64.Hash(value[HeaderBytes..]);
        ulong written = BinaryPrimitives.ReadUInt64LittleEndian(value[(Magic.Length + RunId.Size)..]);
        return hash == written ? hash : throw new CheckpointException("a chunk is damaged");
    }

    /// <summary>Hash of the hashes of chunks, in order.</summary>
    public static string Sum(IReadOnlyList<ulong> hashes)
    {
        byte[] bytes = new byte[hashes.Count * sizeof(ulong)];
        for (int i = 0; i < hashes.Count; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)), hashes[i]);
        return XxHash64.Hash(bytes).ToString("x16", CultureInfo.InvariantCulture);
    }
}
