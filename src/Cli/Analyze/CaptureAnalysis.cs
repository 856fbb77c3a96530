using System.Diagnostics;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Processor.Topology;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Analyze;

/// <summary>One capture through the whole pipeline in this process.</summary>
internal sealed class CaptureAnalysis
{
    private readonly EventStream _stream;
    private readonly AnalyzePipeline _pipeline;
    private readonly Stopwatch _clock = new();

    /// <summary>An analysis that has read nothing.</summary>
    /// <param name="run">The run that the results belong to.</param>
    /// <param name="options">The stages' options.</param>
    /// <param name="alertsAlone">True where nobody will ask for exchanges and rates.</param>
    public CaptureAnalysis(RunId run, AnalyzeOptions options, bool alertsAlone = false)
    {
        Run = run;
        Result = new AnalyzeResult(alertsAlone);
        _pipeline = new AnalyzePipeline(options, Result);
        _stream = new EventStream(new StreamOptions { Sensor = "analyze", Run = run }, new FrameDecoder(), new PipelineSink(_pipeline));
    }

    /// <summary>The run that the results belong to.</summary>
    public RunId Run { get; }

    /// <summary>What came out.</summary>
    public AnalyzeResult Result { get; }

    /// <summary>Frames by outcome.</summary>
    public DecodeCounters Outcomes => _stream.Outcomes;

    /// <summary>The books of fragmented datagrams.</summary>
    public DatagramCounters Datagrams => _stream.Datagrams;

    /// <summary>Events that were late: in no rate, exchange or alert.</summary>
    public long LateEvents => _stream.LateEvents;

    /// <summary>The pair stage's books.</summary>
    public PairCounters Pair => _pipeline.Pair;

    /// <summary>Exchanges put out with an outcome.</summary>
    public long Exchanges(EchoOutcome outcome) => _pipeline.Exchanges(outcome);

    /// <summary>Alerts opened, by rule.</summary>
    public IReadOnlyDictionary<string, long> AlertsOpened => _pipeline.Verdict.Opened;

    /// <summary>Time that reading took.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>Reads a started source to its end, its damage, or until stopped; the results are then complete for what was read.</summary>
    public async Task RunAsync(IPacketSource source, CancellationToken stop)
    {
        _clock.Start();
        await _stream.ReadAsync(source, stop);
        _stream.Finish();
        _pipeline.Finish();
        _clock.Stop();
    }
}
