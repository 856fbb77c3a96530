using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Native;

/// <summary>
/// Hands batches to rd_kafka_produce_batch and counts their outcomes from batches of reports. One thread feeds; a thread of its own takes the
/// reports, a few thousand at a time, without a callback or an object for any message.
/// </summary>
/// <remarks>
/// Bytes are copied by the library while it is called (RD_KAFKA_MSG_F_COPY): it must allocate for each message anyway, and 300 bytes more cost less
/// than keeping track of who still reads a buffer. A message carries its size in its private word.
/// </remarks>
internal sealed unsafe class NativeProducer : NativeClient, IDisposable
{
    /// <summary>
    /// Messages sorted by partition at a time: 512 to a call with 16 partitions, and an array of 576 KiB, which stays within a core's second-level cache.
    /// </summary>
    private const int MaxCall = 8192;

    /// <summary>Reports taken from one event at a time.</summary>
    private const int MaxReports = 1024;

    /// <summary>How long the reporter sleeps at most before it looks whether it should end; a wake-up comes first.</summary>
    private const int ReportWaitMs = 1000;

    /// <summary>Between two questions for a topic that a broker does not know yet.</summary>
    private static readonly TimeSpan MetadataPause = TimeSpan.FromMilliseconds(100);

    private readonly AppendQueue _queue;
    private readonly Func<string, int> _partitionCount;
    private readonly TimeSpan _connectTimeout;
    private readonly Dictionary<string, (nint Handle, int Partitions)> _topics = new(StringComparer.Ordinal);
    private readonly NativeMessage[] _messages = GC.AllocateUninitializedArray<NativeMessage>(MaxCall, pinned: true);
    private int[] _ends = [];
    private readonly nint _reports;
    private readonly Thread _reporter;
    private long _failures;
    private int _lastingFailure = -1;
    private volatile bool _ending;

    /// <param name="cluster">Where to write.</param>
    /// <param name="settings">The client's settings.</param>
    /// <param name="queue">The books.</param>
    /// <param name="partitionCount">How many partitions a topic has, 0 for no such topic.</param>
    public NativeProducer(ClusterOptions cluster, IReadOnlyDictionary<string, string> settings, AppendQueue queue, Func<string, int> partitionCount)
        : base(Librdkafka.ProducerType, cluster, settings, Librdkafka.DeliveryEvent | Librdkafka.ErrorEvent | Librdkafka.StatisticsEvent)
    {
        _queue = queue;
        _partitionCount = partitionCount;
        _connectTimeout = cluster.ConnectTimeout;
        _reports = Librdkafka.MainQueue(Handle);
        _reporter = new Thread(Report) { Name = "kafka delivery reports", IsBackground = true };
        _reporter.Start();
    }

    /// <summary>The error after which nothing can be written, null while all is well.</summary>
    public Error? Fatal => Events.Fatal;

    /// <summary>How many records have failed so far.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>A failure that trying again cannot mend, null for none since <see cref="ForgetFailures"/>.</summary>
    public AppendFailure? LastingFailure => Volatile.Read(ref _lastingFailure) is >= 0 and var reason ? (AppendFailure)reason : null;

    public void ForgetFailures() => Volatile.Write(ref _lastingFailure, -1);

    /// <exception cref="LogException">The client has failed for good.</exception>
    public void ThrowIfFatal(string doing)
    {
        if (Fatal is { } fatal) throw KafkaFailures.Translate(fatal, doing);
    }

    /// <summary>Gets a topic ready to be fed; waits for a broker the first time. A topic that does not exist is none the worse.</summary>
    /// <exception cref="LogException">No broker answers.</exception>
    public void Prepare(string topic)
    {
        if (_topics.ContainsKey(topic)) return;
        var partitions = _partitionCount(topic);
        if (partitions == 0) return;
        var handle = Librdkafka.NewTopic(Handle, topic, 0);
        // Before it knows a topic's partitions the library parks messages under none, and rd_kafka_produce_batch (2.15) then adds that
        // none to a transaction, which no coordinator accepts: the commit would hang.
        if (AwaitPartitions(handle) is { } failure)
        {
            Librdkafka.DestroyTopic(handle);
            throw KafkaFailures.Translate(failure, $"asking for topic {topic}");
        }

        _topics[topic] = (handle, partitions);
    }

    /// <summary>Asks until the broker that answers knows the topic: one that was created a moment ago is not known to all of them at once.</summary>
    private Error? AwaitPartitions(nint topic)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = _connectTimeout - Stopwatch.GetElapsedTime(started);
            var code = Librdkafka.Metadata(Handle, 0, topic, out var metadata, Milliseconds(left));
            if (code != 0) return new Error((ErrorCode)code);
            var isKnown = metadata->TopicCount > 0 && metadata->Topics[0].PartitionCount > 0;
            var error = metadata->TopicCount > 0 ? metadata->Topics[0].Error : (int)ErrorCode.UnknownTopicOrPart;
            Librdkafka.DestroyMetadata(metadata);
            if (isKnown) return null;
            if (error == (int)ErrorCode.TopicAuthorizationFailed || left <= MetadataPause) return new Error((ErrorCode)error);
            Thread.Sleep(MetadataPause);
        }
    }

    /// <summary>Hands records to the library that the queue has let in, of a topic that is prepared.</summary>
    public void Feed(OutgoingBatch batch, int first, int count)
    {
        if (count == 0) return;
        var (topic, partitions) = _topics.GetValueOrDefault(batch.Topic);
        if (_ends.Length <= partitions) _ends = new int[partitions + 1];
        fixed (byte* bytes = batch.Pinned)
        {
            for (var next = first; next < first + count;)
            {
                if (batch.Locate(next).HasHeaders) SendWithHeaders(topic, partitions, batch, next++, bytes);
                else next = SendRun(topic, partitions, batch, next, first + count, bytes);
            }
        }
    }

    /// <summary>Fences whoever had the transactional id and ends what it left open.</summary>
    public NativeFailure? InitTransactions(TimeSpan timeout) => NativeFailure.Take(Librdkafka.InitTransactions(Handle, Milliseconds(timeout)));

    public NativeFailure? BeginTransaction() => NativeFailure.Take(Librdkafka.BeginTransaction(Handle));

    public NativeFailure? SendOffsets(IReadOnlyList<LogPosition> consumed, NativeConsumer consumer, TimeSpan timeout)
    {
        var group = consumer.GroupMetadata();
        try
        {
            using var list = PartitionList.Of(consumed);
            return NativeFailure.Take(Librdkafka.SendOffsets(Handle, list.Data, group, Milliseconds(timeout)));
        }
        finally
        {
            Librdkafka.DestroyGroupMetadata(group);
        }
    }

    public NativeFailure? CommitTransaction(TimeSpan timeout) => NativeFailure.Take(Librdkafka.CommitTransaction(Handle, Milliseconds(timeout)));

    public NativeFailure? AbortTransaction(TimeSpan timeout) => NativeFailure.Take(Librdkafka.AbortTransaction(Handle, Milliseconds(timeout)));

    public void Dispose()
    {
        if (Handle == 0) return;
        _ending = true;
        Librdkafka.WakeQueue(_reports);
        _reporter.Join();
        Librdkafka.DestroyQueue(_reports);
        foreach (var (topic, _) in _topics.Values) Librdkafka.DestroyTopic(topic);
        _topics.Clear();
        Destroy();
        _queue.PurgeRest();
    }

    /// <summary>
    /// Sends records up to the next one with headers, one call a partition: the library then looks the partition up once and not for each message, which is
    /// half of what a call costs. Order within a partition is kept.
    /// </summary>
    /// <returns>The index behind the last one sent.</returns>
    private int SendRun(nint topic, int partitions, OutgoingBatch batch, int first, int end, byte* bytes)
    {
        // _ends[p + 1] counts partition p, then says where it begins, and once its messages are laid down where it ends: a counting sort.
        Array.Clear(_ends, 0, partitions + 1);
        var next = first;
        for (; next < end && next - first < MaxCall; next++)
        {
            ref readonly var record = ref batch.Locate(next);
            if (record.HasHeaders) break;
            if ((uint)record.Partition < (uint)partitions) _ends[record.Partition + 1]++;
            else Count((int)ErrorCode.Local_UnknownPartition, record.KeyBytes + record.ValueBytes);
        }

        for (var partition = 1; partition <= partitions; partition++) _ends[partition] += _ends[partition - 1];
        for (var i = first; i < next; i++)
        {
            ref readonly var record = ref batch.Locate(i);
            // The library would accept a message for a partition that is not and then lose count of it.
            if ((uint)record.Partition >= (uint)partitions) continue;
            _messages[_ends[record.Partition]++] = new NativeMessage
            {
                Key = record.KeyBytes == 0 ? 0 : (nint)(bytes + record.Start),
                KeyBytes = (nuint)record.KeyBytes,
                Value = record.IsTombstone ? 0 : (nint)(bytes + record.Start + record.KeyBytes),
                ValueBytes = (nuint)record.ValueBytes,
                Private = record.KeyBytes + record.ValueBytes,
            };
        }

        for (int partition = 0, start = 0; partition < partitions; start = _ends[partition++]) Send(topic, partition, start, _ends[partition]);
        return next;
    }

    private void Send(nint topic, int partition, int start, int end)
    {
        if (start == end) return;
        fixed (NativeMessage* messages = _messages)
        {
            var good = Librdkafka.ProduceBatch(topic, partition, Librdkafka.CopyFlag, messages + start, end - start);
            // What is refused at once has no report: too large, or a transaction that must be aborted.
            for (var i = start; good < end - start && i < end; i++)
                if (messages[i].Error != 0) Count(messages[i].Error, (int)messages[i].Private);
        }
    }

    private void SendWithHeaders(nint topic, int partitions, OutgoingBatch batch, int index, byte* bytes)
    {
        var place = batch.Locate(index);
        if ((uint)place.Partition >= (uint)partitions)
        {
            Count((int)ErrorCode.Local_UnknownPartition, place.KeyBytes + place.ValueBytes);
            return;
        }

        var headers = Librdkafka.NewHeaders((nuint)batch[index].Headers.Count);
        foreach (var header in batch[index].Headers)
        {
            var name = Encoding.UTF8.GetBytes(header.Name);
            fixed (byte* nameBytes = name)
            fixed (byte* value = header.Value.Span)
            {
                // A null address would make a null header of an empty one.
                byte empty = 0;
                _ = Librdkafka.AddHeader(headers, nameBytes, name.Length, value is null ? &empty : value, header.Value.Length);
            }
        }

        const int Fields = 7;
        var size = place.KeyBytes + place.ValueBytes;
        var fields = stackalloc NativeField[Fields]
        {
            new NativeField { Kind = NativeFieldKind.Topic, Word = topic },
            new NativeField { Kind = NativeFieldKind.Partition, Word = place.Partition },
            new NativeField { Kind = NativeFieldKind.Flags, Word = Librdkafka.CopyFlag },
            new NativeField { Kind = NativeFieldKind.Key, Word = place.KeyBytes == 0 ? 0 : (nint)(bytes + place.Start), Bytes = (nuint)place.KeyBytes },
            new NativeField { Kind = NativeFieldKind.Value, Word = place.IsTombstone ? 0 : (nint)(bytes + place.Start + place.KeyBytes), Bytes = (nuint)place.ValueBytes },
            new NativeField { Kind = NativeFieldKind.Opaque, Word = size },
            new NativeField { Kind = NativeFieldKind.Headers, Word = headers },
        };
        if (NativeFailure.Take(Librdkafka.ProduceOne(Handle, fields, Fields)) is not { } refused) return;
        Librdkafka.DestroyHeaders(headers);
        Count((int)refused.Error.Code, size);
    }

    private void Report()
    {
        var reports = stackalloc NativeMessage*[MaxReports];
        while (!_ending)
        {
            var happened = Librdkafka.PollEvent(_reports, ReportWaitMs);
            if (happened == 0) continue;
            switch (Librdkafka.EventType(happened))
            {
                case Librdkafka.DeliveryEvent:
                    for (nuint taken; (taken = Librdkafka.EventMessages(happened, reports, MaxReports)) > 0;) CountAll(reports, (int)taken);
                    break;
                case Librdkafka.ErrorEvent:
                    Report(Librdkafka.EventError(happened), Text(Librdkafka.EventErrorText(happened)));
                    break;
                case Librdkafka.StatisticsEvent:
                    _queue.Transmitted(ClientStatistics.Transmitted(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(Librdkafka.EventStatistics(happened))));
                    break;
            }

            Librdkafka.DestroyEvent(happened);
        }
    }

    /// <summary>Counts the good ones of a batch of reports together: that is nearly always all of them.</summary>
    private void CountAll(NativeMessage** reports, int count)
    {
        var delivered = 0;
        long bytes = 0;
        for (var i = 0; i < count; i++)
        {
            var report = reports[i];
            if (report->Error == 0)
            {
                delivered++;
                bytes += report->Private;
            }
            else
            {
                Count(report->Error, (int)report->Private);
            }
        }

        if (delivered > 0) _queue.Delivered(delivered, bytes);
    }

    private void Count(int code, int bytes)
    {
        var reason = KafkaFailures.Delivery((ErrorCode)code);
        Interlocked.Increment(ref _failures);
        if (reason is AppendFailure.TooLarge or AppendFailure.NoSuchPartition or AppendFailure.NotAuthorized) Volatile.Write(ref _lastingFailure, (int)reason);
        _queue.Failed(reason, bytes);
    }
}
