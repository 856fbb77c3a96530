using System.Runtime.ExceptionServices;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime.Checkpoints;
using IcmpStream.Processor.State.Checkpoint;

namespace IcmpStream.Processor.Runtime;

/// <summary>
/// Makes the tasks of partitions that have been assigned, with the state of their last checkpoint where there is one that fits; else
/// they begin at the beginning.
/// </summary>
internal sealed class StageTasks(ILog log, ILogMember member, CheckpointTopic? checkpoints, ProcessorOptions options)
{
    /// <summary>One task for each position, in the same order.</summary>
    /// <param name="committed">What the group has committed.</param>
    /// <exception cref="LogException">The log failed, or did not answer in time.</exception>
    public StageTask[] Open(IReadOnlyList<LogPosition> committed)
    {
        var tasks = new StageTask[committed.Count];
        if (checkpoints is null || !committed.Any(position => position.Offset > 0))
        {
            for (int i = 0; i < tasks.Length; i++)
                tasks[i] = New(committed[i]);
            return tasks;
        }

        var store = new CheckpointStore(log, checkpoints, options);
        Dictionary<LogPartition, CheckpointManifest> manifests = store.Manifests([.. committed.Select(position => position.Partition)]);
        if (options.RestoreThreads == 1)
        {
            for (int i = 0; i < tasks.Length; i++)
                tasks[i] = Restore(store, committed[i], manifests.GetValueOrDefault(committed[i].Partition));
            return tasks;
        }

        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.RestoreThreads };
            Parallel.For(0, tasks.Length, parallel, i => tasks[i] = Restore(store, committed[i], manifests.GetValueOrDefault(committed[i].Partition)));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return tasks;
    }

    private StageTask Restore(CheckpointStore store, LogPosition committed, CheckpointManifest? manifest)
    {
        StageTask task = New(committed);
        if (manifest is null)
            return task;
        string reason;
        try
        {
            if (manifest.Offset <= task.Committed)
            {
                store.Load(committed.Partition, manifest, options.StateOf(task), task.Configuration, options.RestoreThreads);
                (task.Position, task.Manifest) = (manifest.Offset, manifest);
                return task;
            }

            reason = $"it is of offset {manifest.Offset}, and the group has committed {task.Committed}";
        }
        catch (CheckpointException e)
        {
            reason = e.Message;
        }

        options.Note($"{committed.Partition}: the checkpoint is not used, since {reason}; the partition is read again from its beginning");
        return New(committed);
    }

    private StageTask New(LogPosition committed)
    {
        TopicCatalog topics = options.Topics;
        LogPartition partition = committed.Partition;
        long offset = committed.IsSet ? committed.Offset : 0;
        int pairs = member.PartitionCount(topics.Event.Name), hosts = member.PartitionCount(topics.Partial.Name);
        if (string.Equals(partition.Topic, topics.Event.Name, StringComparison.Ordinal))
            return new PairTask(partition, offset, options.Pair with { Partition = partition.Partition, HostPartitions = hosts }, options.Schemas);
        if (string.Equals(partition.Topic, topics.Partial.Name, StringComparison.Ordinal))
            return new HostTask(partition, offset, options.Host with { Partition = partition.Partition, PairPartitions = pairs, Echo = options.Pair.Echo }, options.GroupKey, options.Schemas);
        return new VerdictTask(partition, offset, options.Verdict with { PairPartitions = pairs, HostPartitions = hosts }, options.GroupKey, options.Schemas);
    }
}
