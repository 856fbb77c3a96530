using System.IO.Pipelines;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using IcmpStream.Bench.Harness;
using IcmpStream.Bench.Kafka;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// Writing to and reading from Kafka against a C program on the same library and against Confluent.Kafka at its best, on the embedded Kafka in a
/// process of its own and, where <c>ICMPSTREAM_TEST_BROKERS</c> is set, on that cluster too. All three have the same client settings.
/// </summary>
internal sealed class KafkaSuite : ISuite
{
    private const int Rounds = 5;
    private const int Partitions = 4;
    private const int ReadPartitions = 8;

    /// <summary>Records of a round. What is read fits what the embedded Kafka keeps: 5 MiB a partition, compressed.</summary>
    private const long Produced = 1_000_000, Consumed = 800_000;

    private const int Pack = 512;
    private const int PublishedEvents = Pack * Partitions * 4;

    /// <summary>Events of a round, single and packed.</summary>
    private const long SingleEvents = 600_000, PackedEvents = 4_800_000;

    public string Name => "kafka";

    public void Run(Metrics metrics, string folder)
    {
        string prefix = $"bench-{Guid.NewGuid():N}-";
        using (var broker = new BrokerProcess((prefix + "produce", Partitions), (prefix + "consume", ReadPartitions), (prefix + "events", Partitions)))
            Measure(metrics, folder, new ClusterOptions { Brokers = broker.Brokers }, prefix, "");
        if (Environment.GetEnvironmentVariable("ICMPSTREAM_TEST_BROKERS") is not { Length: > 0 } brokers)
            return;
        var cluster = new ClusterOptions { Brokers = brokers };
        using (KafkaLog log = KafkaLog.Connect(cluster))
        {
            (string Name, int Partitions)[] topics = [("produce", Partitions), ("consume", ReadPartitions), ("events", Partitions)];
            log.Topics.Apply([.. topics.Select(topic => new TopicSpec { Name = prefix + topic.Name, Partitions = topic.Partitions, IsKeyed = true })], TimeSpan.FromSeconds(30));
        }

        try
        {
            Measure(metrics, folder, cluster, prefix, "_real");
        }
        finally
        {
            using IAdminClient admin = new AdminClientBuilder(ClientSettings.Admin(cluster)).Build();
            admin.DeleteTopicsAsync([prefix + "produce", prefix + "consume", prefix + "events"], new DeleteTopicsOptions()).GetAwaiter().GetResult();
        }
    }

    private static void Measure(Metrics metrics, string folder, ClusterOptions cluster, string prefix, string suffix)
    {
        Console.WriteLine($"{Load.KeyBytes}-byte keys, {Load.ValueBytes}-byte values, idempotent, lz4, {(suffix.Length == 0 ? "embedded Kafka in a process of its own" : cluster.Brokers)}:");
        using KafkaLog log = KafkaLog.Connect(cluster);
        var load = new Load();
        RawKafka raw = RawKafka.Build(Path.Combine("bench", "native", "raw_kafka.c"), Path.GetFullPath(Path.Combine(folder, "..", "native")));
        double produced = Produce(metrics, log, raw, load, prefix + "produce", suffix);
        double consumed = Consume(metrics, log, raw, load, prefix + "consume", suffix);
        double published = Publish(metrics, folder, log, prefix + "events", suffix);
        metrics.Add("bytes_allocated_per_event" + suffix, Math.Max(Math.Max(produced, consumed), published), "the most of writing, reading and publishing, on all threads");
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
        long records = Produced / Load.Batch * Load.Batch;
        Race race = new Race()
            .Add("librdkafka", () => c.Run(load, records))
            .Add("ours", () => OwnKafka.Produce(appender, batches, records))
            .Add("confluent", () => managed.Produce(records))
            .Run(Rounds);
        Report(metrics, race, "publish", suffix, "written");
        return race.AllocatedBytes("ours");
    }

    private static double Consume(Metrics metrics, KafkaLog log, RawKafka raw, Load load, string topic, string suffix)
    {
        using (ILogAppender appender = log.OpenAppender(new AppenderOptions()))
        {
            appender.PartitionCount(topic);
            OwnKafka.Produce(appender, load.Batches(topic, ReadPartitions), Consumed / Load.Batch * Load.Batch);
        }

        IReadOnlyDictionary<string, string> settings = ClientSettings.Reader(log.Options, new ReaderOptions { Topics = [topic] });
        long records = Consumed / Load.Batch * Load.Batch;
        Race race = new Race()
            .Add("librdkafka", () => raw.Consume(settings, topic, ReadPartitions, records))
            .Add("ours", () => OwnKafka.Consume(log, topic, records))
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

    /// <summary>Events through the publisher, single and packed: key, partition, Avro, log, until all is acknowledged.</summary>
    private static double Publish(Metrics metrics, string folder, KafkaLog log, string topic, string suffix)
    {
        EventBuffer events = Decode(Captures.Echo(folder, 2_000_000, Captures.PingFrameBytes));
        using ILogAppender single = log.OpenAppender(new AppenderOptions()), packed = log.OpenAppender(new AppenderOptions { IsPacked = true });
        Race race = new Race()
            .Add("single", Publisher(single, topic, events, 1, SingleEvents))
            .Add("packed", Publisher(packed, topic, events, Pack, PackedEvents))
            .Run(Rounds);
        metrics.Add("packed_vs_single" + suffix, race.Ratio("packed", "single"), $"events/s with --pack {Pack} / with single records");
        metrics.Add("single_meps" + suffix, race.Rate("single"), "million events/s encoded and delivered, single records");
        metrics.Add("packed_meps" + suffix, race.Rate("packed"), $"million events/s encoded and delivered, --pack {Pack}");
        metrics.Add("single_cpu_us_per_event" + suffix, race.CpuMicroseconds("single"), "CPU of an event, all threads, single records");
        metrics.Add("packed_cpu_us_per_event" + suffix, race.CpuMicroseconds("packed"), $"CPU of an event, all threads, --pack {Pack}");
        return Math.Max(race.AllocatedBytes("single"), race.AllocatedBytes("packed"));
    }

    private static Func<Taken> Publisher(ILogAppender appender, string topic, EventBuffer events, int pack, long count)
    {
        var publisher = new EventPublisher(appender, topic, RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint), pack, CancellationToken.None);
        var batch = new BatchEnvelope { Sensor = "bench", Domain = 1, Run = RunId.FromText("bench"), WatermarkNs = 1_700_000_000_000_000_000 };
        return () =>
        {
            Stretch stretch = Stretch.Begin();
            long before = appender.Books.Delivered, records = publisher.Records, done = 0;
            for (; done < count; done += events.Count)
            {
                batch.WatermarkNs += EventStream.TickNs;
                batch.Seen += events.Count;
                publisher.Accept(batch, events);
            }

            appender.Flush(Timeout.InfiniteTimeSpan, CancellationToken.None);
            Taken taken = stretch.End(done);
            records = publisher.Records - records;
            before = appender.Books.Delivered - before;
            return before == records ? taken : throw new InvalidOperationException($"{before} of {records} records were delivered");
        };
    }

    private static EventBuffer Decode(string capture)
    {
        var events = new EventBuffer(PublishedEvents);
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        var decoder = new FrameDecoder();
        if (!source.Reader.TryRead(out ReadResult read))
            throw new InvalidOperationException("the capture is empty");
        FrameCursor cursor = source.OpenCursor(read);
        while (!events.IsFull && cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
            decoder.Decode(info, frame, events);
        source.AdvanceTo(cursor);
        return events;
    }
}
