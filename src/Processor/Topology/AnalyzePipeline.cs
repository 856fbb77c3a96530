using IcmpStream.Processor.Detect;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Topology;

/// <summary>Takes what the whole pipeline puts out. Arguments end with the call.</summary>
public interface IAnalyzeSink
{
    /// <summary>Takes an exchange.</summary>
    void Accept(in EchoExchange exchange);

    /// <summary>Takes what a pair's round-trip times in a window came to.</summary>
    void Accept(PairRtt rtt);

    /// <summary>Takes a rate.</summary>
    void Accept(in SourceRate rate);

    /// <summary>Takes a revision of an alert; it is the sink's to keep.</summary>
    void Accept(Alert alert);
}

/// <summary>How the pipeline in one process works; partition counts are 1.</summary>
public sealed record AnalyzeOptions
{
    /// <summary>The pair stage's options.</summary>
    public PairOptions Pair { get; init; } = new();

    /// <summary>The host stage's options.</summary>
    public HostOptions Host { get; init; } = new();

    /// <summary>The verdict stage's options.</summary>
    public VerdictOptions Verdict { get; init; } = new();

    /// <summary>Options with one set of rules for all stages.</summary>
    public static AnalyzeOptions With(RuleSet rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        return new AnalyzeOptions
        {
            Pair = new PairOptions { Rules = rules },
            Host = new HostOptions { Rules = rules },
            Verdict = new VerdictOptions { Networks = rules.Networks },
        };
    }
}

/// <summary>
/// The three stages in one process with one partition each: no broker, no encoding, and the same results. One thread calls it.
/// </summary>
public sealed class AnalyzePipeline
{
    private readonly PairStage _pair;
    private readonly HostStage _host;
    private readonly VerdictStage _verdict;
    private readonly Wiring _wiring;
    private readonly Dictionary<(RunId Run, uint Stream), long> _sequences = [];

    /// <summary>Makes a pipeline that has seen nothing.</summary>
    public AnalyzePipeline(AnalyzeOptions options, IAnalyzeSink sink)
    {
        ArgumentNullException.ThrowIfNull(options);
        _pair = new PairStage(options.Pair with { Partition = 0, HostPartitions = 1 });
        _host = new HostStage(options.Host with { Partition = 0, PairPartitions = 1, Echo = options.Pair.Echo });
        _verdict = new VerdictStage(options.Verdict with { PairPartitions = 1, HostPartitions = 1 });
        _wiring = new Wiring(_host, _verdict, sink);
    }

    /// <summary>The pair stage's books: events in = processed + late + duplicate.</summary>
    public PairCounters Pair => _pair.Counters;

    /// <summary>The host stage's books.</summary>
    public HostCounters Host => _host.Counters;

    /// <summary>Exchanges put out with an outcome, by both stages.</summary>
    public long Exchanges(EchoOutcome outcome) => Pair.Exchanges(outcome) + Host.Exchanges(outcome);

    /// <summary>The verdict stage's books.</summary>
    public VerdictCounters Verdict => _verdict.Counters;

    /// <summary>
    /// Takes a batch of a stream, which ends with one that is final. Sequences are given here, since nothing comes twice: what
    /// <see cref="BatchEnvelope.FirstSequence"/> says is not read.
    /// </summary>
    public void Accept(in BatchEnvelope envelope, EventBuffer events)
    {
        ArgumentNullException.ThrowIfNull(events);
        BatchEnvelope numbered = envelope;
        numbered.FirstSequence = _sequences.GetValueOrDefault((envelope.Run, envelope.Stream));
        _sequences[(envelope.Run, envelope.Stream)] = numbered.FirstSequence + events.Count;
        _pair.Accept(numbered, events, _wiring);
    }

    /// <summary>
    /// To be called behind the final batch of every stream; everything has gone to the sink then. Throws
    /// <see cref="InvalidOperationException"/> where a stream has not ended: nothing here invents time.
    /// </summary>
    public void Finish()
    {
        if (!_pair.IsDrained || !_host.IsDrained || !_verdict.IsDrained)
            throw new InvalidOperationException("a stream has not ended: " + string.Join(", ", _pair.OpenStreams()));
    }

    private sealed class Wiring(HostStage host, VerdictStage verdict, IAnalyzeSink sink) : IPairSink, IHostSink, IVerdictSink
    {
        public void Accept(in EchoExchange exchange) => sink.Accept(exchange);

        public void Accept(PairRtt rtt) => sink.Accept(rtt);

        public void Accept(PartialBuffer partial) => host.Accept(partial, this);

        public void Accept(Finding finding) => verdict.Accept(finding, this);

        public void Accept(in SourceRate rate) => sink.Accept(rate);

        public void Accept(Alert alert) => sink.Accept(alert);

        // Counted by the pair stage; there is no topic to send it to.
        public void Late(in BatchEnvelope envelope, EventBuffer events, int index)
        {
        }
    }
}
