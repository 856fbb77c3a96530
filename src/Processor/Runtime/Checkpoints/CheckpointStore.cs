using System.Text;
using IcmpStream.Kafka;
using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Runtime.Checkpoints;

/// <summary>Reads checkpoints: the manifests of a group, and the chunks of one of them into a stage.</summary>
internal sealed class CheckpointStore(ILog log, CheckpointTopic topic, ProcessorOptions options)
{
    /// <summary>
    /// Chunks of one checkpoint at most: 2 GiB of the default size, which no partition's limits allow. A manifest that says more is damaged.
    /// </summary>
    private const int MaxChunks = 4096;

    /// <summary>The latest manifests of the group's partitions; what is none is passed over.</summary>
    /// <exception cref="LogException">The log did not answer in time.</exception>
    public Dictionary<LogPartition, CheckpointManifest> Manifests(IReadOnlyList<LogPartition> partitions)
    {
        Dictionary<string, LogPartition> wanted = partitions.ToDictionary(p => Encoding.UTF8.GetString(CheckpointManifest.Key(options.Group, p)), StringComparer.Ordinal);
        var found = new Dictionary<LogPartition, CheckpointManifest>();
        using ILogReader reader = log.OpenReader(new ReaderOptions { Positions = [new LogPosition(topic.Manifests, 0)] });
        while (Next(reader) is { } batch)
        {
            foreach (LogRecord record in batch)
            {
                if (!wanted.TryGetValue(Encoding.UTF8.GetString(record.Key), out LogPartition partition))
                    continue;
                if (CheckpointManifest.TryRead(record.Value, out CheckpointManifest? manifest))
                    found[partition] = manifest;
                else
                    found.Remove(partition);
            }
        }

        return found;
    }

    /// <summary>Loads a checkpoint into a stage that has seen nothing.</summary>
    /// <exception cref="CheckpointException">It is damaged, incomplete, of another version or another configuration: the stage is of no use then.</exception>
    /// <exception cref="LogException">The log did not answer in time.</exception>
    public void Load(LogPartition partition, CheckpointManifest manifest, ICheckpointed state, string configuration, int threads)
    {
        if (manifest.Format != CheckpointManifest.CurrentFormat || manifest.Version != state.CheckpointVersion)
            throw new CheckpointException($"it is of version {manifest.Format}.{manifest.Version}, this is {CheckpointManifest.CurrentFormat}.{state.CheckpointVersion}");
        if (!string.Equals(manifest.Configuration, configuration, StringComparison.Ordinal))
            throw new CheckpointException("the configuration has changed");
        if (manifest.Chunks is < 1 or > MaxChunks || manifest.From < 0 || !topic.Has(manifest.Partition))
            throw new CheckpointException("the manifest is damaged");
        CheckpointReader.Load(Read(partition, manifest), state, threads);
    }

    private ReadOnlyMemory<byte>[] Read(LogPartition partition, CheckpointManifest manifest)
    {
        var keys = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < manifest.Chunks; i++)
            keys.Add(Encoding.UTF8.GetString(CheckpointManifest.ChunkKey(options.Group, partition, manifest.Slot, i)), i);
        var chunks = new ReadOnlyMemory<byte>[manifest.Chunks];
        ulong[] hashes = new ulong[manifest.Chunks];
        using ILogReader reader = log.OpenReader(new ReaderOptions { Positions = [new LogPosition(new LogPartition(topic.Name, manifest.Partition), manifest.From)] });
        while (keys.Count > 0 && Next(reader) is { } batch)
        {
            foreach (LogRecord record in batch)
            {
                if (!CheckpointChunk.IsOf(record.Value, manifest.Generation) || !keys.Remove(Encoding.UTF8.GetString(record.Key), out int index))
                    continue;
                hashes[index] = CheckpointChunk.Check(record.Value);
                chunks[index] = record.Value[CheckpointChunk.HeaderBytes..].ToArray();
            }
        }

        if (keys.Count > 0)
            throw new CheckpointException($"{keys.Count} of {manifest.Chunks} chunks are gone");
        if (chunks.Sum(chunk => (long)chunk.Length) != manifest.Bytes || !string.Equals(CheckpointChunk.Sum(hashes), manifest.Hash, StringComparison.Ordinal))
            throw new CheckpointException("the chunks are not those of the manifest");
        return chunks;
    }

    // Null at the end.
    private RecordBatch? Next(ILogReader reader)
    {
        long lastAnswer = options.Time.GetTimestamp();
        while (!reader.HasReachedEnds)
        {
            if (reader.Poll(options.LogTimeout, CancellationToken.None) is { } batch)
                return batch;
            if (!reader.HasReachedEnds && options.Time.GetElapsedTime(lastAnswer) >= options.LogTimeout)
                throw new LogException(LogError.Timeout, $"the log did not answer within {options.LogTimeout.TotalSeconds:g} s while checkpoints were read");
        }

        return null;
    }
}
