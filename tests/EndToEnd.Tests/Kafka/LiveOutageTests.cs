using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Ingest.Publish;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Tests.Embedded;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>A source that does not wait, and a network that is cut under it: what does not fit is shed and counted, and the books balance.</summary>
public sealed class LiveOutageTests
{
    private const string Topic = "icmp.event.v1";
    private const int Partitions = 4;
    private const int Batch = 50;

    [Theory]
    [InlineData(FullQueue.ShedNewest, 1)]
    [InlineData(FullQueue.ShedOldest, 1)]
    [InlineData(FullQueue.ShedNewest, 512)]
    [InlineData(FullQueue.ShedOldest, 512)]
    public void What_a_cut_network_does_not_take_is_shed_and_counted_and_the_rest_comes_once_in_order(FullQueue policy, int pack)
    {
        using EmbeddedKafka kafka = EmbeddedKafka.Start();
        using var proxy = new CutProxy(kafka.Brokers);
        kafka.Advertise(1, "127.0.0.1", proxy.Port);
        using KafkaLog log = kafka.Connect();
        log.Topics.Apply([new TopicSpec { Name = Topic, Partitions = Partitions, IsKeyed = true }], ProcessRun.Patience);
        using ILogAppender appender = log.OpenAppender(
            new AppenderOptions { Profile = AppendProfile.Live, IsPacked = pack > 1, QueueRecords = pack == 1 ? 2000 : 50 });
        var publisher = new EventPublisher(appender, Topic, RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint), pack, CancellationToken.None)
        {
            WhenFull = policy,
            MaxBacklogBytes = 100_000,
        };
        var events = new EventBuffer();
        var envelope = new BatchEnvelope { Sensor = "tap", Run = RunId.FromText("outage"), WatermarkNs = 1_000_000_000 };
        long given = 0;

        void Give(int batches)
        {
            for (int batch = 0; batch < batches; batch++)
            {
                events.Clear();
                for (int i = 0; i < Batch; i++, given++)
                {
                    ref IcmpEvent e = ref events.Add();
                    (e.Source, e.Destination, e.IpVersion, e.Type) = (Address.FromIpv4(0x0A000000u + (uint)(given % 97)), Address.FromIpv4(0xC0000201), 4, 8);
                    (e.Frame, e.FirstNs, e.Bytes) = (given + 1, envelope.WatermarkNs + given, 84);
                }

                envelope.WatermarkNs += 10_000_000;
                publisher.Accept(envelope, events);
            }
        }

        void GiveSlowly(int batches)
        {
            for (int batch = 0; batch < batches; batch++)
            {
                Give(1);
                Assert.True(appender.Flush(ProcessRun.Patience, TestContext.Current.CancellationToken));
            }
        }

        GiveSlowly(20);
        Assert.Equal(0, publisher.ShedEvents);
        proxy.Cut();
        Give(400);
        Assert.True(publisher.ShedEvents > 1000, $"{publisher.ShedEvents} shed");
        proxy.Mend();
        Assert.True(appender.Flush(ProcessRun.Patience, TestContext.Current.CancellationToken));
        GiveSlowly(20);
        events.Clear();
        envelope.Final = true;
        publisher.Accept(envelope, events);
        Assert.True(appender.Flush(ProcessRun.Patience, TestContext.Current.CancellationToken));

        AppendBooks books = appender.Books;
        Assert.Equal((given, publisher.Records, 0L, 0L), (publisher.Events, books.Delivered, books.Failed, books.InFlight));
        var frames = new List<long>();
        int records = 0;
        foreach (IGrouping<int, (int Partition, BatchEnvelope Envelope, long[] Frames)> partition in Read(log).GroupBy(record => record.Partition))
        {
            long next = 0, last = 0;
            foreach ((_, BatchEnvelope read, long[] inRecord) in partition)
            {
                // Shedding leaves gaps in the sequences, which is how a consumer knows of it; nothing comes twice or before its time.
                Assert.True(read.FirstSequence >= next);
                next = read.FirstSequence + inRecord.Length;
                foreach (long frame in inRecord)
                {
                    Assert.True(frame > last, $"frame {frame} behind {last}");
                    last = frame;
                }

                frames.AddRange(inRecord);
                records++;
            }

            Assert.True(partition.Last().Envelope.Final);
            Assert.Equal(publisher.ShedEvents, partition.Last().Envelope.Shed);
        }

        Assert.Equal(publisher.Records, records);
        Assert.Equal(given, frames.Count + publisher.ShedEvents);
        Assert.Equal(frames.Count, frames.Distinct().Count());
    }

    private static List<(int Partition, BatchEnvelope Envelope, long[] Frames)> Read(KafkaLog log)
    {
        List<(int, BatchEnvelope, long[])> records = [];
        var events = new EventBuffer();
        var sensors = new SensorNames();
        using ILogReader reader = log.OpenReader(new ReaderOptions { Topics = [Topic] });
        while (!reader.HasReachedEnds)
        {
            if (reader.Poll(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken) is not { } batch)
                continue;
            foreach (LogRecord record in batch)
            {
                events.Clear();
                Assert.Equal(AvroError.None, RecordFrame.Parse(record.Value, out RecordFrame frame));
                Assert.Equal(AvroError.None, IcmpEventBatchCodec.Read(frame.Body, sensors, out BatchEnvelope envelope, events));
                records.Add((batch.Partition.Partition, envelope, [.. events.Events.ToArray().Select(e => e.Frame)]));
            }
        }

        return records;
    }
}
