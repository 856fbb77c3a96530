using System.IO.Pipelines;
using IcmpStream.Bench.Harness;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Processor.Detect;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// One thread through the pair stage and the host stage, with echo matching on, in a steady state. Events come decoded from memory, as
/// the decoder leaves them; what comes out is counted.
/// </summary>
internal sealed class ProcessSuite : ISuite
{
    private const int Sources = 100_000;
    private const int Targets = 1_000;
    private const int EventsPerRound = 2_000_000;
    private const int DecodedFrames = 2_000_000;

    /// <summary>
    /// Events a second while the sources are new: 8,000 pairs, so that the rules come to know all but a few of them (a key group takes in
    /// eight of a slot).
    /// </summary>
    private const long NewEventsPerSecond = 16_000;

    public string Name => "process";

    public void Run(Metrics metrics, string folder)
    {
        Console.WriteLine($"{Sources:N0} sources ping {Targets:N0} targets and are answered; one thread, both stages:");
        string capture = Captures.Echo(folder, DecodedFrames, Captures.PingFrameBytes);
        StageRun dense = Run(5_000_000, RuleSet.None), judged = Run(5_000_000, new RuleSet()), sparse = Run(1_000_000, RuleSet.None);

        // Until every request that will be forgotten has a successor: tables have their final size then.
        dense.Process(6 * EventsPerRound);
        judged.Process(6 * EventsPerRound);
        sparse.Process(2 * EventsPerRound);
        Rounds rounds = new Rounds()
            .Add("decode", () => Decode(capture))
            .Add("process", () => dense.Process(EventsPerRound))
            .Add("detect", () => judged.Process(EventsPerRound))
            .Add("process_sparse", () => sparse.Process(EventsPerRound))
            .Run();
        metrics.Add("process_meps", EventsPerRound / 1e6 / rounds.Seconds("process"), "million events/s, 5 million a second of event time");
        metrics.Add("detect_cost", (1 / rounds.Ratio("detect", "process")) - 1, "more time per event with all rules than with none; at most 0.3");
        metrics.Add("detect_meps", EventsPerRound / 1e6 / rounds.Seconds("detect"), "million events/s with all rules");
        metrics.Add("process_meps_sparse", EventsPerRound / 1e6 / rounds.Seconds("process_sparse"), "million events/s, 1 million a second of event time");
        metrics.Add("process_vs_decode", rounds.Ratio("process", "decode") * EventsPerRound / DecodedFrames, "process_meps / decode_mpps of plain pings");
        metrics.Add("bytes_allocated_per_event", (double)rounds.AllocatedBytes("process") / EventsPerRound, "by both stages in steady state");
        metrics.Add("process_matched_share", dense.MatchedShare, "exchanges matched / requests sent");
        metrics.Add("state_bytes_per_source", StateBytesPerSource(), "host stage with a million sources in the window");
    }

    private static StageRun Run(long eventsPerSecond, RuleSet rules) => new(new PingTraffic(Sources, Targets, eventsPerSecond, NewEventsPerSecond), rules);

    /// <summary>A million sources, one request each, all within one window; then only the host stage is kept.</summary>
    private static double StateBytesPerSource()
    {
        const int sources = 1_000_000;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        HostStage host = FillHost(sources);
        double bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / sources;
        if (host.Hosts < sources)
            throw new InvalidOperationException($"{host.Hosts} sources kept instead of {sources}");
        return bytes;
    }

    private static HostStage FillHost(int sources)
    {
        var run = new StageRun(new PingTraffic(sources, Targets, eventsPerSecond: 500_000), RuleSet.None);
        // Half a second more of event time, so that the last of them have been counted.
        run.Process((2 * sources) + 400_000);
        return run.Host;
    }

    private static int Decode(string capture)
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        var decoder = new FrameDecoder();
        var events = new EventBuffer();
        var batch = new FrameBatch();
        int decoded = 0;
        bool more = true;
        while (more && source.Reader.TryRead(out ReadResult read))
        {
            FrameCursor cursor = source.OpenCursor(read);
            while (decoder.Decode(ref cursor, events, batch) > 0)
            {
                if (!events.IsFull)
                    continue;
                decoded += events.Count;
                events.Clear();
            }

            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        return decoded + events.Count;
    }

    /// <summary>Both stages on one thread, with outputs that are only counted.</summary>
    private sealed class StageRun(PingTraffic traffic, RuleSet rules) : IPairSink, IHostSink
    {
        private readonly PairStage _pair = new(new PairOptions { Rules = rules });
        private long _matched;
        private long _events;

        public HostStage Host { get; } = new(new HostOptions { Rules = rules });

        public double MatchedShare => 2.0 * _matched / _events;

        public void Process(int events)
        {
            for (int done = 0; done < events;)
            {
                EventBuffer batch = traffic.Next(out BatchEnvelope envelope);
                _pair.Accept(envelope, batch, this);
                done += batch.Count;
                _events += batch.Count;
            }
        }

        public void Accept(in EchoExchange exchange) => _matched += exchange.Outcome == EchoOutcome.Matched ? 1 : 0;

        public void Accept(PartialBuffer partial) => Host.Accept(partial, this);

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
