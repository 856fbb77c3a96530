using System.Diagnostics;
using IcmpStream.EndToEnd.Tests.Running;
using IcmpStream.Ingest.Publish;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Embedded;
using IcmpStream.Kafka.Tests.Embedded;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.EndToEnd.Tests.Kafka;

/// <summary>A source that does not wait, and a network that is cut under it: what does not fit is shed and counted or waits on disk, and the books balance.</summary>
public sealed class LiveOutageTests
{
    private const string Topic = "icmp.event.v1";
    private const int Partitions = 4;
    private const int Batch = 50;

    private static readonly byte[] Header = RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint);

    [Theory]
    [InlineData(FullQueue.ShedNewest, 1)]
    [InlineData(FullQueue.ShedOldest, 1)]
    [InlineData(FullQueue.ShedNewest, 512)]
    [InlineData(FullQueue.ShedOldest, 512)]
    public void What_a_cut_network_does_not_take_is_shed_and_counted_and_the_rest_comes_once_in_order(FullQueue policy, int pack)
    {
        using var cluster = new CutCluster(pack);
        var tap = new Tap(cluster.Appender, new EventPublisher(cluster.Appender, Topic, Header, pack, CancellationToken.None) { WhenFull = policy, MaxBacklogBytes = 100_000 });
        tap.GiveSlowly(20);
        Assert.Equal(0, tap.Publisher.ShedEvents);
        cluster.Proxy.Cut();
        tap.Give(400);
        Assert.True(tap.Publisher.ShedEvents > 1000, $"{tap.Publisher.ShedEvents} shed");
        cluster.Proxy.Mend();
        Assert.True(cluster.Appender.Flush(ProcessRun.Patience, TestContext.Current.CancellationToken));
        tap.GiveSlowly(20);
        tap.End();

        // Shedding leaves gaps in the sequences, which is how a consumer knows of it.
        AssertComplete(cluster, tap, hasGaps: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    public void What_a_cut_network_does_not_take_waits_on_disk_and_comes_once_in_order_when_it_is_mended(int pack)
    {
        using var place = new TemporaryFolder();
        using var cluster = new CutCluster(pack);
        using var folder = new SpillFolder(place.FullName, 64 << 20);
        using EventSpill spill = folder.Open(0);
        var tap = new Tap(cluster.Appender, new EventPublisher(cluster.Appender, Topic, Header, pack, CancellationToken.None) { Spill = spill });
        tap.GiveSlowly(20);
        Assert.Equal(0, spill.Written);
        cluster.Proxy.Cut();
        tap.Give(400);
        Assert.True(spill.Written > 1000, $"{spill.Written} on disk");
        cluster.Proxy.Mend();

        // Some of it may be back before the new ones come, which then wait behind the rest.
        tap.Give(20);
        tap.End();
        Assert.Equal((0L, 0L, 0L), (spill.Left, folder.Bytes, tap.Publisher.ShedEvents));
        Assert.Null(spill.Failure);
        Assert.Empty(Directory.GetFiles(place.FullName, "*.spill"));
        AssertComplete(cluster, tap, hasGaps: false);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    public async Task A_reader_that_waits_for_a_cut_network_until_it_is_told_to_stop_leaves_books_that_balance(int pack)
    {
        using var cluster = new CutCluster(pack);
        using var patience = new CancellationTokenSource();
        var tap = new Tap(cluster.Appender, new EventPublisher(cluster.Appender, Topic, Header, pack, patience.Token));
        tap.GiveSlowly(20);
        cluster.Proxy.Cut();
        Task giving = Task.Run(() => tap.Give(400), TestContext.Current.CancellationToken);
        var clock = Stopwatch.StartNew();
        while (cluster.Appender.Books.InFlight < cluster.QueueRecords)
        {
            Assert.True(clock.Elapsed < ProcessRun.Patience, "the queue never fills");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await patience.CancelAsync();
        await giving.WaitAsync(ProcessRun.Patience, TestContext.Current.CancellationToken);
        tap.End();
        cluster.Appender.Dispose();
        AppendBooks books = cluster.Appender.Books;
        Assert.Equal((tap.Given, tap.Publisher.Records, 0L), (tap.Publisher.Events, books.Taken, books.InFlight));
        Assert.Equal(cluster.QueueRecords, books.FailedBy(AppendFailure.Purged));
        Assert.Equal(books.Taken, books.Delivered + books.Failed);
        Assert.InRange(tap.Publisher.ShedEvents, 1000, tap.Given);
    }

    private static void AssertComplete(CutCluster cluster, Tap tap, bool hasGaps)
    {
        Assert.True(cluster.Appender.Flush(ProcessRun.Patience, TestContext.Current.CancellationToken));
        AppendBooks books = cluster.Appender.Books;
        Assert.Equal((tap.Given, tap.Publisher.Records, 0L, 0L), (tap.Publisher.Events, books.Delivered, books.Failed, books.InFlight));
        var frames = new List<long>();
        int records = 0;
        foreach (IGrouping<int, (int Partition, BatchEnvelope Envelope, long[] Frames)> partition in Read(cluster.Log).GroupBy(record => record.Partition))
        {
            long next = 0, last = 0;
            foreach ((_, BatchEnvelope read, long[] inRecord) in partition)
            {
                // Nothing comes twice or before its time.
                Assert.True(hasGaps ? read.FirstSequence >= next : read.FirstSequence == next, $"{read.FirstSequence} behind {next}");
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
            Assert.Equal(tap.Publisher.ShedEvents, partition.Last().Envelope.Shed);
        }

        Assert.Equal(tap.Publisher.Records, records);
        Assert.Equal(tap.Given, frames.Count + tap.Publisher.ShedEvents);
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

    /// <summary>An embedded Kafka behind a network that can be cut, and an appender with a short queue.</summary>
    private sealed class CutCluster : IDisposable
    {
        private readonly EmbeddedKafka _kafka = EmbeddedKafka.Start();

        public CutCluster(int pack)
        {
            Proxy = new CutProxy(_kafka.Brokers);
            _kafka.Advertise(1, "127.0.0.1", Proxy.Port);
            Log = _kafka.Connect();
            Log.Topics.Apply([new TopicSpec { Name = Topic, Partitions = Partitions, IsKeyed = true }], ProcessRun.Patience);
            QueueRecords = pack == 1 ? 2000 : 50;
            Appender = Log.OpenAppender(new AppenderOptions { Profile = AppendProfile.Live, IsPacked = pack > 1, QueueRecords = QueueRecords });
        }

        public CutProxy Proxy { get; }

        public KafkaLog Log { get; }

        public ILogAppender Appender { get; }

        public int QueueRecords { get; }

        public void Dispose()
        {
            Appender.Dispose();
            Log.Dispose();
            Proxy.Dispose();
            _kafka.Dispose();
        }
    }

    /// <summary>A live source: it gives batches and does not ask.</summary>
    private sealed class Tap(ILogAppender appender, EventPublisher publisher)
    {
        private readonly EventBuffer _events = new();
        private BatchEnvelope _envelope = new() { Sensor = "tap", Run = RunId.FromText("outage"), WatermarkNs = 1_000_000_000 };

        public EventPublisher Publisher => publisher;

        public long Given { get; private set; }

        public void Give(int batches)
        {
            for (int batch = 0; batch < batches; batch++)
            {
                _events.Clear();
                for (int i = 0; i < Batch; i++, Given++)
                {
                    ref IcmpEvent e = ref _events.Add();
                    (e.Source, e.Destination, e.IpVersion, e.Type) = (Address.FromIpv4(0x0A000000u + (uint)(Given % 97)), Address.FromIpv4(0xC0000201), 4, 8);
                    (e.Frame, e.FirstNs, e.Bytes) = (Given + 1, _envelope.WatermarkNs + Given, 84);
                }

                _envelope.WatermarkNs += 10_000_000;
                publisher.Accept(_envelope, _events);
            }
        }

        public void GiveSlowly(int batches)
        {
            for (int batch = 0; batch < batches; batch++)
            {
                Give(1);
                Assert.True(appender.Flush(ProcessRun.Patience, TestContext.Current.CancellationToken));
            }
        }

        public void End()
        {
            _events.Clear();
            _envelope.Final = true;
            publisher.Accept(_envelope, _events);
        }
    }
}
