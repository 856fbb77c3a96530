using System.IO.Pipelines;
using IcmpStream.Bench.Harness;
using IcmpStream.Bench.Kafka;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Schemas;

namespace IcmpStream.Bench.Suites;

/// <summary>Events through the publisher, single and packed: key, partition, Avro, log, until all is acknowledged.</summary>
internal sealed class PublishSuite : ISuite
{
    private const int Rounds = 7;
    private const int Partitions = 4;
    private const int Pack = 512;
    private const int BufferedEvents = Pack * Partitions * 4;

    /// <summary>Events of a round, single and packed.</summary>
    private const long SingleEvents = 600_000, PackedEvents = 4_800_000;

    public string Name => "publish";

    public void Run(Metrics metrics, string folder)
    {
        EventBuffer events = Decode(Captures.Echo(folder, 2_000_000, Captures.PingFrameBytes));
        Clusters.Each([("events", Partitions)], (cluster, prefix, suffix) => Measure(metrics, events, cluster, prefix + "events", suffix));
    }

    private static void Measure(Metrics metrics, EventBuffer events, ClusterOptions cluster, string topic, string suffix)
    {
        KafkaLog log = KafkaLog.Connect(cluster);
        using ILogAppender single = log.OpenAppender(new AppenderOptions()), packed = log.OpenAppender(new AppenderOptions { IsPacked = true });
        Race race = new Race()
            .Add("single", Publisher(single, topic, events, 1, SingleEvents))
            .Add("packed", Publisher(packed, topic, events, Pack, PackedEvents));
        // Its admin client allocates for each of its polls, ten a second, whatever is written.
        log.Dispose();
        race.Run(Rounds);
        metrics.Add("packed_vs_single" + suffix, race.Ratio("packed", "single"), $"events/s with --pack {Pack} / with single records");
        metrics.Add("single_meps" + suffix, race.Rate("single"), "million events/s encoded and delivered, single records");
        metrics.Add("packed_meps" + suffix, race.Rate("packed"), $"million events/s encoded and delivered, --pack {Pack}");
        metrics.Add("single_cpu_us_per_event" + suffix, race.CpuMicroseconds("single"), "CPU of an event, all threads, single records");
        metrics.Add("packed_cpu_us_per_event" + suffix, race.CpuMicroseconds("packed"), $"CPU of an event, all threads, --pack {Pack}");
        double allocated = Math.Max(race.AllocatedBytes("single"), race.AllocatedBytes("packed"));
        metrics.Add("bytes_allocated_per_event_published" + suffix, allocated, "the most of single and packed, on all threads");
    }

    private static Func<Taken> Publisher(ILogAppender appender, string topic, EventBuffer events, int pack, long count)
    {
        var publisher = new EventPublisher(appender, topic, RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint), pack, CancellationToken.None);
        var batch = new BatchEnvelope { Sensor = "bench", Domain = 1, Run = RunId.FromText("bench"), WatermarkNs = 1_700_000_000_000_000_000 };
        return () =>
        {
            long before = appender.Books.Delivered, records = publisher.Records, done = 0;
            Stretch stretch = Stretch.Begin();
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
        var events = new EventBuffer(BufferedEvents);
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
