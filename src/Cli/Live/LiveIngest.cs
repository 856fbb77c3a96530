using IcmpStream.Cli.Ingest;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Publish;
using IcmpStream.Ingest.Sources.Live;
using IcmpStream.Kafka;

namespace IcmpStream.Cli.Live;

/// <summary>
/// One run of an interface into the log: a reader for each ring, on a thread of its own, and each a stream of the run. Asked to stop, the
/// rings are drained, the streams ended, and the log flushed.
/// </summary>
internal sealed class LiveIngest : IDisposable
{
    /// <summary>How long a run that was asked to stop waits for the brokers, as for captures.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private readonly Lane[] _lanes;
    private readonly SpillFolder? _spill;
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationTokenSource _end;

    /// <summary>A run that has read nothing. The sources are this run's from here on.</summary>
    public LiveIngest(ILog log, IngestOptions options, IReadOnlyList<LiveSource> sources, CancellationToken stop)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var lanes = new List<Lane>();
        try
        {
            _spill = options.SpillFolder is { } folder ? new SpillFolder(folder, options.SpillBytes) : null;
            foreach (LiveSource source in sources)
                lanes.Add(new Lane(log, options, options.Appender(AppendProfile.Live, sources.Count), _spill, source, (uint)lanes.Count, _giveUp.Token));
        }
        catch (Exception failure)
        {
            lanes.ForEach(lane => lane.Dispose());
            _spill?.Dispose();
            if (failure is IOException or UnauthorizedAccessException)
                throw new CommandFailedException($"cannot spill to {options.SpillFolder}: {Failure.Reason(failure)}", failure);
            throw;
        }

        _lanes = [.. lanes];
    }

    /// <summary>The books of each stream, and the line of its ring.</summary>
    public IEnumerable<(LiveSource Source, IngestBooks Books)> Books => _lanes.Select(lane => (lane.Source, lane.Books));

    /// <summary>What was wrong with the folder to spill to; null where nothing was.</summary>
    public string? SpillFailure => _lanes.Select(lane => lane.SpillFailure).FirstOrDefault(failure => failure is not null);

    /// <summary>Reads until asked to stop, or until an interface is gone for good.</summary>
    public async Task RunAsync()
    {
        using CancellationTokenRegistration patience = _end.Token.Register(() => _giveUp.CancelAfter(DrainTime));
        await Task.WhenAll(_lanes.Select(lane => lane.RunAsync(_end)));
        TimeSpan left = DrainTime;
        foreach (Lane lane in _lanes)
            lane.Flush(left);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lane lane in _lanes)
            lane.Dispose();
        _spill?.Dispose();
        _end.Dispose();
        _giveUp.Dispose();
    }

    /// <summary>One ring with all that reads it: nothing of it is shared, so that nothing is locked.</summary>
    private sealed class Lane : IDisposable
    {
        private readonly ILogAppender _appender;
        private readonly EventSpill? _spill;
        private readonly EventPublisher _publisher;
        private readonly EventStream _stream;

        public Lane(ILog log, IngestOptions options, AppenderOptions queue, SpillFolder? spill, LiveSource source, uint number, CancellationToken giveUp)
        {
            Source = source;
            _appender = log.OpenAppender(queue);
            try
            {
                _spill = spill?.Open(number);
                _publisher = new EventPublisher(
                    _appender, options.Topic, options.Header.Span, options.Pack, giveUp)
                {
                    FoldsHotKeys = options.Folds,
                    WhenFull = options.WhenFull,
                    Spill = _spill,

                    // What waits above the queue is copied once more; a quarter of it keeps the two together near the share that was meant.
                    MaxBacklogBytes = queue.QueueBytes / 4,
                };
                _stream = new EventStream(
                    new StreamOptions
                    {
                        Sensor = options.Sensor,
                        Run = options.Run,
                        Domain = options.Domain ?? StreamOptions.DomainOf(options.Sensor),
                        Stream = number,
                    },
                    new FrameDecoder(),
                    _publisher);
            }
            catch
            {
                _appender.Dispose();
                throw;
            }
        }

        public LiveSource Source { get; }

        public IngestBooks Books => new(
            _stream.FramesRead, _publisher.Events, _stream.LateEvents, _stream.Outcomes, _publisher.Ticks, _publisher.Records, _appender.Books)
        {
            Folded = _publisher.FoldedEvents,
            Shed = _publisher.ShedEvents,
            Spilled = _spill?.Left ?? 0,
            Recovered = _spill?.Recovered ?? 0,
            Datagrams = _stream.Datagrams,
        };

        /// <summary>What was wrong with the disk; null where nothing was.</summary>
        public string? SpillFailure => _spill?.Failure;

        /// <summary>Runs the reader on a thread of its own; whatever ends it ends the others too.</summary>
        public Task RunAsync(CancellationTokenSource end)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var thread = new Thread(() =>
            {
                try
                {
                    // Reads of a live source wait in poll, on this thread: nothing here ever leaves it.
                    _stream.ReadAsync(Source, end.Token).GetAwaiter().GetResult();
                    _stream.Finish();
                    end.Cancel();
                    done.SetResult();
                }
#pragma warning disable CA1031 // Handed to whoever awaits the run: an exception must not end the process from a thread.
                catch (Exception e)
#pragma warning restore CA1031
                {
                    end.Cancel();
                    done.SetException(e);
                }
            })
            {
                Name = $"reader {Source.Name}",
                IsBackground = true,
            };
            thread.Start();
            return done.Task;
        }

        /// <summary>Waits until the log has everything; what it has not by then is given up, and the books say so.</summary>
        public void Flush(TimeSpan patience)
        {
            if (!_appender.Flush(patience, CancellationToken.None))
                _appender.Dispose();
        }

        public void Dispose()
        {
            Source.Dispose();
            _spill?.Dispose();
            _appender.Dispose();
        }
    }
}
