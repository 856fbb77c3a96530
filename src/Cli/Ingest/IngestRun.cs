using IcmpStream.Cli.Presentation;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;

namespace IcmpStream.Cli.Ingest;

/// <summary>One run of a source into the log: opened, read as often as asked, ended, flushed, and accounted for.</summary>
internal sealed class IngestRun : IDisposable
{
    /// <summary>How long the end waits between two looks at whether it may still wait.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    /// <summary>How long a run that was asked to stop waits for the brokers: three of their default request timeouts (request.timeout.ms, 30 s) would be a hang.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Events that travel together: enough for 512 in each of 16 partitions, so that packed records fill and a call of the client library is
    /// worth its price. They are 1 MiB.
    /// </summary>
    private const int BatchEvents = 8192;

    private readonly IngestOptions _options;
    private readonly ILogAppender _appender;
    private readonly EventPublisher _publisher;
    private readonly EventStream _stream;
    private readonly FrameDecoder _decoder = new();
    private readonly CancellationToken _stop;
    private IPacketSource? _source;
    private long _loop;
    private long _dropsBefore;
    private long _bytesBefore;

    /// <summary>A run that has read nothing. Throws <see cref="LogException"/> where the topic is missing.</summary>
    /// <param name="log">The log.</param>
    /// <param name="options">What is ingested.</param>
    /// <param name="pace">Wraps the way into the log, to hold it back; null for none.</param>
    /// <param name="stop">Ends the reading.</param>
    public IngestRun(ILog log, IngestOptions options, Func<IEventSink, IEventSink>? pace, CancellationToken stop)
    {
        _options = options;
        _stop = stop;
        _appender = log.OpenAppender(options.Appender(AppendProfile.Replay, appenders: 1));
        try
        {
            _publisher = new EventPublisher(
                _appender, options.Topic, options.Header.Span, options.Pack, stop)
            {
                FoldsHotKeys = options.Folds,
                ResumeAt = options.Resumes ? RunResume.Read(log, options.Topic, options.Run, stream: 0, stop).Next : [],
            };
            _stream = new EventStream(
                new StreamOptions { Sensor = options.Sensor, Run = options.Run, Domain = options.Domain, Speed = options.Speed, BatchEvents = BatchEvents },
                _decoder,
                pace?.Invoke(_publisher) ?? _publisher);
        }
        catch
        {
            _appender.Dispose();
            throw;
        }
    }

    /// <summary>How far it is.</summary>
    public Progress Progress => _source?.LengthBytes is { } length
        ? new Progress((_loop * length) + _source.PositionBytes, _options.Loops * length, _stream.FramesRead)
        : new Progress(0, null, _stream.FramesRead);

    /// <summary>What went in and what became of it.</summary>
    public IngestBooks Books => new(
        _stream.FramesRead, _publisher.Events, _stream.LateEvents, _stream.Outcomes, _publisher.Ticks, _publisher.Records, _appender.Books)
    {
        Folded = _publisher.FoldedEvents,
        Shed = _publisher.ShedEvents,
        Resumed = _publisher.ResumedEvents,
        Datagrams = _stream.Datagrams,
    };

    /// <summary>Frames lost before they reached the source, in all loops.</summary>
    public long KernelDrops => Volatile.Read(ref _dropsBefore) + (_source?.Statistics.KernelDrops ?? 0);

    /// <summary>Captured bytes of the frames read, in all loops.</summary>
    public long CapturedBytes => Volatile.Read(ref _bytesBefore) + (_source?.Statistics.CapturedBytes ?? 0);

    /// <summary>Why it is not at work; null while it reads.</summary>
    public string? NotReady => _source is null ? "opening the source" : null;

    /// <summary>What was wrong with the capture; null where nothing was.</summary>
    public ContainerDamage? Damage { get; private set; }

    /// <summary>True where the whole source was read; false where it was stopped, and the stream is left open to be resumed.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>Reads the source and waits until the log has everything. <paramref name="note"/> takes lines for the user.</summary>
    public async Task RunAsync(SourceAddress address, Action<string> note)
    {
        for (; _loop < _options.Loops && Damage is null && !_stop.IsCancellationRequested; _loop++)
        {
            Volatile.Write(ref _dropsBefore, KernelDrops);
            Volatile.Write(ref _bytesBefore, CapturedBytes);
            using IPacketSource source = _source = PacketSource.Open(address);
            await _stream.ReadAsync(source, _stop);
            Damage = source.Statistics.Damage;
        }

        if (!_stop.IsCancellationRequested)
        {
            _stream.Finish();
            IsFinished = true;
        }

        Flush(note);
    }

    /// <summary>Lets go of the log; what it has not delivered by then is given up and counted.</summary>
    public void Dispose() => _appender.Dispose();

    private void Flush(Action<string> note)
    {
        TimeSpan waited = TimeSpan.Zero;
        while (!_appender.Flush(FlushTime, CancellationToken.None))
        {
            waited += FlushTime;
            if (_stop.IsCancellationRequested && waited >= DrainTime)
            {
                // What has no outcome is given up here, so that the books have it.
                _appender.Dispose();
                return;
            }

            if (waited.Ticks % (10 * FlushTime.Ticks) == 0)
                note($"waiting for the brokers to take {_appender.Books.InFlight} records");
        }
    }
}
