using System.Diagnostics;
using IcmpStream.Bench.Harness;
using IcmpStream.Bench.Kafka;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Cluster;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Schemas;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// The whole way on one machine: a capture is read, decoded and published to an embedded Kafka in a process of its own, while a processor of one
/// thread turns it into exchanges, rates and alerts there; at-least-once, since that Kafka keeps no transactional offsets.
/// </summary>
internal sealed class EndToEndSuite : ISuite
{
    private const int Partitions = 8;

    /// <summary>Packed records are events by the hundred, as many as KafkaSuite packs.</summary>
    private const int Pack = 512;

    /// <summary>Seconds of traffic: as much as fits what the embedded Kafka keeps, 5 MiB a partition, compressed.</summary>
    private const int SingleSeconds = 5, PackedSeconds = 16;

    /// <summary>Seconds of the replay at its own speed: one before the flood, and enough behind for its alert.</summary>
    private const int LiveSeconds = 4;

    private const int CountedRuns = 3;
    private const string Group = "bench";

    /// <summary>
    /// The embedded Kafka answers a fetch that finds nothing only when its wait is over, where a real one answers as soon as there is something; the default of
    /// 500 ms would be measured at each of three stages.
    /// </summary>
    private static readonly KeyValuePair<string, string>[] ClientSettings = [new("fetch.wait.max.ms", "10")];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(2);

    public string Name => "end-to-end";

    public void Run(Metrics metrics, string folder)
    {
        Console.WriteLine($"capture, embedded Kafka ({Partitions} partitions), processor of one thread, alert, all on this machine:");
        string single = Captures.Attack(folder, SingleSeconds), packed = Captures.Attack(folder, PackedSeconds);
        // The first compiles the code.
        Replay(single, pack: 1, speed: null);
        metrics.Add("end_to_end_single_meps", Median(single, 1), "million events/s from capture to committed outputs, single records");
        metrics.Add("end_to_end_packed_meps", Median(packed, Pack), $"million events/s from capture to committed outputs, --pack {Pack}");
        metrics.Add("alert_latency_ms", Replay(Captures.Attack(folder, LiveSeconds), 1, speed: 1).AlertMs, "ms from the packet that opened the flood's alert to a consumer that has the alert; 500 of them are the allowed lateness");
    }

    private static double Median(string capture, int pack) =>
        Enumerable.Range(0, CountedRuns).Select(_ => Replay(capture, pack, speed: null)).Select(run => run.Events / run.Seconds / 1e6).Order().ElementAt(CountedRuns / 2);

    private static (long Events, double Seconds, double AlertMs) Replay(string capture, int pack, double? speed)
    {
        var topics = new TopicCatalog(new TopicCatalogOptions { PairPartitions = Partitions, HostPartitions = Partitions });
        using var broker = new BrokerProcess([.. topics.All.Select(topic => (topic.Name, topic.Partitions))]);
        using KafkaLog log = KafkaLog.Connect(new ClusterOptions { Brokers = broker.Brokers, Settings = ClientSettings });
        using var stop = new CancellationTokenSource();
        var host = new ProcessorHost(log, new ProcessorOptions { Group = Group, Topics = topics, Guarantee = Guarantee.AtLeastOnce });
        Task<ProcessorExit> processor = host.RunAsync(stop.Token);
        Wait(processor, () => host.NotReady is null);
        using ILogReader alerts = log.OpenReader(new ReaderOptions { Topics = [topics.Alert.Name] });

        long started = Stopwatch.GetTimestamp();
        Task<long> ingest = Task.Run(() => Ingest(log, topics.Event.Name, capture, pack, speed));
        Alert alert = null!;
        Wait(processor, () => ingest.IsFaulted || TryFindAlert(alerts, out alert));
        double alertMs = Stopwatch.GetElapsedTime(started).TotalMilliseconds - ((alert.OpenedNs - Captures.StartNs) / 1e6);
        long events = ingest.GetAwaiter().GetResult();
        foreach (string topic in (string[])[topics.Event.Name, topics.Partial.Name, topics.Finding.Name])
            WaitForCommits(processor, log, topic);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        stop.Cancel();
        ProcessorBooks books = processor.GetAwaiter().GetResult().Books;
        return books.Processed == events && books.Missing == 0
            ? (events, seconds, alertMs)
            : throw new InvalidOperationException($"{books.Processed} of {events} events were processed, {books.Missing} went missing");
    }

    private static long Ingest(KafkaLog log, string topic, string capture, int pack, double? speed)
    {
        using ILogAppender appender = log.OpenAppender(new AppenderOptions { IsPacked = pack > 1, Profile = speed is null ? AppendProfile.Replay : AppendProfile.Live });
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        var publisher = new EventPublisher(appender, topic, RecordFrame.SingleObjectHeader(SchemaText.IcmpEventBatch.Fingerprint), pack, CancellationToken.None);
        var options = new StreamOptions { Sensor = "bench", Run = RunId.Random(), Speed = speed, BatchEvents = Pack * Partitions };
        var stream = new EventStream(options, new FrameDecoder(), publisher);
        stream.ReadAsync(source, CancellationToken.None).GetAwaiter().GetResult();
        stream.Finish();
        appender.Flush(Timeout.InfiniteTimeSpan, CancellationToken.None);
        return publisher.Events;
    }

    private static bool TryFindAlert(ILogReader reader, out Alert alert)
    {
        alert = null!;
        RecordBatch? batch = reader.Poll(LookInterval, CancellationToken.None);
        for (int i = 0; i < (batch?.Count ?? 0); i++)
        {
            if (RecordFrame.Parse(batch![i].Value, out RecordFrame frame) != AvroError.None || AlertCodec.Read(frame.Body, out alert) != AvroError.None)
                throw new InvalidOperationException("an alert could not be read back");
            if (alert.State == AlertState.Open && alert.Destination == Captures.Victim)
                return true;
        }

        return false;
    }

    private static void WaitForCommits(Task processor, KafkaLog log, string topic)
    {
        LogPartition[] partitions = [.. Enumerable.Range(0, log.Topics.List(Patience)[topic]).Select(p => new LogPartition(topic, p))];
        IReadOnlyList<LogPosition> ends = log.EndOffsets(partitions, Patience);
        Wait(processor, () => log.CommittedOffsets(Group, partitions, Patience).Zip(ends).All(pair => Math.Max(0, pair.First.Offset) >= pair.Second.Offset));
    }

    private static void Wait(Task processor, Func<bool> condition)
    {
        long started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (processor.IsCompleted)
                processor.GetAwaiter().GetResult();
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new InvalidOperationException($"nothing came of it in {Patience.TotalSeconds} s");
            Thread.Sleep(LookInterval);
        }
    }
}
