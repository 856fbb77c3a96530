using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Runtime;

/// <summary>
/// Encodes what the stages put out, with keys and partitions, and hands it to the log in batches. While a stage is being rebuilt it
/// writes nothing: what that stage puts out again is in the log already.
/// </summary>
internal sealed class OutputWriter : IPairSink, IHostSink, IVerdictSink
{
    /// <summary>Bytes gathered for one topic before they are handed on.</summary>
    private const int HandOnBytes = 256 * 1024;

    /// <summary>The largest record, header included: what librdkafka lets through by default (message.max.bytes).</summary>
    private const int MaxRecordBytes = 1_000_000;

    private const int SmallRecordBytes = 4096;

    private readonly ILogMember _member;
    private readonly RecordHeaders _headers;
    private readonly byte[] _group;
    private readonly OutgoingBatch _partial;
    private readonly OutgoingBatch _finding;
    private readonly OutgoingBatch _echo;
    private readonly OutgoingBatch _rtt;
    private readonly OutgoingBatch _rate;
    private readonly OutgoingBatch _alert;
    private readonly OutgoingBatch _ecs;
    private readonly OutgoingBatch _late;
    private readonly OutgoingBatch _deadLetter;
    private readonly OutgoingBatch[] _all;
    private readonly int _echoPartitions;
    private readonly int _rttPartitions;
    private readonly int _ratePartitions;
    private readonly int _alertPartitions;
    private readonly int _ecsPartitions;
    private readonly ArrayBufferWriter<byte> _document = new();
    private readonly int _latePartitions;

    public OutputWriter(ILogMember member, ProcessorOptions options)
    {
        _member = member;
        _headers = options.Headers;
        _group = options.GroupKey;
        TopicCatalog topics = options.Topics;
        _all =
        [
            _partial = new OutgoingBatch(topics.Partial.Name),
            _finding = new OutgoingBatch(topics.Finding.Name),
            _echo = new OutgoingBatch(topics.Echo.Name),
            _rtt = new OutgoingBatch(topics.Rtt.Name),
            _rate = new OutgoingBatch(topics.Rate.Name),
            _alert = new OutgoingBatch(topics.Alert.Name),
            _ecs = new OutgoingBatch(topics.AlertEcs.Name),
            _late = new OutgoingBatch(topics.Late.Name),
            _deadLetter = new OutgoingBatch(topics.DeadLetter.Name),
            Owners = new OutgoingBatch(topics.Member.Name),
            Checkpoint = new OutgoingBatch(topics.Checkpoint.Name),
        ];
        _echoPartitions = member.PartitionCount(topics.Echo.Name);
        _rttPartitions = member.PartitionCount(topics.Rtt.Name);
        _ratePartitions = member.PartitionCount(topics.Rate.Name);
        _alertPartitions = member.PartitionCount(topics.Alert.Name);
        _ecsPartitions = member.PartitionCount(topics.AlertEcs.Name);
        _latePartitions = member.PartitionCount(topics.Late.Name);
    }

    /// <summary>Manifests, which are outputs like any other.</summary>
    public OutgoingBatch Checkpoint { get; }

    /// <summary>Who answers for which partition.</summary>
    public OutgoingBatch Owners { get; }

    /// <summary>True while a stage is being rebuilt.</summary>
    public bool IsSuppressed { get; set; }

    /// <summary>Rates written.</summary>
    public long Rates { get; private set; }

    /// <summary>Hands on the batches that are large enough, or, when a unit of work ends, all.</summary>
    public void HandOn(bool all, CancellationToken cancellationToken)
    {
        foreach (OutgoingBatch batch in _all)
        {
            if (batch.Count == 0 || (!all && batch.Bytes < HandOnBytes))
                continue;
            _member.Append(batch, cancellationToken);
            batch.Clear();
        }
    }

    /// <summary>Forgets what has not been handed on: its unit of work has been aborted.</summary>
    public void Clear()
    {
        foreach (OutgoingBatch batch in _all)
            batch.Clear();
    }

    public void Accept(PartialBuffer partial)
    {
        if (IsSuppressed)
            return;
        int start = _group.Length + _headers.Partial.Length;
        Span<byte> room = _partial.Reserve(start + partial.MaxEncodedBytes);
        _group.CopyTo(room);
        _headers.Partial.Span.CopyTo(room[_group.Length..]);
        if (!PartialCodec.TryWrite(partial, room[start..], out int written))
            throw new InvalidOperationException("a partial is larger than its own bound");
        _partial.Commit(partial.HostPartition, _group.Length, _headers.Partial.Length + written);
    }

    public void Accept(Finding finding)
    {
        if (IsSuppressed)
            return;
        int written;
        int size = SmallRecordBytes;
        int start = _group.Length + _headers.Finding.Length;
        Span<byte> room = _finding.Reserve(size);
        while (!FindingCodec.TryWrite(finding, room[start..], out written))
            room = _finding.Reserve(size = Larger(size));
        _group.CopyTo(room);
        _headers.Finding.Span.CopyTo(room[_group.Length..]);
        _finding.Commit(0, _group.Length, _headers.Finding.Length + written);
    }

    public void Accept(in EchoExchange exchange)
    {
        if (IsSuppressed)
            return;
        EventKey key = EventKey.Of(exchange.Requester, exchange.Responder);
        Span<byte> room = _echo.Reserve(EventKey.Size + _headers.Echo.Length + EchoExchangeCodec.MaxBytes);
        key.Write(room);
        _headers.Echo.Span.CopyTo(room[EventKey.Size..]);
        EchoExchangeCodec.TryWrite(exchange, room[(EventKey.Size + _headers.Echo.Length)..], out int written);
        _echo.Commit(PartitionOf(KeyGroup.Of(key), _echoPartitions), EventKey.Size, _headers.Echo.Length + written);
    }

    public void Accept(PairRtt rtt)
    {
        if (IsSuppressed)
            return;
        EventKey key = EventKey.Of(rtt.Requester, rtt.Responder);
        Span<byte> room = _rtt.Reserve(EventKey.Size + _headers.Rtt.Length + PairRttCodec.MaxBytes(rtt));
        key.Write(room);
        _headers.Rtt.Span.CopyTo(room[EventKey.Size..]);
        PairRttCodec.TryWrite(rtt, room[(EventKey.Size + _headers.Rtt.Length)..], out int written);
        _rtt.Commit(PartitionOf(KeyGroup.Of(key), _rttPartitions), EventKey.Size, _headers.Rtt.Length + written);
    }

    public void Accept(in SourceRate rate)
    {
        if (IsSuppressed)
            return;
        Rates++;
        int keyBytes = rate.Address is null ? 0 : Address.Size;
        Span<byte> room = _rate.Reserve(keyBytes + _headers.Rate.Length + SourceRateCodec.MaxBytes);
        rate.Address?.Write(room);
        _headers.Rate.Span.CopyTo(room[keyBytes..]);
        SourceRateCodec.TryWrite(rate, room[(keyBytes + _headers.Rate.Length)..], out int written);
        int partition = rate.Address is { } address ? PartitionOf(KeyGroup.Of(address), _ratePartitions) : 0;
        _rate.Commit(partition, keyBytes, _headers.Rate.Length + written);
    }

    public void Accept(Alert alert)
    {
        if (IsSuppressed)
            return;
        byte[] key = Encoding.ASCII.GetBytes(alert.Id);
        int written;
        int size = SmallRecordBytes;
        int start = key.Length + _headers.Alert.Length;
        Span<byte> room = _alert.Reserve(size);
        while (!AlertCodec.TryWrite(alert, room[start..], out written))
            room = _alert.Reserve(size = Larger(size));
        key.CopyTo(room);
        _headers.Alert.Span.CopyTo(room[key.Length..]);
        _alert.Commit(Murmur2.Partition(key, _alertPartitions), key.Length, _headers.Alert.Length + written);
        WriteEcs(alert, key);
    }

    // The same revision for a SIEM, in the same unit of work.
    private void WriteEcs(Alert alert, byte[] key)
    {
        _document.Clear();
        using (var json = new Utf8JsonWriter(_document, JsonValues.LineOptions))
            EcsJson.Write(json, alert, RuleCatalog.TryFind(alert.Rule, out RuleDescription? rule) ? rule.Name : alert.Rule);
        Span<byte> room = _ecs.Reserve(key.Length + _document.WrittenCount);
        key.CopyTo(room);
        _document.WrittenSpan.CopyTo(room[key.Length..]);
        _ecs.Commit(Murmur2.Partition(key, _ecsPartitions), key.Length, _document.WrittenCount);
    }

    public void Late(in BatchEnvelope envelope, EventBuffer events, int index)
    {
        if (IsSuppressed)
            return;
        EventKey key = EventKey.Of(events.Events[index], events);
        Span<byte> room = _late.Reserve(EventKey.Size + IcmpEventBatchCodec.MaxBytes(events, index));
        key.Write(room);
        BatchEnvelope origin = envelope with { Final = false };
        IcmpEventBatchCodec.TryWrite(
            new EncodedEnvelope(origin, _headers.Event.Span), envelope.FirstSequence + index, events, index, room[EventKey.Size..], out int written);
        _late.Commit(PartitionOf(KeyGroup.Of(key), _latePartitions), EventKey.Size, written);
    }

    /// <summary>Sends a record that could not be read on, as it is, with the reason and where it comes from.</summary>
    public void DeadLetter(AvroError error, LogPartition partition, in LogRecord record)
    {
        if (IsSuppressed)
            return;
        RecordHeader[] headers =
        [
            new("reason", Encoding.ASCII.GetBytes(error.ToString())),
            new("topic", Encoding.UTF8.GetBytes(partition.Topic)),
            new("partition", Text(partition.Partition)),
            new("offset", Text(record.Offset)),
        ];
        _deadLetter.Add(0, record.Key, record.Value, headers);
    }

    private static byte[] Text(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    private static int PartitionOf(byte group, int partitions) => KeyGroup.Partition(group, partitions);

    private static int Larger(int size) =>
        size < MaxRecordBytes ? Math.Min(MaxRecordBytes, 4 * size) : throw new InvalidOperationException("a record is larger than the log takes");
}
