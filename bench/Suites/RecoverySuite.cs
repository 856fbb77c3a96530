using IcmpStream.Bench.Harness;
using IcmpStream.Bench.Kafka;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Memory;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Processor.State.Checkpoint;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// What recovery costs: the state of a host stage with a million sources written down and taken up again; and what commits and checkpoints cost the
/// processor on the in-memory log, all three stages, encoding and decoding included.
/// </summary>
internal sealed class RecoverySuite : ISuite
{
    private const int Sources = 1_000_000;
    private const int Targets = 1_000;
    private const int LogEvents = 500_000;
    private const int EventsPerRecord = 256;

    public string Name => "recovery";

    public void Run(Metrics metrics, string folder)
    {
        Console.WriteLine($"a host stage with {Sources:N0} sources, and {LogEvents:N0} events through the processor on the in-memory log:");
        Restore(metrics);
        Intervals(metrics);
    }

    private static void Restore(Metrics metrics)
    {
        HostStage host = FillHost();
        var writer = new CheckpointWriter();
        Rounds rounds = new Rounds()
            .Add("save", () =>
            {
                writer.Clear();
                writer.Save(host);
            })
            .Add("restore_one", () => Load(writer, threads: 1))
            .Add("restore", () => Load(writer, Environment.ProcessorCount))
            .Run(rounds: 5);
        double megabytes = writer.Length / 1e6;
        metrics.Add("checkpoint_bytes_per_source", (double)writer.Length / host.Hosts, "of a host stage's checkpoint");
        metrics.Add("checkpoint_save_mb_per_s", megabytes / rounds.Seconds("save"), "MB/s, on the owner's thread, which works on nothing else");
        metrics.Add("restore_seconds", rounds.Seconds("restore"), $"s for {host.Hosts:N0} sources, chunks in memory and hashed, {Environment.ProcessorCount} threads");
        metrics.Add("restore_mb_per_s", megabytes / rounds.Seconds("restore"), "MB/s, the same");
        metrics.Add("restore_mb_per_s_one_thread", megabytes / rounds.Seconds("restore_one"), "MB/s, on one thread");
    }

    private static void Load(CheckpointWriter writer, int threads)
    {
        var chunks = new ReadOnlyMemory<byte>[writer.ChunkCount];
        ulong hash = 0;
        for (int i = 0; i < chunks.Length; i++)
        {
            chunks[i] = writer.Chunk(i);
            hash ^= XxHash64.Hash(chunks[i].Span);
        }

        var host = new HostStage(new HostOptions());
        CheckpointReader.Load(chunks, host, threads);
        if (host.Hosts < Sources || hash == 0)
            throw new InvalidOperationException($"{host.Hosts} sources restored instead of {Sources}");
    }

    // A million sources, one request each, within one window.
    private static HostStage FillHost()
    {
        var traffic = new PingTraffic(Sources, Targets, eventsPerSecond: 500_000);
        var pair = new PairStage(new PairOptions());
        var host = new HostStage(new HostOptions());
        var sink = new HostSink(host);
        for (int done = 0; done < (2 * Sources) + 400_000;)
        {
            EventBuffer batch = traffic.Next(out BatchEnvelope envelope);
            pair.Accept(envelope, batch, sink);
            done += batch.Count;
        }

        return host;
    }

    private static void Intervals(Metrics metrics)
    {
        using MemoryLog log = FillLog(out TopicCatalog topics);
        int run = 0;
        var options = new ProcessorOptions { Group = "", Topics = topics, UntilEnd = true, CheckpointInterval = TimeSpan.Zero };
        (string Name, ProcessorOptions Options)[] shapes =
        [
            ("100ms", options),
            ("10ms", options with { CommitInterval = TimeSpan.FromMilliseconds(10) }),
            ("1000ms", options with { CommitInterval = TimeSpan.FromSeconds(1) }),
            ("100ms_checkpoint_1s", options with { CheckpointInterval = TimeSpan.FromSeconds(1) }),
            ("100ms_checkpoint_100ms", options with { CheckpointInterval = TimeSpan.FromMilliseconds(100) }),
        ];
        var race = new Race();
        foreach ((string name, ProcessorOptions shape) in shapes)
            race.Add(name, () => Process(log, shape with { Group = $"bench{run++}" }));
        race.Run(rounds: 3);
        // Processor time, since the wall clock has the wait for three last commits, one behind the other, in it.
        foreach ((string name, _) in shapes)
            metrics.Add($"process_log_cpu_us_per_event_commit_{name}", race.CpuMicroseconds(name), "CPU of an event from log to log, all three stages and rules, one member");
    }

    private static Taken Process(MemoryLog log, ProcessorOptions options)
    {
        Stretch stretch = Stretch.Begin();
        ProcessorExit exit = new ProcessorHost(log, options).RunAsync(CancellationToken.None).GetAwaiter().GetResult();
        if (exit.Reason != ExitReason.Ended)
            throw new InvalidOperationException($"it ended as {exit.Reason}");
        return stretch.End(LogEvents);
    }

    private static MemoryLog FillLog(out TopicCatalog topics)
    {
        topics = new TopicCatalog(new TopicCatalogOptions { PairPartitions = 1, HostPartitions = 1 });
        var log = new MemoryLog();
        log.Apply(topics.All, TimeSpan.Zero);
        using ILogAppender appender = log.OpenAppender(new AppenderOptions());
        var traffic = new PingTraffic(100_000, Targets, eventsPerSecond: 500_000);
        byte[] header = RecordHeaders.SingleObject.Event.ToArray();
        var outgoing = new OutgoingBatch(topics.Event.Name);
        BatchEnvelope last = default;
        long sequence = 0;
        for (int done = 0; done < LogEvents;)
        {
            EventBuffer batch = traffic.Next(out BatchEnvelope envelope);
            for (int start = 0; start < batch.Count; start += EventsPerRecord)
            {
                // Only the last record of a batch may carry the watermark behind it.
                int[] indices = [.. Enumerable.Range(start, Math.Min(EventsPerRecord, batch.Count - start))];
                BatchEnvelope part = envelope;
                if (start + indices.Length < batch.Count)
                    part.WatermarkNs = last.WatermarkNs == 0 ? BatchEnvelope.NoWatermark : last.WatermarkNs;
                Add(outgoing, part, sequence, batch, indices, header);
                sequence += indices.Length;
            }

            last = envelope;
            done += batch.Count;
            appender.Append(outgoing, CancellationToken.None);
            outgoing.Clear();
        }

        last.Final = true;
        Add(outgoing, last, sequence, new EventBuffer(1), [], header);
        appender.Append(outgoing, CancellationToken.None);
        return log;
    }

    private static void Add(OutgoingBatch outgoing, BatchEnvelope envelope, long sequence, EventBuffer events, int[] indices, byte[] header)
    {
        Span<byte> room = outgoing.Reserve(IcmpEventBatchCodec.MaxBytes(events, indices));
        if (!IcmpEventBatchCodec.TryWrite(new EncodedEnvelope(envelope, header), sequence, events, indices, room, out int written))
            throw new InvalidOperationException("an event is larger than its own bound");
        outgoing.Commit(0, 0, written);
    }

    private sealed class HostSink(HostStage host) : IPairSink, IHostSink
    {
        public void Accept(in EchoExchange exchange)
        {
        }

        public void Accept(PartialBuffer partial) => host.Accept(partial, this);

        public void Accept(PairRtt rtt)
        {
        }

        public void Accept(in SourceRate rate)
        {
        }

        public void Accept(Finding finding)
        {
        }

        public void Late(in BatchEnvelope envelope, EventBuffer events, int index) => throw new InvalidOperationException("nothing is late here");
    }
}
