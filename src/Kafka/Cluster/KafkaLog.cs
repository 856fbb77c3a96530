using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IcmpStream.Kafka.Confluent;
using IcmpStream.Kafka.Native;

namespace IcmpStream.Kafka.Cluster;

/// <summary>A Kafka cluster as a log.</summary>
public sealed class KafkaLog : ILog
{
    /// <summary>The first answer is waited for in steps, between which the client's own errors are looked at.</summary>
    private static readonly TimeSpan ConnectStep = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long it is tried where every broker refuses the connection or has no address: several attempts, so that one that is just starting is met, and
    /// nobody waits in silence for a name that is mistyped.
    /// </summary>
    private static readonly TimeSpan RefusalTime = TimeSpan.FromSeconds(3);

    private readonly ClientEvents _events;
    private readonly ConcurrentDictionary<string, int> _partitionCounts = new(StringComparer.Ordinal);

    private KafkaLog(ClusterOptions options, TopicCreation? creation)
    {
        Options = options;
        // The clients that it opens tell when they lose the brokers; this one only asks now and then.
        _events = new ClientEvents(options.Logger, lost: null);
        var settings = ClientSettings.Admin(options);
        NativeClient.Check(settings);
        try
        {
            Client = new AdminClientBuilder(settings)
                .SetErrorHandler((_, error) => _events.OnError(error))
                .SetLogHandler((_, message) => _events.OnLog(message))
                .Build();
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw KafkaFailures.BadSettings(failure);
        }

        Topics = new KafkaTopics(this, creation);
    }

    /// <inheritdoc/>
    public ITopicAdmin Topics { get; }

    /// <summary>How the cluster is talked to.</summary>
    public ClusterOptions Options { get; }

    internal IAdminClient Client { get; }

    /// <summary>Makes a client and asks the brokers for their metadata, so that a wrong address is found here.</summary>
    /// <param name="options">Where the brokers are.</param>
    /// <param name="cancellationToken">Ends the waiting for a broker, within a second.</param>
    /// <exception cref="LogException">No broker answers in time, the credentials are refused, or a setting is wrong.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while no broker answered.</exception>
    public static KafkaLog Connect(ClusterOptions options, CancellationToken cancellationToken = default) => Connect(options, creation: null, cancellationToken);

    internal static KafkaLog Connect(ClusterOptions options, TopicCreation? creation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var log = new KafkaLog(options, creation);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = options.ConnectTimeout - Stopwatch.GetElapsedTime(started);
            try
            {
                log.Metadata(left < ConnectStep ? TimeSpan.FromTicks(Math.Max(left.Ticks, TimeSpan.TicksPerMillisecond)) : ConnectStep);
                return log;
            }
            catch (KafkaException failure)
            {
                left = options.ConnectTimeout - Stopwatch.GetElapsedTime(started);
                var isRefused = log._events.AreAllDown && Stopwatch.GetElapsedTime(started) >= RefusalTime;
                var isWorthTrying = failure.Error.Code is ErrorCode.Local_TimedOut or ErrorCode.Local_Transport && left > TimeSpan.Zero && !isRefused;
                if (isWorthTrying && !cancellationToken.IsCancellationRequested) continue;
                log.Dispose();
                cancellationToken.ThrowIfCancellationRequested();
                throw KafkaFailures.NotConnected(options, Stopwatch.GetElapsedTime(started), failure.Error, log._events.Last);
            }
        }
    }

    /// <inheritdoc/>
    public ILogAppender OpenAppender(AppenderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return Options.UseManagedClient ? new ManagedAppender(this, options) : new NativeAppender(this, options);
    }

    /// <inheritdoc/>
    public ILogMember Join(MemberOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        foreach (var topic in options.Topics) PartitionCount(topic);
        return new NativeMember(this, options);
    }

    /// <inheritdoc/>
    public ILogReader OpenReader(ReaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return Options.UseManagedClient ? new ManagedReader(this, options) : new NativeReader(this, options);
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogPosition> CommittedOffsets(string group, IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        if (partitions.Count == 0) return [];
        return Ask("asking for committed offsets", timeout, async () =>
        {
            List<TopicPartition> asked = [.. partitions.Select(Offsets.Native)];
            var answer = await Client.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, asked)], new ListConsumerGroupOffsetsOptions { RequestTimeout = timeout });
            Dictionary<LogPartition, long> found = [];
            foreach (var partition in answer[0].Partitions)
            {
                if (partition.Error.IsError) throw new KafkaException(partition.Error);
                found[Offsets.Ours(partition.TopicPartition)] = Offsets.OrUnset(partition.Offset);
            }

            return Offsets.InOrder(partitions, found);
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<LogPosition> EndOffsets(IReadOnlyList<LogPartition> partitions, TimeSpan timeout) => Bounds(partitions, OffsetSpec.Latest(), false, timeout);

    /// <inheritdoc/>
    public void Dispose() => Client.Dispose();

    internal IReadOnlyList<LogPosition> Bounds(IReadOnlyList<LogPartition> partitions, OffsetSpec which, bool readUncommitted, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        if (partitions.Count == 0) return [];
        return Ask("asking for offsets", timeout, async () =>
        {
            var options = new ListOffsetsOptions
            {
                RequestTimeout = timeout,
                IsolationLevel = readUncommitted ? IsolationLevel.ReadUncommitted : IsolationLevel.ReadCommitted,
            };
            var answer = await Client.ListOffsetsAsync(partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = Offsets.Native(partition), OffsetSpec = which }), options);
            Dictionary<LogPartition, long> found = [];
            foreach (var info in answer.ResultInfos)
            {
                var partition = info.TopicPartitionOffsetError;
                if (partition.Error.IsError) throw new KafkaException(partition.Error);
                found[Offsets.Ours(partition.TopicPartition)] = partition.Offset.Value;
            }

            return Offsets.InOrder(partitions, found);
        });
    }

    /// <exception cref="LogException">The topic is missing, or nobody answers.</exception>
    internal int PartitionCount(string topic) => PartitionCountOrNone(topic) is > 0 and var count ? count : throw LogFailures.TopicMissing(topic);

    /// <summary>How many partitions a topic has, 0 where there is no such topic.</summary>
    /// <exception cref="LogException">Nobody answers.</exception>
    internal int PartitionCountOrNone(string topic)
    {
        if (_partitionCounts.TryGetValue(topic, out var count)) return count;
        // All topics are listed: asking for one by name can create it on brokers that allow that.
        foreach (var (name, partitions) in Topics.List(Options.ConnectTimeout)) _partitionCounts[name] = partitions;
        return _partitionCounts.GetValueOrDefault(topic);
    }

    internal IReadOnlyList<LogPartition> PartitionsOf(string topic) => [.. Enumerable.Range(0, PartitionCount(topic)).Select(partition => new LogPartition(topic, partition))];

    /// <exception cref="KafkaException">No answer in time.</exception>
    internal Metadata Metadata(TimeSpan timeout) => Client.GetMetadata(timeout);

    /// <summary>Waits for an answer of the admin client, whose calls are asynchronous and bounded by their own timeouts.</summary>
    internal static T Ask<T>(string doing, TimeSpan timeout, Func<Task<T>> ask)
    {
        try
        {
            return ask().WaitAsync(timeout + AnswerSlack).GetAwaiter().GetResult();
        }
        catch (KafkaException failure)
        {
            throw KafkaFailures.Translate(failure, doing);
        }
        catch (TimeoutException failure)
        {
            throw new LogException(LogError.Timeout, $"{doing} took longer than {timeout.TotalSeconds:0.#} s: check that the brokers are up", failure);
        }
    }

    /// <summary>What the client's own timeout may be late by before it is not waited for any more.</summary>
    private static readonly TimeSpan AnswerSlack = TimeSpan.FromSeconds(2);
}
