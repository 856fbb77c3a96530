using IcmpStream.Ingest.Publish;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Schemas;

namespace IcmpStream.Ingest.Tests.Publish;

/// <summary>A live source whose log stands still, with a folder to spill to.</summary>
public sealed class SpillTests : IDisposable
{
    private const long Start = 1_700_000_000_000_000_000;
    private const int Batch = 40;

    private static readonly byte[] Header = RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint);

    private readonly string _folder = Directory.CreateTempSubdirectory("icmpstream-spill-").FullName;
    private readonly MemoryLog _log = new();

    public SpillTests() => _log.CreateTopic(PublishedLog.Topic, 4);

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    public void What_the_log_does_not_take_comes_from_disk_in_order_once_it_does(int pack)
    {
        using var folder = new SpillFolder(_folder, 64 << 20);
        using EventSpill spill = folder.Open(0);
        using var gate = new Gate(_log.OpenAppender(new AppenderOptions()));
        var run = new Run(gate, spill, pack, "first");
        run.Give(10);
        gate.IsClosed = true;
        run.Give(200);
        Assert.Equal((200 * Batch, 200 * Batch), (spill.Written, spill.Left));
        Assert.True(folder.Bytes > 0);
        gate.IsClosed = false;
        run.Give(10);
        run.End();

        Assert.Equal((0L, 0L, 0L), (spill.Left, folder.Bytes, run.Publisher.ShedEvents));
        Assert.Empty(Directory.GetFiles(_folder, "*.spill"));
        AssertComplete(run, PublishedLog.ReadAll(_log), 220 * Batch);
    }

    [Fact]
    public void What_a_process_leaves_on_disk_the_next_one_sends_first()
    {
        using (var folder = new SpillFolder(_folder, 64 << 20))
        using (EventSpill spill = folder.Open(0))
        using (var gate = new Gate(_log.OpenAppender(new AppenderOptions())))
        {
            var run = new Run(gate, spill, 1, "first") { Patience = new CancellationToken(canceled: true) };
            run.Give(5);
            gate.IsClosed = true;
            run.Give(20);
            run.End();
            Assert.Equal(20 * Batch, spill.Left);
            Assert.Equal((25 * Batch, 0), (run.Publisher.Events, run.Publisher.ShedEvents));

            // Nobody else may have it meanwhile.
            Assert.ThrowsAny<IOException>(() => new SpillFolder(_folder, 64 << 20));
        }

        // The process ended in the middle of its last record, and something else lies there too.
        string[] segments = [.. Directory.GetFiles(_folder, "*.spill").Order(StringComparer.Ordinal)];
        using (FileStream last = File.OpenWrite(segments[^1]))
        {
            last.Seek(0, SeekOrigin.End);
            last.Write(new byte[37]);
        }

        File.WriteAllText(Path.Combine(_folder, "0.spill"), "no segment");
        using (var folder = new SpillFolder(_folder, 64 << 20))
        using (EventSpill spill = folder.Open(0))
        using (var gate = new Gate(_log.OpenAppender(new AppenderOptions())))
        {
            var run = new Run(gate, spill, 1, "second");
            run.Give(5);
            run.End();
            Assert.Equal((20 * Batch, 0, 0), (spill.Recovered, spill.Left, spill.Written));
            Assert.Null(spill.Failure);
        }

        List<PublishedRecord> records = PublishedLog.ReadAll(_log);
        Assert.Equal(30 * Batch, records.Sum(record => record.Events.Count));
        Assert.Equal(8, records.Count(record => record.Envelope.Final));
        foreach (IGrouping<(int, RunId), PublishedRecord> stream in records.GroupBy(record => (record.Partition, record.Envelope.Run)))
        {
            long[] sequences = [.. stream.SelectMany(record => record.Events).Select(published => published.Sequence)];
            Assert.Equal(Enumerable.Range(0, sequences.Length).Select(i => (long)i), sequences);
        }
    }

    [Fact]
    public void A_folder_that_is_full_sheds_what_comes_and_counts_it()
    {
        using var folder = new SpillFolder(_folder, 100_000);
        using EventSpill spill = folder.Open(0);
        using var gate = new Gate(_log.OpenAppender(new AppenderOptions())) { IsClosed = true };
        var run = new Run(gate, spill, 1, "first");
        run.Give(100);
        Assert.True(run.Publisher.ShedEvents > 1000, $"{run.Publisher.ShedEvents} shed");
        Assert.Equal(100 * Batch, run.Publisher.ShedEvents + spill.Left);
        Assert.InRange(folder.Bytes, 90_000, 100_000);
        gate.IsClosed = false;
        run.Give(1);
        run.End();
        Assert.Equal(101 * Batch, PublishedLog.ReadAll(_log).Sum(record => record.Events.Count) + run.Publisher.ShedEvents);
        Assert.Equal(run.Publisher.Records, PublishedLog.ReadAll(_log).Count);
    }

    private static void AssertComplete(Run run, List<PublishedRecord> records, int events)
    {
        Assert.Equal((events, events), (records.Sum(record => record.Events.Count), run.Publisher.Events));
        Assert.Equal(run.Publisher.Records, records.Count);
        foreach (IGrouping<int, PublishedRecord> partition in records.GroupBy(record => record.Partition))
        {
            long[] sequences = [.. partition.SelectMany(record => record.Events).Select(published => published.Sequence)];
            Assert.Equal(Enumerable.Range(0, sequences.Length).Select(i => (long)i), sequences);
            long[] frames = [.. partition.SelectMany(record => record.Events).Select(published => published.Event.Frame)];
            Assert.Equal(frames.Order(), frames);
            Assert.True(partition.Last().Envelope.Final);
        }
    }

    /// <summary>A live source that gives batches.</summary>
    private sealed class Run(ILogAppender appender, EventSpill spill, int pack, string name)
    {
        private readonly EventBuffer _events = new();
        private EventPublisher? _publisher;
        private BatchEnvelope _envelope = new() { Sensor = "tap", Run = RunId.FromText(name), WatermarkNs = Start };
        private long _given;

        public CancellationToken Patience { get; init; }

        public EventPublisher Publisher => _publisher ??= new EventPublisher(appender, PublishedLog.Topic, Header, pack, Patience) { Spill = spill };

        public void Give(int batches)
        {
            for (int batch = 0; batch < batches; batch++)
            {
                _events.Clear();
                for (int i = 0; i < Batch; i++, _given++)
                {
                    ref IcmpEvent e = ref _events.Add();
                    (e.Source, e.Destination, e.IpVersion, e.Type) = (Address.FromIpv4(0x0A000000u + (uint)(_given % 61)), Address.FromIpv4(0xC0000201), 4, 8);
                    (e.Frame, e.FirstNs, e.Bytes) = (_given + 1, _envelope.WatermarkNs + _given, 84);
                }

                _envelope.WatermarkNs += 1_000_000;
                Publisher.Accept(_envelope, _events);
            }
        }

        public void End()
        {
            _events.Clear();
            _envelope.Final = true;
            Publisher.Accept(_envelope, _events);
        }
    }

    /// <summary>A log that can be told to take nothing.</summary>
    private sealed class Gate(ILogAppender inner) : ILogAppender
    {
        public bool IsClosed { get; set; }

        public AppendBooks Books => inner.Books;

        public int PartitionCount(string topic) => inner.PartitionCount(topic);

        public void Append(OutgoingBatch batch, CancellationToken cancellationToken) => inner.Append(batch, cancellationToken);

        public int TryAppend(OutgoingBatch batch, int first = 0) => IsClosed ? 0 : inner.TryAppend(batch, first);

        public bool Flush(TimeSpan timeout, CancellationToken cancellationToken) => inner.Flush(timeout, cancellationToken);

        public void Dispose() => inner.Dispose();
    }
}
