using Confluent.Kafka;

namespace IcmpStream.Bench.Kafka;

/// <summary>
/// Confluent.Kafka as its best competent user runs it: the same client settings as ours, no delivery reports, one message object used again and again;
/// a consumer that asks for nothing but key and value. `Produce` copies before it returns, so that reusing arrays is allowed.
/// </summary>
internal sealed class ConfluentKafka : IDisposable
{
    private readonly IProducer<byte[], byte[]> _producer;
    private readonly TopicPartition[] _partitions;
    private readonly Message<byte[], byte[]>[] _messages;

    public ConfluentKafka(IReadOnlyDictionary<string, string> settings, Load load, string topic, int partitions)
    {
        var own = new Dictionary<string, string>(settings, StringComparer.Ordinal)
        {
            // Without it `Produce` cannot be counted on: flushing is how this user knows that all is delivered.
            ["dotnet.producer.enable.delivery.reports"] = "false",
        };
        _producer = new ProducerBuilder<byte[], byte[]>(own).SetLogHandler((_, _) => { }).Build();
        _partitions = [.. Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition))];
        _messages = [.. Enumerable.Range(0, Load.Different).Select(i => new Message<byte[], byte[]> { Key = load.Key(i).ToArray(), Value = load.Value(i).ToArray() })];
    }

    public Taken Produce(long records)
    {
        Stretch stretch = Stretch.Begin();
        for (long i = 0; i < records;)
        {
            try
            {
                _producer.Produce(_partitions[i % _partitions.Length], _messages[i % _messages.Length], null);
                i++;
            }
            catch (KafkaException full) when (full.Error.Code == ErrorCode.Local_QueueFull)
            {
                _producer.Poll(TimeSpan.FromMilliseconds(10));
            }
        }

        _producer.Flush(TimeSpan.FromMinutes(1));
        return stretch.End(records);
    }

    public static Taken Consume(IReadOnlyDictionary<string, string> settings, string topic, int partitions, long records)
    {
        var own = new Dictionary<string, string>(settings, StringComparer.Ordinal)
        {
            ["dotnet.consumer.consume.result.fields"] = "none",
            ["enable.partition.eof"] = "false",
        };
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(own).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        Stretch stretch = default;
        long read = 0, bytes = 0;
        while (read < records)
        {
            ConsumeResult<byte[], byte[]>? result = consumer.Consume(100);
            if (result is null)
                continue;
            bytes += result.Message.Value[0] + result.Message.Value.Length + result.Message.Key.Length;
            if (read++ == 0)
                stretch = Stretch.Begin();
        }

        Taken taken = stretch.End(read - 1);
        GC.KeepAlive(bytes);
        consumer.Close();
        return taken;
    }

    public void Dispose() => _producer.Dispose();
}
