using System.Text;
using Confluent.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Kafka.Confluent;

/// <summary>
/// Feeds Confluent.Kafka's producer in its cheapest correct form: one message object and arrays of each length are used again and again, since
/// the client copies what it is given before it returns; reports carry nothing but the outcome and are counted by handlers that know the
/// record's size. One thread feeds.
/// </summary>
internal sealed class ManagedProducer : IDisposable
{
    /// <summary>Sizes up to this have an array and a handler kept: single records are below 1 KiB, keys are 32 bytes.</summary>
    private const int MaxKeptBytes = 4096;

    private readonly ClientEvents _events;
    private readonly AppendQueue _queue;
    private readonly Message<byte[]?, byte[]?> _message = new();
    private readonly byte[]?[] _keys = new byte[MaxKeptBytes + 1][];
    private readonly byte[]?[] _values = new byte[MaxKeptBytes + 1][];
    private readonly Action<DeliveryReport<byte[]?, byte[]?>>?[] _handlers = new Action<DeliveryReport<byte[]?, byte[]?>>[MaxKeptBytes + 1];

    public ManagedProducer(ClusterOptions cluster, IReadOnlyDictionary<string, string> settings, AppendQueue queue)
    {
        _events = new ClientEvents(cluster.Logger, cluster.BrokersLost);
        _queue = queue;
        try
        {
            // A report needs no copy of what was sent, only the outcome.
            Dictionary<string, string> own = new(settings, StringComparer.Ordinal) { ["dotnet.producer.delivery.report.fields"] = "none" };
            Client = new ProducerBuilder<byte[]?, byte[]?>(own)
                .SetKeySerializer(Serializers.ByteArray!)
                .SetValueSerializer(Serializers.ByteArray!)
                .SetErrorHandler((_, error) => _events.OnError(error))
                .SetLogHandler((_, message) => _events.OnLog(message))
                .SetStatisticsHandler((_, json) => _queue.Transmitted(ClientStatistics.Transmitted(Encoding.UTF8.GetBytes(json))))
                .Build();
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw KafkaFailures.BadSettings(failure);
        }
    }

    public IProducer<byte[]?, byte[]?> Client { get; }

    /// <summary>The error after which nothing can be written, null while all is well.</summary>
    public Error? Fatal => _events.Fatal;

    /// <summary>Hands records to the client that the queue has let in.</summary>
    public void Feed(OutgoingBatch batch, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            var record = batch[i];
            var bytes = batch.BytesOf(i);
            _message.Key = record.Key.IsEmpty ? null : Kept(_keys, record.Key);
            _message.Value = record.IsTombstone ? null : Kept(_values, record.Value);
            _message.Headers = record.Headers.Count == 0 ? null : HeadersOf(record.Headers);
            try
            {
                Client.Produce(new TopicPartition(batch.Topic, record.Partition), _message, HandlerOf(bytes));
            }
            catch (KafkaException refused)
            {
                // What is refused at once has no report: too large, a partition known not to be, a transaction that must abort.
                Count(refused.Error.Code, bytes);
            }
        }
    }

    /// <exception cref="LogException">The client has failed for good.</exception>
    public void ThrowIfFatal(string doing)
    {
        if (Fatal is { } fatal) throw KafkaFailures.Translate(fatal, doing);
    }

    public void Dispose()
    {
        Client.Dispose();
        _queue.PurgeRest();
    }

    private static byte[] Kept(byte[]?[] kept, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxKeptBytes) return bytes.ToArray();
        var array = kept[bytes.Length] ??= new byte[bytes.Length];
        bytes.CopyTo(array);
        return array;
    }

    private static Headers HeadersOf(IReadOnlyList<RecordHeader> headers)
    {
        Headers made = [];
        foreach (var header in headers) made.Add(header.Name, header.Value.ToArray());
        return made;
    }

    private Action<DeliveryReport<byte[]?, byte[]?>> HandlerOf(int bytes)
    {
        if (bytes > MaxKeptBytes) return report => Count(report.Error.Code, bytes);
        return _handlers[bytes] ??= report => Count(report.Error.Code, bytes);
    }

    private void Count(ErrorCode code, int bytes)
    {
        if (code == ErrorCode.NoError) _queue.Delivered(bytes);
        else _queue.Failed(KafkaFailures.Delivery(code), bytes);
    }
}
