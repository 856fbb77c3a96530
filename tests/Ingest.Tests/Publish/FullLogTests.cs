using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Publish;

/// <summary>What the publisher does beyond writing all: folding, shedding, resuming.</summary>
public class FullLogTests
{
    private const long Start = 1_700_000_000_000_000_000;
    private const long Ms = 1_000_000;

    private static readonly byte[] Header = RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint);

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    public async Task A_loud_pair_travels_whole_up_to_its_limit_and_as_exact_sums_beyond(int pack)
    {
        // One host sends 10,000 packets in 500 ms, another a packet each 10 ms.
        (long TimeNs, byte[] Frame)[] frames =
        [
            .. Enumerable.Range(0, 10_000).Select(i => (Start + (i * 50_000L), EchoFrames.Echo(1))),
            .. Enumerable.Range(0, 50).Select(i => (Start + (i * 10 * Ms), EchoFrames.Echo(2))),
        ];
        using var log = new MemoryLog();
        using IPacketSource source = EchoFrames.Capture(frames.OrderBy(frame => frame.TimeNs));
        (List<PublishedRecord> records, EventPublisher publisher, EventStream stream) = await RunAsync(log, source, pack, appender => new EventPublisher(appender, PublishedLog.Topic, [], pack, CancellationToken.None) { FoldsHotKeys = true });

        IcmpEvent[] events = [.. records.SelectMany(record => record.Events).Select(published => published.Event)];
        IcmpEvent[] folded = [.. events.Where(e => e.Count > 1)];
        Assert.Equal(10_050, events.Sum(e => (long)e.Count));
        Assert.Equal(10_050 * 36, events.Sum(e => (long)e.Bytes));
        Assert.Equal(5 * EventFolder.WholeEvents, events.Count(e => e.Count == 1 && e.Source.Ipv4 == 0x0A000001));
        Assert.Equal(50, events.Count(e => e.Source.Ipv4 == 0x0A000002));
        Assert.Equal(5, folded.Length);
        Assert.All(folded, fold => Assert.Equal(2000 - EventFolder.WholeEvents, (int)fold.Count));
        Assert.All(folded, fold => Assert.Equal((fold.FirstNs + (1935 * 50_000L), fold.FirstNs / EventStream.TickNs), (fold.LastNs, fold.LastNs / EventStream.TickNs)));
        Assert.Equal((stream.Outcomes.Events, folded.Sum(fold => (long)fold.Count)), (publisher.Events + publisher.FoldedEvents, publisher.FoldedEvents));
        AssertContract(records);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(512)]
    public void Errors_that_quote_one_pair_are_folded_by_it_and_stay_in_its_partition_those_that_quote_many_travel_whole(int pack)
    {
        using var log = new MemoryLog();
        log.CreateTopic(PublishedLog.Topic, 4);
        using ILogAppender appender = log.OpenAppender(new AppenderOptions());
        var publisher = new EventPublisher(appender, PublishedLog.Topic, [], pack, CancellationToken.None) { FoldsHotKeys = true };
        var envelope = new BatchEnvelope { Sensor = "sensor-1", Run = RunId.FromText("test"), WatermarkNs = Start };
        var buffer = new EventBuffer();
        Address router = Address.FromIpv4(0xC0000201), victim = Address.FromIpv4(0x0A000001), other = Address.FromIpv4(0x0A0000FE);
        for (int i = 0; i < 1000; i++)
        {
            ref IcmpEvent e = ref buffer.Add();
            (e.Source, e.Destination, e.IpVersion, e.Type, e.Code) = (router, victim, 4, 3, 3);
            (e.FirstNs, e.Bytes, e.Frame, e.PayloadHash) = (Start + i, 56, i + 1, 99);
            ref IcmpEventDetail detail = ref buffer.AddDetail();
            (detail.QuotedSource, detail.QuotedDestination, detail.QuotedProtocol) = (victim, i < 500 ? other : Address.FromIpv4(0x0B000000u + (uint)i), 17);
            (detail.QuotedIpVersion, detail.QuotedIpBytes, detail.QuotedIdentifier, detail.Groups) = (4, 36, 7, DetailGroups.Quoted | DetailGroups.QuotedIcmp | DetailGroups.QuotedEcho);
        }

        publisher.Accept(envelope, buffer);
        buffer.Clear();
        publisher.Accept(envelope with { Final = true }, buffer);
        Assert.True(appender.Flush(TimeSpan.FromSeconds(60), CancellationToken.None));

        List<PublishedRecord> records = PublishedLog.ReadAll(log);
        (int Partition, PublishedEvent Published)[] events = [.. records.SelectMany(record => record.Events.Select(published => (record.Partition, published)))];
        Assert.Equal((1000, 1000 * 56), (events.Sum(e => (long)e.Published.Event.Count), events.Sum(e => (long)e.Published.Event.Bytes)));
        (int Partition, PublishedEvent Published) fold = Assert.Single(events, e => e.Published.Event.Count > 1);
        Assert.Equal((500u - EventFolder.WholeEvents, 0ul), (fold.Published.Event.Count, fold.Published.Event.PayloadHash));
        Assert.Equal(EventKey.Of(victim, other), fold.Published.Key);
        Assert.Equal(KeyGroup.Partition(KeyGroup.Of(fold.Published.Key), 4), fold.Partition);
        Assert.Equal((564L, 436L), (publisher.Events, publisher.FoldedEvents));
    }

    [Theory]
    [InlineData(FullQueue.ShedNewest)]
    [InlineData(FullQueue.ShedOldest)]
    public async Task A_live_source_sheds_what_a_stopped_log_does_not_take_counts_it_and_keeps_order(FullQueue policy)
    {
        const int packets = 5000, room = 700;
        using var log = new MemoryLog();
        using IPacketSource source = EchoFrames.Capture(Enumerable.Range(0, packets).Select(i => (Start + (i * Ms), EchoFrames.Echo((ushort)(i % 50)))));
        StoppedLog stopped = null!;
        (List<PublishedRecord> records, EventPublisher publisher, EventStream stream) = await RunAsync(log, source, 1, appender =>
        {
            stopped = new StoppedLog(appender, room);
            return new EventPublisher(stopped, PublishedLog.Topic, [], 1, CancellationToken.None) { WhenFull = policy, MaxBacklogBytes = 200_000 };
        });

        PublishedEvent[] events = [.. records.SelectMany(record => record.Events)];
        Assert.Equal(packets, publisher.Events);
        Assert.True(publisher.ShedEvents > 1000, $"{publisher.ShedEvents} shed");
        Assert.Equal(packets, events.Length + publisher.ShedEvents);
        Assert.Equal(publisher.Records, records.Count);
        long[] frames = [.. events.Select(published => published.Event.Frame).Order()];
        Assert.Equal(frames.Distinct(), frames);

        // The newest are gone, or those in the middle: what the queue had taken stays, and what is close to now comes behind it.
        Assert.Equal(policy == FullQueue.ShedOldest, frames.Contains(packets - 1));
        foreach (IGrouping<int, PublishedRecord> partition in records.GroupBy(record => record.Partition))
        {
            long[] sequences = [.. partition.SelectMany(record => record.Events).Select(published => published.Sequence)];
            Assert.Equal(sequences.Order(), sequences);
            Assert.True(partition.Last().Envelope.Final);
            Assert.Equal(publisher.ShedEvents, partition.Last().Envelope.Shed);
        }
    }

    [Theory]
    [InlineData(1, 7)]
    [InlineData(1, 333)]
    [InlineData(16, 40)]
    [InlineData(512, 900)]
    public async Task A_run_broken_off_anywhere_and_given_again_is_in_the_log_once(int pack, int brokenAfter)
    {
        (long, byte[])[] frames = [.. Enumerable.Range(0, 1000).Select(i => (Start + (i * Ms), EchoFrames.Echo((ushort)(i % 37))))];
        using var whole = new MemoryLog();
        using var twice = new MemoryLog();
        List<PublishedRecord> expected;
        using (IPacketSource source = EchoFrames.Capture(frames))
            (expected, _, _) = await RunAsync(whole, source, pack, appender => new EventPublisher(appender, PublishedLog.Topic, Header, pack, CancellationToken.None));

        // The first attempt dies in the middle of a batch: some partitions have it, some do not.
        using (IPacketSource source = EchoFrames.Capture(frames))
        {
            await Assert.ThrowsAsync<OperationCanceledException>(() => RunAsync(twice, source, pack, appender => new EventPublisher(new DyingLog(appender, brokenAfter / pack), PublishedLog.Topic, Header, pack, CancellationToken.None)));
        }

        RunResume resume = RunResume.Read(twice, PublishedLog.Topic, RunId.FromText("test"), 0, CancellationToken.None);
        Assert.False(resume.IsComplete);
        Assert.All(RunResume.Read(twice, PublishedLog.Topic, RunId.FromText("other"), 0, CancellationToken.None).Next, next => Assert.Equal(0, next));
        using IPacketSource again = EchoFrames.Capture(frames);
        (List<PublishedRecord> records, EventPublisher publisher, _) = await RunAsync(
            twice, again, pack, appender => new EventPublisher(appender, PublishedLog.Topic, Header, pack, CancellationToken.None) { ResumeAt = resume.Next });

        Assert.Equal(1000, publisher.Events + publisher.ResumedEvents);
        Assert.True(publisher.ResumedEvents > 0);
        Assert.Equal(Flat(expected), Flat(records));
        AssertContract(records);
        Assert.True(RunResume.Read(twice, PublishedLog.Topic, RunId.FromText("test"), 0, CancellationToken.None).IsComplete);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public async Task Of_a_full_log_that_nobody_waits_for_any_longer_the_rest_is_shed_and_nothing_follows_the_gap(int pack)
    {
        const int packets = 5000;
        using var log = new MemoryLog();
        using IPacketSource source = EchoFrames.Capture(Enumerable.Range(0, packets).Select(i => (Start + (i * Ms), EchoFrames.Echo((ushort)(i % 50)))));
        using var patience = new CancellationTokenSource();
        (List<PublishedRecord> records, EventPublisher publisher, EventStream stream) = await RunAsync(
            log, source, pack, appender => new EventPublisher(new AbandonedLog(appender, 701 / pack, patience), PublishedLog.Topic, Header, pack, patience.Token));

        int written = records.Sum(record => record.Events.Count);
        Assert.InRange(written, 1, packets - 1);
        Assert.Equal((packets, packets, packets - written), (stream.Outcomes.Events, publisher.Events, publisher.ShedEvents));
        Assert.Equal(publisher.Records, records.Count);
        Assert.DoesNotContain(records, record => record.Envelope.Final);
        AssertContract(records);
        Assert.Equal(
            records.SelectMany(record => record.Events).Count(),
            RunResume.Read(log, PublishedLog.Topic, RunId.FromText("test"), 0, CancellationToken.None).Next.Sum());
    }

    private static IEnumerable<(int Partition, long Sequence, long Frame)> Flat(List<PublishedRecord> records) =>
        records.SelectMany(record => record.Events.Select(published => (record.Partition, published.Sequence, published.Event.Frame))).Order();

    private static void AssertContract(List<PublishedRecord> records)
    {
        foreach (IGrouping<int, PublishedRecord> partition in records.GroupBy(record => record.Partition))
        {
            long next = 0, watermark = BatchEnvelope.NoWatermark;
            foreach (PublishedRecord record in partition)
            {
                Assert.Equal(next, record.Envelope.FirstSequence);
                next += record.Events.Count;
                Assert.All(record.Events, published => Assert.True(published.Event.FirstNs >= watermark));
                watermark = Math.Max(watermark, record.Envelope.WatermarkNs);
            }
        }
    }

    private static async Task<(List<PublishedRecord> Records, EventPublisher Publisher, EventStream Stream)> RunAsync(MemoryLog log, IPacketSource source, int pack, Func<ILogAppender, EventPublisher> make)
    {
        if (!log.Topics.List(TimeSpan.Zero).ContainsKey(PublishedLog.Topic))
            log.CreateTopic(PublishedLog.Topic, 4);
        using ILogAppender appender = log.OpenAppender(new AppenderOptions());
        EventPublisher publisher = make(appender);
        var stream = new EventStream(
            new StreamOptions { Sensor = "sensor-1", Run = RunId.FromText("test"), BatchEvents = Math.Max(64, pack) }, new FrameDecoder(), publisher);
        await stream.ReadAsync(source, CancellationToken.None);
        stream.Finish();
        Assert.True(appender.Flush(TimeSpan.FromSeconds(60), CancellationToken.None));
        return (PublishedLog.ReadAll(log), publisher, stream);
    }

    /// <summary>Takes so many records and then no more, until somebody is ready to wait.</summary>
    private sealed class StoppedLog(ILogAppender inner, int room) : ILogAppender
    {
        private int _left = room;

        public AppendBooks Books => inner.Books;

        public int PartitionCount(string topic) => inner.PartitionCount(topic);

        public void Append(OutgoingBatch batch, CancellationToken cancellationToken) => inner.Append(batch, cancellationToken);

        public int TryAppend(OutgoingBatch batch, int first = 0)
        {
            var part = new OutgoingBatch(batch.Topic);
            for (int index = first; index < batch.Count && _left > 0; index++, _left--)
                part.AddFrom(batch, index);
            return inner.TryAppend(part);
        }

        public bool Flush(TimeSpan timeout, CancellationToken cancellationToken) => inner.Flush(timeout, cancellationToken);

        public void Dispose() => inner.Dispose();
    }

    /// <summary>Is full after so many records, and nobody waits; it would have room again at once.</summary>
    private sealed class AbandonedLog(ILogAppender inner, int records, CancellationTokenSource patience) : ILogAppender
    {
        private int _left = records;

        public AppendBooks Books => inner.Books;

        public int PartitionCount(string topic) => inner.PartitionCount(topic);

        public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
        {
            var part = new OutgoingBatch(batch.Topic);
            for (int index = 0; index < batch.Count && (_left > 0 || patience.IsCancellationRequested); index++, _left--)
                part.AddFrom(batch, index);
            inner.Append(part, CancellationToken.None);
            if (part.Count == batch.Count)
                return;
            patience.Cancel();
            cancellationToken.ThrowIfCancellationRequested();
        }

        public int TryAppend(OutgoingBatch batch, int first = 0) => inner.TryAppend(batch, first);

        public bool Flush(TimeSpan timeout, CancellationToken cancellationToken) => inner.Flush(timeout, cancellationToken);

        public void Dispose() => inner.Dispose();
    }

    /// <summary>Takes so many records and then dies.</summary>
    private sealed class DyingLog(ILogAppender inner, int records) : ILogAppender
    {
        private int _left = records;

        public AppendBooks Books => inner.Books;

        public int PartitionCount(string topic) => inner.PartitionCount(topic);

        public void Append(OutgoingBatch batch, CancellationToken cancellationToken)
        {
            var part = new OutgoingBatch(batch.Topic);
            for (int index = 0; index < batch.Count && _left > 0; index++, _left--)
                part.AddFrom(batch, index);
            inner.Append(part, cancellationToken);
            if (_left == 0)
                throw new OperationCanceledException("died");
        }

        public int TryAppend(OutgoingBatch batch, int first = 0) => inner.TryAppend(batch, first);

        public bool Flush(TimeSpan timeout, CancellationToken cancellationToken) => inner.Flush(timeout, cancellationToken);

        public void Dispose() => inner.Dispose();
    }
}
