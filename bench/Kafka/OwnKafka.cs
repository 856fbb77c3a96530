using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Bench.Kafka;

/// <summary>This project's log, as its stages use it.</summary>
internal static class OwnKafka
{
    public static Taken Produce(ILogAppender appender, OutgoingBatch[] batches, long records)
    {
        long before = appender.Books.Delivered;
        Stretch stretch = Stretch.Begin();
        for (long sent = 0; sent < records; sent += Load.Batch)
            appender.Append(batches[sent / Load.Batch % batches.Length], CancellationToken.None);
        appender.Flush(Timeout.InfiniteTimeSpan, CancellationToken.None);
        Taken taken = stretch.End(records);
        long delivered = appender.Books.Delivered - before;
        return delivered == records ? taken : throw new InvalidOperationException($"{delivered} of {records} records were delivered");
    }

    public static Taken Consume(ClusterOptions cluster, string topic, long records)
    {
        KafkaLog log = KafkaLog.Connect(cluster);
        using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = [topic] });
        // As above: it polls, and allocates, whatever is read.
        log.Dispose();
        Stretch stretch = default;
        long read = 0, before = 0, bytes = 0;
        while (read < records)
        {
            if (reader.Poll(TimeSpan.FromMilliseconds(100), CancellationToken.None) is not { } batch)
                continue;
            foreach (LogRecord record in batch)
                bytes += record.Value[0] + record.Value.Length + record.Key.Length;
            read += batch.Count;
            if (before > 0)
                continue;
            before = read;
            stretch = Stretch.Begin();
        }

        Taken taken = stretch.End(read - before);
        GC.KeepAlive(bytes);
        return taken;
    }
}
