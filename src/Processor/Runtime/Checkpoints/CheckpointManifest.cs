using System.Globalization;
using System.Text;
using System.Text.Json;
using IcmpStream.Kafka;

namespace IcmpStream.Processor.Runtime.Checkpoints;

/// <summary>
/// Says which chunks are the state of one partition's stage, at which offset of its input. It is JSON, for people who look; a value
/// that is not is no manifest.
/// </summary>
internal sealed record CheckpointManifest
{
    /// <summary>Version of the manifest and of what is in front of a chunk.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Version of the manifest.</summary>
    public required int Format { get; init; }

    /// <summary>Version of the stage's own bytes.</summary>
    public required int Version { get; init; }

    /// <summary>Hash of the stage's configuration, since state of another one does not fit.</summary>
    public required string Configuration { get; init; }

    /// <summary>Everything before this offset of the input is in the state.</summary>
    public required long Offset { get; init; }

    /// <summary>Name of the generation: no two checkpoints share one, whoever wrote them. Each of its chunks bears it.</summary>
    public required string Generation { get; init; }

    /// <summary>
    /// Which of the two places for a checkpoint has its chunks. They take turns, so that the last good one stays while the next is written,
    /// and what an unfinished one left is overwritten.
    /// </summary>
    public required int Slot { get; init; }

    /// <summary>Number of chunks.</summary>
    public required int Chunks { get; init; }

    /// <summary>Bytes of all chunks.</summary>
    public required long Bytes { get; init; }

    /// <summary>Hash of the chunks' hashes.</summary>
    public required string Hash { get; init; }

    /// <summary>Partition of the checkpoint topic that has the chunks.</summary>
    public required int Partition { get; init; }

    /// <summary>Offset there at or before the first chunk.</summary>
    public required long From { get; init; }

    /// <summary>Number of chunks in the other place.</summary>
    public int OtherChunks { get; init; }

    /// <summary>Key of a partition's manifest.</summary>
    public static byte[] Key(string group, LogPartition partition) => Encoding.UTF8.GetBytes($"{group}/{partition.Topic}/{Number(partition.Partition)}");

    /// <summary>Key of a chunk.</summary>
    public static byte[] ChunkKey(string group, LogPartition partition, int slot, int index) =>
        Encoding.UTF8.GetBytes($"{group}/{partition.Topic}/{Number(partition.Partition)}/{Number(slot)}/{Number(index)}");

    /// <summary>The manifest as a record's value.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Reads a manifest; false for anything else.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CheckpointManifest? manifest)
    {
        manifest = null;
        try
        {
            manifest = JsonSerializer.Deserialize<CheckpointManifest>(value);
        }
        catch (JsonException)
        {
            return false;
        }

        return manifest is not null;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
