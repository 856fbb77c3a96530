using System.Diagnostics;
using System.Runtime.InteropServices;
using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Native;

/// <summary>What a poll of a consumer came back with.</summary>
internal enum ConsumerStop : byte
{
    /// <summary>Nothing came in time.</summary>
    Nothing,

    /// <summary>Records: <see cref="NativeConsumer.Batch"/>.</summary>
    Records,

    /// <summary>A rebalance: <see cref="NativeConsumer.Announced"/>.</summary>
    Rebalance,
}

/// <summary>
/// Takes messages from the library in batches and hands them on by partition, in place. One thread. It knows three things that the library's queue
/// mixes: records, ends of partitions, and rebalances, which it only notes: the library waits until the assignment is changed, which is up to the
/// owner's next poll.
/// </summary>
internal sealed unsafe class NativeConsumer : NativeClient, IDisposable
{
    /// <summary>Messages taken at a time at most.</summary>
    private const int MaxTaken = 4096;

    /// <summary>The longest uninterrupted wait: how late a cancellation may be seen.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long a topic may be unknown to the brokers: one that was there when the consumer was opened, and was created a moment before, spreads to all of them
    /// within seconds (librdkafka's own patience is topic.metadata.propagation.max.ms, 30 s).
    /// </summary>
    private static readonly TimeSpan UnknownTopicBound = TimeSpan.FromSeconds(30);

    /// <summary>How long a seek may be refused because the partition's first offset is still being looked up.</summary>
    private static readonly TimeSpan SeekBound = TimeSpan.FromSeconds(10);

    private readonly int _maxBatchRecords;
    private readonly nint _queue;
    private readonly nint[] _taken = GC.AllocateUninitializedArray<nint>(MaxTaken, pinned: true);
    private readonly NativeMessage** _messages;
    private readonly NativeBatch _batch = new();
    private readonly Dictionary<LogPartition, long> _positions = [];
    private readonly Dictionary<nint, string> _topicNames = [];
    private int _count;
    private int _next;
    private int _returned;
    private int _given;
    private LogException? _topicMissing;
    private long _topicMissingSince;
    private bool _isInGroup;
    private bool _closing;

    public NativeConsumer(ClusterOptions cluster, IReadOnlyDictionary<string, string> settings, int maxBatchRecords)
        : base(Librdkafka.ConsumerType, cluster, settings, events: 0)
    {
        _maxBatchRecords = maxBatchRecords;
        _messages = (NativeMessage**)Marshal.UnsafeAddrOfPinnedArrayElement(_taken, 0);
        _ = Librdkafka.PollThroughConsumer(Handle);
        _queue = Librdkafka.ConsumerQueue(Handle);
    }

    public RecordBatch Batch => _batch;

    /// <summary>A rebalance that waits for its effect; null for none.</summary>
    public MemberPoll? Announced { get; private set; }

    public Error? Fatal => Events.Fatal;

    public long Position(LogPartition partition) => _positions.GetValueOrDefault(partition, LogPosition.Unset);

    public void Subscribe(IReadOnlyList<string> topics)
    {
        _isInGroup = true;
        using var list = PartitionList.Of(topics.Select(topic => new LogPartition(topic, -1)));
        ThrowOn(NativeFailure.Of(Librdkafka.Subscribe(Handle, list.Data)), "subscribing");
    }

    /// <summary>Reads these partitions, outside any group's assignment.</summary>
    public void Assign(IReadOnlyList<LogPosition> starts)
    {
        foreach (var start in starts) _positions[start.Partition] = start.Offset;
        using var list = PartitionList.Of(starts);
        ThrowOn(NativeFailure.Of(Librdkafka.Assign(Handle, list.Data)), "reading");
    }

    /// <summary>The announced partitions are ours, and start where told or, without an offset, at the committed one.</summary>
    public void AcceptAssigned(IReadOnlyList<LogPosition> starts)
    {
        using var list = new PartitionList(starts.Count);
        foreach (var start in starts)
        {
            list.Add(start.Partition, start.IsSet ? start.Offset : Librdkafka.NoOffset);
            if (start.IsSet) _positions[start.Partition] = start.Offset;
        }

        ThrowOn(NativeFailure.Take(Librdkafka.IncrementalAssign(Handle, list.Data)), "taking partitions");
        Announced = null;
    }

    /// <summary>The announced partitions are ours no longer.</summary>
    public void AcceptUnassigned(IReadOnlyList<LogPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            Discard(partition);
            _positions.Remove(partition);
        }

        _topicNames.Clear();
        using var list = PartitionList.Of(partitions);
        ThrowOn(NativeFailure.Take(Librdkafka.IncrementalUnassign(Handle, list.Data)), "giving partitions up");
        Announced = null;
    }

    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    /// <exception cref="LogException">The consumer has failed.</exception>
    public ConsumerStop Poll(TimeSpan timeout, CancellationToken cancellationToken)
    {
        GiveBack(_returned);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (NextRun()) return ConsumerStop.Records;
            if (Announced is not null) return ConsumerStop.Rebalance;
            cancellationToken.ThrowIfCancellationRequested();
            if (_topicMissing is { } missing && Stopwatch.GetElapsedTime(_topicMissingSince) > UnknownTopicBound) throw missing;
            var left = timeout == Timeout.InfiniteTimeSpan ? Slice : timeout - Stopwatch.GetElapsedTime(started);
            if (left > Slice) left = Slice;
            if (left < TimeSpan.Zero) left = TimeSpan.Zero;
            if (!Take(left) && left == TimeSpan.Zero && Announced is null) return ConsumerStop.Nothing;
        }
    }

    public void Seek(LogPartition partition, long offset)
    {
        Discard(partition);
        _positions[partition] = offset;
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            using var list = PartitionList.Of([new LogPosition(partition, offset)]);
            var failure = NativeFailure.Take(Librdkafka.Seek(Handle, list.Data, Milliseconds(SeekBound)))?.Error ?? NativeFailure.Of(list.FirstError());
            if (failure is null) return;
            var isBusy = failure.Code is ErrorCode.Local_State or ErrorCode.Local_InProgress;
            if (!isBusy || Stopwatch.GetElapsedTime(started) > SeekBound) throw KafkaFailures.Translate(failure, $"seeking in {partition}");
            Thread.Sleep(1);
        }
    }

    public void Pause(IReadOnlyList<LogPartition> partitions)
    {
        if (partitions.Count == 0) return;
        using (var list = PartitionList.Of(partitions)) ThrowOn(NativeFailure.Of(Librdkafka.Pause(Handle, list.Data)), "pausing");
        // After pausing, which itself sets the offset to go on from behind all that was taken.
        foreach (var partition in partitions) RewindTo(partition);
    }

    public void Resume(IReadOnlyList<LogPartition> partitions)
    {
        if (partitions.Count == 0) return;
        using var list = PartitionList.Of(partitions);
        ThrowOn(NativeFailure.Of(Librdkafka.Resume(Handle, list.Data)), "resuming");
    }

    public IReadOnlyList<LogPosition> Committed(IReadOnlyList<LogPartition> partitions, TimeSpan timeout)
    {
        if (partitions.Count == 0) return [];
        using var list = PartitionList.Of(partitions);
        ThrowOn(NativeFailure.Of(Librdkafka.Committed(Handle, list.Data, Milliseconds(timeout))) ?? NativeFailure.Of(list.FirstError()), "asking for committed offsets");
        return Offsets.InOrder(partitions, list.Offsets());
    }

    /// <summary>Stores offsets for the group and waits for the answer; null for success.</summary>
    public Error? Commit(IReadOnlyList<LogPosition> positions)
    {
        using var list = PartitionList.Of(positions);
        return NativeFailure.Of(Librdkafka.Commit(Handle, list.Data, 0)) ?? NativeFailure.Of(list.FirstError());
    }

    /// <summary>What identifies the member's generation to a transaction; the caller destroys it.</summary>
    public nint GroupMetadata() => Librdkafka.GroupMetadata(Handle);

    public void Dispose()
    {
        if (Handle == 0) return;
        _closing = true;
        GiveBack(_count);
        // A rebalance that nobody will answer any more: the library waits for it.
        if (Announced is { } change) Answer(change.Kind, change.Partitions);
        // After a fatal error the library refuses to close, and would then wait for ever for what only closing ends.
        var isClosed = Librdkafka.CloseConsumer(Handle) == 0;
        Librdkafka.DestroyQueue(_queue);
        Destroy(isClosed ? 0 : Librdkafka.WithoutClosing);
    }

    private static void ThrowOn(Error? error, string doing)
    {
        if (error is not null) throw KafkaFailures.Translate(error, doing);
    }

    private static void ThrowOn(NativeFailure? failure, string doing) => ThrowOn(failure?.Error, doing);

    protected override void Rebalance(PollKind kind, PartitionListData* partitions)
    {
        var read = PartitionList.Read(partitions);
        // An empty change, of which a cooperative group makes many, and one while closing, are nobody's business.
        if (_closing || read.Length == 0)
        {
            Answer(kind, read);
            return;
        }

        Announced = MemberPoll.Change(kind, read);
        Librdkafka.Yield(Handle);
    }

    private void Answer(PollKind kind, IReadOnlyList<LogPartition> partitions)
    {
        using var list = PartitionList.Of(partitions);
        // While closing an error has nobody to go to; the library closes all the same.
        _ = NativeFailure.Take(kind == PollKind.Assigned ? Librdkafka.IncrementalAssign(Handle, list.Data) : Librdkafka.IncrementalUnassign(Handle, list.Data));
        Announced = null;
    }

    /// <summary>Takes what is there, waiting for the first; false if nothing came.</summary>
    private bool Take(TimeSpan timeout)
    {
        _count = (int)Librdkafka.ConsumeBatch(_queue, 0, _messages, MaxTaken);
        if (_count > 0 || Announced is not null || timeout == TimeSpan.Zero) return _count > 0;
        var first = Librdkafka.ConsumeOne(_queue, Milliseconds(timeout));
        if (first is null) return false;
        _messages[0] = first;
        _count = 1 + (int)Librdkafka.ConsumeBatch(_queue, 0, _messages + 1, MaxTaken - 1);
        return true;
    }

    /// <summary>The next run of records of one partition; false when all that was taken has been handed on.</summary>
    private bool NextRun()
    {
        for (; _next < _count; _next++)
        {
            var first = _messages[_next];
            if (first is null) continue;
            if (first->Error != 0)
            {
                Note(first);
                continue;
            }

            var end = _next + 1;
            while (end < _count && end - _next < _maxBatchRecords && Continues(first, _messages[end])) end++;
            var partition = PartitionOf(first);
            _batch.Set(partition, _messages + _next, end - _next);
            _positions[partition] = _messages[end - 1]->Offset + 1;
            _topicMissing = null;
            _next = end;
            _returned = end;
            return true;
        }

        GiveBack(_count);
        return false;
    }

    private static bool Continues(NativeMessage* first, NativeMessage* message) =>
        message is not null && message->Error == 0 && message->Partition == first->Partition && message->Topic == first->Topic;

    /// <summary>Something that comes as a message and is none.</summary>
    private void Note(NativeMessage* message)
    {
        var code = (ErrorCode)message->Error;
        switch (code)
        {
            case ErrorCode.Local_PartitionEOF:
                // It comes behind the partition's records, so it passes none that has not been returned.
                _positions[PartitionOf(message)] = message->Offset;
                _topicMissing = null;
                break;
            case ErrorCode.Local_MaxPollExceeded:
                // The owner took too long between two polls. That its partitions are lost follows, and says it.
                break;
            case ErrorCode.GroupAuthorizationFailed when !_isInGroup:
                // The client looks for the coordinator of the name that it wants; a reader without a group needs none.
                break;
            case ErrorCode.UnknownTopicOrPart:
                _topicMissing = KafkaFailures.Translate(new Error(code), "reading");
                _topicMissingSince = Stopwatch.GetTimestamp();
                break;
            default:
                var reason = message->Value == 0 ? code.ToString() : Marshal.PtrToStringUTF8((nint)message->Value, (int)message->ValueBytes);
                throw KafkaFailures.Translate(Fatal ?? new Error(code, reason), "reading");
        }
    }

    /// <summary>Forgets records of a partition that were taken and not handed on.</summary>
    private void Discard(LogPartition partition)
    {
        for (var i = _next; i < _count; i++)
        {
            if (_messages[i] is null || PartitionOf(_messages[i]) != partition) continue;
            Librdkafka.DestroyMessage(_messages[i]);
            _messages[i] = null;
        }
    }

    /// <summary>Puts back what was taken of a partition that is being paused, so that it comes again when it is resumed.</summary>
    private void RewindTo(LogPartition partition)
    {
        for (var i = _next; i < _count; i++)
        {
            if (_messages[i] is null || _messages[i]->Error != 0 || PartitionOf(_messages[i]) != partition) continue;
            Seek(partition, _messages[i]->Offset);
            return;
        }
    }

    private LogPartition PartitionOf(NativeMessage* message)
    {
        if (!_topicNames.TryGetValue(message->Topic, out var name)) _topicNames[message->Topic] = name = Text(Librdkafka.TopicName(message->Topic));
        return new LogPartition(name, message->Partition);
    }

    /// <summary>Gives messages back to the library that have not been yet, up to before an index.</summary>
    private void GiveBack(int end)
    {
        for (; _given < end; _given++)
            if (_messages[_given] is not null) Librdkafka.DestroyMessage(_messages[_given]);
        if (end < _count) return;
        _given = _returned = _next = _count = 0;
    }
}
