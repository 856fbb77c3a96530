using IcmpStream.Bench.Harness;
using IcmpStream.Bench.Kafka;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// Writing to and reading from Kafka against a C program on the same library and against Confluent.Kafka at its best. All three have the same
/// client settings.
/// </summary>
internal sealed class KafkaSuite : ISuite
{
    private const int Rounds = 5;
    private const int Partitions = 4;
    private const int ReadPartitions = 8;

    /// <summary>Records of a round. What is read fits what the embedded Kafka keeps: 5 MiB a partition, compressed.</summary>
    private const long Produced = 1_000_000, Consumed = 800_000;

    public string Name => "kafka";

    public void Run(Metrics metrics, string folder) => Clusters.Each(
        [("produce", Partitions), ("consume", ReadPartitions)],
        (cluster, prefix, suffix) => Measure(metrics, folder, cluster, prefix, suffix));

    private static void Measure(Metrics metrics, string folder, ClusterOptions cluster, string prefix, string suffix)
    {
        Console.WriteLine($"{Load.KeyBytes}-byte keys, {Load.ValueBytes}-byte values, idempotent, lz4:");
        var load = new Load();
        KafkaLog log = KafkaLog.Connect(cluster);
        RawKafka raw = RawKafka.Build(Path.Combine("bench", "native", "raw_kafka.c"), Path.GetFullPath(Path.Combine(folder, "..", "native")));
        double produced = Produce(metrics, log, raw, load, prefix + "produce", suffix);
        double consumed = Consume(metrics, cluster, raw, load, prefix + "consume", suffix);
        metrics.Add("bytes_allocated_per_event" + suffix, Math.Max(produced, consumed), "the most of writing and reading, on all threads");
    }

    private static double Produce(Metrics metrics, KafkaLog log, RawKafka raw, Load load, string topic, string suffix)
    {
        var options = new AppenderOptions();
        var settings = new Dictionary<string, string>(ClientSettings.Producer(log.Options, options), StringComparer.Ordinal)
        {
            // The others have no queue of their own above the client's: the same limit, in the client.
            ["queue.buffering.max.messages"] = $"{options.QueueRecords}",
        };
        using ILogAppender appender = log.OpenAppender(options);
        using RawKafka.Producer c = raw.OpenProducer(settings, topic, Partitions);
        using var managed = new ConfluentKafka(settings, load, topic, Partitions);
        OutgoingBatch[] batches = load.Batches(topic, Partitions);
        appender.PartitionCount(topic);
        // Its admin client allocates for each of its polls, ten a second, whatever is written.
        log.Dispose();
        long records = Produced / Load.Batch * Load.Batch;
        Race race = new Race()
            .Add("librdkafka", () => c.Run(load, records))
            .Add("ours", () => OwnKafka.Produce(appender, batches, records))
            .Add("confluent", () => managed.Produce(records))
            .Run(Rounds);
        Report(metrics, race, "publish", suffix, "written");
        return race.AllocatedBytes("ours");
    }

    private static double Consume(Metrics metrics, ClusterOptions cluster, RawKafka raw, Load load, string topic, string suffix)
    {
        using (KafkaLog log = KafkaLog.Connect(cluster))
        using (ILogAppender appender = log.OpenAppender(new AppenderOptions()))
        {
            appender.PartitionCount(topic);
            OwnKafka.Produce(appender, load.Batches(topic, ReadPartitions), Consumed / Load.Batch * Load.Batch);
        }

        IReadOnlyDictionary<string, string> settings = ClientSettings.Reader(cluster, new ReaderOptions { Topics = [topic] });
        long records = Consumed / Load.Batch * Load.Batch;
        Race race = new Race()
            .Add("librdkafka", () => raw.Consume(settings, topic, ReadPartitions, records))
            .Add("ours", () => OwnKafka.Consume(cluster, topic, records))
            .Add("confluent", () => ConfluentKafka.Consume(settings, topic, ReadPartitions, records))
            .Run(Rounds);
        Report(metrics, race, "consume", suffix, "read");
        return race.AllocatedBytes("ours");
    }

    private static void Report(Metrics metrics, Race race, string what, string suffix, string done)
    {
        metrics.Add($"{what}_vs_librdkafka{suffix}", race.Ratio("ours", "librdkafka"), "records/s of ours / of the C loop");
        metrics.Add($"{what}_vs_confluent{suffix}", race.Ratio("ours", "confluent"), "records/s of ours / of Confluent.Kafka's best");
        foreach ((string name, string whose) in new[] { ("ours", ""), ("librdkafka", "_librdkafka"), ("confluent", "_confluent") })
        {
            metrics.Add($"{what}{whose}_meps{suffix}", race.Rate(name), $"million records/s {done}, {name}");
            metrics.Add($"{what}{whose}_cpu_us_per_event{suffix}", race.CpuMicroseconds(name), $"client CPU of a record {done}, all threads, {name}");
        }
    }
}
