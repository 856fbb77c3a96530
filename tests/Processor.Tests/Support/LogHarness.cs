using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Tests.Support;

/// <summary>An in-memory log with the processor's topics: packets go in encoded, and what the processor wrote comes out decoded.</summary>
internal sealed class LogHarness : IDisposable
{
    private readonly Dictionary<(RunId, uint, int), long> _next = [];
    private readonly int _pairPartitions;
    private long _highest = long.MinValue;
    private int _published;

    public LogHarness(int pairPartitions = 1, int hostPartitions = 1)
    {
        _pairPartitions = pairPartitions;
        Topics = new TopicCatalog(new TopicCatalogOptions { PairPartitions = pairPartitions, HostPartitions = hostPartitions });
        Log.Apply(Topics.All, TimeSpan.Zero);
    }

    public MemoryLog Log { get; } = new();

    public TopicCatalog Topics { get; }

    public ProcessorOptions Options => new()
    {
        Group = "test",
        Topics = Topics,
        UntilEnd = true,
        CommitInterval = TimeSpan.FromMilliseconds(5),
        IdleTimeout = TimeSpan.FromSeconds(60),
    };

    public void Dispose() => Log.Dispose();

    /// <summary>Writes a stream as the ingest side does: the last record of a batch has the watermark, and other partitions a tick.</summary>
    public void Publish(IReadOnlyList<Packet> packets, int batch = 64, bool final = true)
    {
        using ILogAppender appender = Log.OpenAppender(new AppenderOptions());
        for (int start = 0; start < packets.Count; start += batch)
        {
            var slice = packets.Skip(start).Take(batch).ToList();
            _highest = Math.Max(_highest, slice.Max(p => p.TimeNs));
            Publish(appender, slice, _published, _highest - 500_000_000, false);
            _published += slice.Count;
        }

        if (final)
            Publish(appender, [], _published, _highest - 500_000_000, true);
        Assert.True(appender.Flush(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    public void PublishRaw(string topic, int partition, byte[] value)
    {
        using ILogAppender appender = Log.OpenAppender(new AppenderOptions());
        var outgoing = new OutgoingBatch(topic);
        outgoing.Add(partition, [], value);
        appender.Append(outgoing, TestContext.Current.CancellationToken);
        Assert.True(appender.Flush(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    /// <summary>Appends all of a topic once more, as a producer does that has not heard of its success.</summary>
    public void SendAgain(string topic)
    {
        var outgoing = new OutgoingBatch(topic);
        Visit(topic, (partition, record) => outgoing.Add(partition.Partition, record.Key, record.Value));
        using ILogAppender appender = Log.OpenAppender(new AppenderOptions());
        appender.Append(outgoing, TestContext.Current.CancellationToken);
        Assert.True(appender.Flush(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
    }

    /// <summary>Deletes what has been put out so far, so that <see cref="Read"/> shows only what comes.</summary>
    public void ForgetOutputs()
    {
        foreach (TopicSpec topic in (ReadOnlySpan<TopicSpec>)[Topics.Echo, Topics.Rtt, Topics.Rate, Topics.Alert])
        {
            foreach (LogPosition end in Log.EndOffsets([.. Enumerable.Range(0, topic.Partitions).Select(p => new LogPartition(topic.Name, p))], TimeSpan.Zero))
                Log.DeleteRecords(end.Partition, end.Offset);
        }
    }

    public Task<ProcessorExit> RunAsync(ProcessorOptions? options = null, CancellationToken? cancellationToken = null) =>
        new ProcessorHost(Log, options ?? Options).RunAsync(cancellationToken ?? TestContext.Current.CancellationToken);

    /// <summary>Everything that has been committed to the output topics.</summary>
    public Outputs Read()
    {
        var outputs = new Outputs();
        foreach (byte[] body in Bodies(Topics.Echo))
        {
            Assert.Equal(AvroError.None, EchoExchangeCodec.Read(body, out EchoExchange exchange));
            outputs.Exchanges.Add(exchange);
        }

        foreach (byte[] body in Bodies(Topics.Rtt))
        {
            Assert.Equal(AvroError.None, PairRttCodec.Read(body, out PairRtt rtt));
            outputs.Rtts.Add(rtt);
        }

        foreach (byte[] body in Bodies(Topics.Rate))
        {
            Assert.Equal(AvroError.None, SourceRateCodec.Read(body, out SourceRate rate));
            outputs.Rates.Add(rate);
        }

        foreach (byte[] body in Bodies(Topics.Alert))
        {
            Assert.Equal(AvroError.None, AlertCodec.Read(body, out Alert alert));
            outputs.Alerts.Add(alert);
        }

        return outputs;
    }

    public List<byte[]> Values(string topic)
    {
        var values = new List<byte[]>();
        Visit(topic, (_, record) => values.Add(record.Value.ToArray()));
        return values;
    }

    private void Visit(string topic, Action<LogPartition, LogRecord> visit)
    {
        using ILogReader reader = Log.OpenReader(new ReaderOptions { Topics = [topic] });
        while (!reader.HasReachedEnds)
        {
            if (reader.Poll(TimeSpan.FromMilliseconds(10), TestContext.Current.CancellationToken) is not { } batch)
                continue;
            foreach (LogRecord record in batch)
                visit(batch.Partition, record);
        }
    }

    private IEnumerable<byte[]> Bodies(TopicSpec topic) => Values(topic.Name).Select(value =>
    {
        Assert.Equal(AvroError.None, RecordFrame.Parse(value, out RecordFrame frame));
        return frame.Body.ToArray();
    });

    private void Publish(ILogAppender appender, List<Packet> slice, int start, long watermarkNs, bool final)
    {
        var outgoing = new OutgoingBatch(Topics.Event.Name);
        byte[] header = RecordHeaders.SingleObject.Event.ToArray();
        for (int partition = 0; partition < _pairPartitions; partition++)
        {
            var buffer = new EventBuffer(4096);
            for (int i = 0; i < slice.Count; i++)
            {
                if (KeyGroup.Partition(KeyGroup.Of(slice[i].Key), _pairPartitions) == partition)
                    (slice[i] with { Frame = slice[i].Frame == 0 ? start + i + 1 : slice[i].Frame }).AddTo(buffer);
            }

            var key = (default(RunId), 0u, partition);
            var envelope = new BatchEnvelope { Sensor = "test", Domain = 7, WatermarkNs = watermarkNs, Seen = start + slice.Count, Final = final };
            int[] indices = [.. Enumerable.Range(0, buffer.Count)];
            byte[] value = new byte[IcmpEventBatchCodec.MaxBytes(buffer, indices)];
            Assert.True(IcmpEventBatchCodec.TryWrite(new EncodedEnvelope(envelope, header), _next.GetValueOrDefault(key), buffer, indices, value, out int written));
            _next[key] = _next.GetValueOrDefault(key) + buffer.Count;
            outgoing.Add(partition, [], value.AsSpan(0, written));
        }

        appender.Append(outgoing, TestContext.Current.CancellationToken);
    }
}
