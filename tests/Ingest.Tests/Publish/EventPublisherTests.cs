using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Publish;

public class EventPublisherTests
{
    private const long Start = 1_700_000_000_000_000_000;
    private const long Ms = 1_000_000;

    public static TheoryData<int, int, int> Shapes => new() { { 1, 1, 64 }, { 4, 1, 64 }, { 4, 16, 64 }, { 16, 1, 1 }, { 16, 512, 1024 }, { 256, 7, 50 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Every_event_is_published_once_in_the_partition_of_its_key(int partitions, int pack, int batchEvents)
    {
        using IPacketSource source = Mixed(hosts: 500);
        (List<PublishedRecord> records, EventStream stream, EventPublisher publisher) = await PublishedLog.RunAsync(source, partitions, pack, batchEvents);

        Assert.Equal(500, records.Sum(record => record.Events.Count));
        Assert.Equal(500, records.SelectMany(record => record.Events).Select(e => e.Event.Source).Distinct().Count());
        byte[] key = new byte[EventKey.Size];
        foreach (PublishedRecord record in records)
        {
            Assert.InRange(record.Events.Count, 0, pack);
            foreach (PublishedEvent published in record.Events)
            {
                published.Key.Write(key);
                Assert.Equal(Murmur2.Partition(key, partitions), record.Partition);
                Assert.Equal(pack == 1 ? key : [], record.Key);
            }
        }

        Assert.Equal(stream.EventsHandedOn, publisher.Events);
        Assert.Equal(records.Count, publisher.Records);
        Assert.Equal(records.Count(record => record.Events.Count == 0), publisher.Ticks);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Sequences_count_the_events_of_a_partition_without_gap(int partitions, int pack, int batchEvents)
    {
        using IPacketSource source = Mixed(hosts: 500);
        (List<PublishedRecord> records, _, _) = await PublishedLog.RunAsync(source, partitions, pack, batchEvents);

        foreach (IGrouping<int, PublishedRecord> partition in records.GroupBy(record => record.Partition))
        {
            long next = 0;
            foreach (PublishedRecord record in partition)
            {
                Assert.Equal(next, record.Envelope.FirstSequence);
                next += record.Events.Count;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_watermark_holds_for_every_event_behind_it(int partitions, int pack, int batchEvents)
    {
        using IPacketSource source = Disordered(hosts: 800);
        (List<PublishedRecord> records, _, _) = await PublishedLog.RunAsync(source, partitions, pack, batchEvents);

        int held = 0;
        foreach (IGrouping<int, PublishedRecord> partition in records.GroupBy(record => record.Partition))
        {
            long watermark = BatchEnvelope.NoWatermark;
            foreach (PublishedRecord record in partition)
            {
                foreach (PublishedEvent published in record.Events)
                {
                    if ((published.Event.Flags & EventFlags.Late) == EventFlags.None)
                        Assert.True(published.Event.FirstNs >= watermark, $"event {published.Event.Frame} is below the watermark before it");
                    held++;
                }

                Assert.True(record.Envelope.WatermarkNs >= watermark);
                watermark = record.Envelope.WatermarkNs;
            }
        }

        Assert.Equal(800, held);
    }

    [Fact]
    public async Task Every_partition_learns_the_last_watermark_and_the_end()
    {
        using IPacketSource source = Mixed(hosts: 3);
        (List<PublishedRecord> records, EventStream stream, _) = await PublishedLog.RunAsync(source, partitions: 16);

        PublishedRecord[] last = [.. records.GroupBy(record => record.Partition).Select(partition => partition.Last())];
        Assert.Equal(16, last.Length);
        Assert.All(last, record => Assert.True(record.Envelope.Final));
        Assert.All(last, record => Assert.Equal(stream.FramesRead, record.Envelope.Seen));
        Assert.Single(last.Select(record => record.Envelope.WatermarkNs).Distinct());
        Assert.Equal(16, records.Count(record => record.Envelope.Final));
    }

    [Fact]
    public async Task A_partition_without_events_gets_a_tick_for_every_slot_of_event_time()
    {
        // One host for ten seconds, four packets in each slot: one partition has all events.
        using IPacketSource source = EchoFrames.Capture(Enumerable.Range(0, 400).Select(i => (Start + (i * 25 * Ms), EchoFrames.Echo(1))));
        (List<PublishedRecord> records, _, _) = await PublishedLog.RunAsync(source, partitions: 4, batchEvents: 1024);

        int busy = records.First(record => record.Events.Count > 0).Partition;
        foreach (IGrouping<int, PublishedRecord> idle in records.Where(record => record.Partition != busy).GroupBy(record => record.Partition))
        {
            long[] watermarks = [.. idle.Select(record => record.Envelope.WatermarkNs)];
            Assert.InRange(watermarks.Length, 95, 105);
            Assert.All(watermarks.Zip(watermarks.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 0, 2 * EventStream.TickNs));
        }
    }

    [Fact]
    public async Task A_capture_read_twice_goes_on_behind_itself()
    {
        using IPacketSource source = EchoFrames.Capture(Enumerable.Range(0, 10).Select(i => (Start + (i * Ms), EchoFrames.Echo((ushort)i))));
        (List<PublishedRecord> records, EventStream stream, _) = await PublishedLog.RunAsync(source, partitions: 1, readings: 3);

        IcmpEvent[] events = [.. records.SelectMany(record => record.Events).Select(published => published.Event)];
        Assert.Equal(Enumerable.Range(1, 30).Select(frame => (long)frame), events.Select(e => e.Frame));
        Assert.Equal(events.Select(e => e.FirstNs).Order(), events.Select(e => e.FirstNs));
        Assert.Equal(Start + (2 * ((9 * Ms) + EventStream.LoopGapNs)), events[20].FirstNs);
        Assert.Equal(0, stream.LateEvents);
    }

    [Fact]
    public async Task Late_events_are_marked_counted_and_published()
    {
        (long, byte[])[] frames = [(Start, EchoFrames.Echo(1)), (Start + (2000 * Ms), EchoFrames.Echo(2)), (Start + (1499 * Ms), EchoFrames.Echo(3)), (Start + (1500 * Ms), EchoFrames.Echo(4))];
        using IPacketSource source = EchoFrames.Capture(frames);
        (List<PublishedRecord> records, EventStream stream, _) = await PublishedLog.RunAsync(source, partitions: 2);

        Assert.Equal(1, stream.LateEvents);
        IcmpEvent late = Assert.Single(records.SelectMany(record => record.Events), published => (published.Event.Flags & EventFlags.Late) != EventFlags.None).Event;
        Assert.Equal(3, late.Frame);
    }

    [Fact]
    public async Task The_books_balance_over_frames_that_are_not_events()
    {
        using IPacketSource source = Mixed(hosts: 100);
        (_, EventStream stream, EventPublisher publisher) = await PublishedLog.RunAsync(source, partitions: 4);

        Assert.Equal(150, stream.FramesRead);
        Assert.Equal(stream.FramesRead, stream.Outcomes.Frames);
        Assert.Equal(50, stream.Outcomes[DecodeOutcome.NotIcmp]);
        Assert.Equal(100, stream.Outcomes.Events);
        Assert.Equal(100, publisher.Events);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(512)]
    public void A_topic_whose_partitions_are_not_a_power_of_two_up_to_256_is_refused(int partitions)
    {
        using var log = new MemoryLog();
        log.CreateTopic(PublishedLog.Topic, partitions, isKeyed: false);
        using ILogAppender appender = log.OpenAppender(new AppenderOptions());
        LogException refused = Assert.Throws<LogException>(() => new EventPublisher(appender, PublishedLog.Topic, [], 1, CancellationToken.None));
        Assert.Contains($"{partitions} partitions", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>An echo request from each host, a millisecond apart, and an ARP frame behind every second one.</summary>
    private static IPacketSource Mixed(int hosts) => EchoFrames.Capture(
        from host in Enumerable.Range(0, hosts)
        from frame in host % 2 == 0 ? new[] { EchoFrames.Echo((ushort)host), EchoFrames.Arp() } : [EchoFrames.Echo((ushort)host)]
        select (Start + (host * Ms), frame));

    /// <summary>Hosts out of order by up to 700 ms, so that some are late.</summary>
    private static IPacketSource Disordered(int hosts) => EchoFrames.Capture(
        Enumerable.Range(0, hosts).Select(host => (Start + (((host * 10) - (host * 7919 % 700)) * Ms), EchoFrames.Echo((ushort)host))));
}
