using IcmpStream.Cli.Ingest;
using IcmpStream.Cli.Presentation;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Topics;
using IcmpStream.Processor.Runtime;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Demo;

/// <summary>
/// The main job in one process, over the real protocol: a capture is ingested into a log while a processor works on it; at the end
/// the alerts are read back as any consumer would.
/// </summary>
internal sealed class DemoRun
{
    private const string Group = "icmpstream-demo";

    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(100);

    private readonly ILog _log;
    private readonly TopicCatalog _topics;
    private readonly ProcessorOptions _processorOptions;
    private readonly CancellationToken _stop;
    private Func<Progress> _progress = static () => new Progress(0, null);

    public DemoRun(ILog log, TopicCatalog topics, string prefix, CancellationToken stop)
    {
        _log = log;
        _topics = topics;
        _stop = stop;
        _processorOptions = new ProcessorOptions
        {
            Group = Group,
            Topics = topics,
            // The embedded Kafka forgets offsets that are committed in transactions.
            Guarantee = Guarantee.AtLeastOnce,
        };
    }

    /// <summary>How far the ingest is.</summary>
    public Progress Progress => _progress();

    /// <summary>What went in; after the run.</summary>
    public IngestBooks Ingested { get; private set; } = null!;

    /// <summary>What the processor made of it; after the run.</summary>
    public ProcessorBooks Processed { get; private set; } = null!;

    /// <summary>Alerts as a consumer reads them, all revisions.</summary>
    public List<Alert> Alerts { get; } = [];

    /// <summary>The run's name in the log.</summary>
    public RunId Run { get; } = RunId.Random();

    /// <summary>True where packets, events, records and what was processed add up.</summary>
    public bool IsBalanced => Ingested.IsBalanced && Ingested.Log.Failed == 0
        && Processed.Events == Ingested.Events && Processed.Processed + Processed.Late == Ingested.Events
        && Processed.Missing == 0 && Processed.DeadLetters == 0;

    /// <summary>Runs a capture through. Throws where it was stopped or the processor failed.</summary>
    public async Task RunAsync(string capture, Action<string> note)
    {
        using ILogReader alerts = _log.OpenReader(new ReaderOptions { Topics = [_topics.Alert.Name], From = ReadFrom.End });
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop);
        var host = new ProcessorHost(_log, _processorOptions);
        Task<ProcessorExit> processor = host.RunAsync(end.Token);
        try
        {
            await IngestAsync(capture, host, processor, note);
            if (!await GroupProgress.WaitAsync(_log, Group, _processorOptions.Inputs, processor, _stop) && !processor.IsCompleted)
                throw new CommandFailedException("interrupted before the processor had handled everything");
        }
        catch (CommandFailedException) when (processor.IsFaulted)
        {
            // What the processor says of its failure is the cause, and thrown below.
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)processor).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Processed = (await processor).Books;
        ReadAlerts(alerts);
    }

    private async Task IngestAsync(string capture, ProcessorHost host, Task processor, Action<string> note)
    {
        using var run = new IngestRun(
            _log,
            new IngestOptions { Topic = _topics.Event.Name, Run = Run, Sensor = "demo" },
            sink => new PacedSink(sink, () => host.Books.Events, processor, _stop),
            _stop);
        _progress = () => run.Progress;
        await run.RunAsync(new SourceAddress(SourceKind.Pcap, capture), note);
        Ingested = run.Books;
        _progress = static () => new Progress(1, 1);
        if (!run.IsFinished)
            throw new CommandFailedException($"interrupted after {Ingested.Frames} frames");
    }

    private void ReadAlerts(ILogReader reader)
    {
        LogPosition[] ends = [.. _log.EndOffsets(reader.Partitions, _processorOptions.LogTimeout)];
        while (Array.Exists(ends, end => Math.Max(0, reader.Position(end.Partition)) < end.Offset))
        {
            RecordBatch? batch = reader.Poll(PollTime, _stop);
            for (int i = 0; i < (batch?.Count ?? 0); i++)
            {
                AvroError error = RecordFrame.Parse(batch![i].Value, out RecordFrame frame);
                if (error != AvroError.None || AlertCodec.Read(frame.Body, out Alert alert) != AvroError.None)
                    throw new CommandFailedException($"an alert could not be read back from {batch.Partition}");
                Alerts.Add(alert);
            }
        }
    }
}
