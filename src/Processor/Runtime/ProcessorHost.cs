using System.Diagnostics;
using IcmpStream.Kafka;
using IcmpStream.Processor.Runtime.Http;

namespace IcmpStream.Processor.Runtime;

/// <summary>
/// The processor on a log: members of one group, each on a thread of its own, until asked to stop or, with
/// <see cref="ProcessorOptions.UntilEnd"/>, until the input has ended.
/// </summary>
public sealed class ProcessorHost
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private readonly ILog _log;
    private readonly ProcessorOptions _options;
    private ProcessorMember[] _members = [];

    /// <summary>Makes a processor that has not started.</summary>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    public ProcessorHost(ILog log, ProcessorOptions options)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _log = log;
        _options = options;
    }

    /// <summary>What has been done and committed so far; from any thread.</summary>
    public ProcessorBooks Books => _members.Aggregate(new ProcessorBooks(), (sum, member) => sum + member.Status.Books);

    /// <summary>Where questions are answered, once it listens: <c>http://127.0.0.1:8080</c>.</summary>
    public string? HttpAddress { get; private set; }

    /// <summary>Streams that have not ended; from any thread.</summary>
    public int OpenStreams => _members.SelectMany(member => member.Status.OpenStreams).Distinct(StringComparer.Ordinal).Count();

    /// <summary>Slots and windows that event time has not closed; from any thread.</summary>
    public int OpenWindows => _members.Sum(member => member.Status.OpenWindows);

    /// <summary>Bytes of state, as the latest checkpoints wrote it down; from any thread.</summary>
    public long StateBytes => _members.Sum(member => member.Status.StateBytes);

    /// <summary>Why no new records are handled, in a few words; null when they are. From any thread.</summary>
    public string? NotReady => _members switch
    {
        var members when members.Length == 0 || !members.All(member => member.Status.HasJoined) => "joining the group",
        var members when members.Any(member => member.Status.IsReplaying) => "rebuilding state",
        _ => null,
    };

    /// <summary>Works until it stops, and says why. Stopping commits what has been done.</summary>
    /// <exception cref="LogException">The log failed, or a topic is missing.</exception>
    /// <exception cref="IOException">The address for questions is taken, or not one of this machine.</exception>
    public async Task<ProcessorExit> RunAsync(CancellationToken cancellationToken)
    {
        EndOfInput? end = _options.UntilEnd ? new EndOfInput(_log, _options) : null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var members = new List<ProcessorMember>();
        Task<bool>[] runs = [];
        QueryServer? server = null;
        try
        {
            for (int number = 0; number < _options.Threads; number++)
                members.Add(new ProcessorMember(_log, _options, number));
            _members = [.. members];
            runs = [.. _members.Select(member => RunOnThread(member, stop.Token))];
            if (_options.Http is not null)
            {
                server = await QueryServer.StartAsync(_log, _options, _members, () => NotReady);
                HttpAddress = server.Address;
                _options.Note($"questions are answered on {HttpAddress}");
            }

            ExitReason reason = await WatchAsync(runs, end, cancellationToken);
            await stop.CancelAsync();
            bool[] unfenced = await Task.WhenAll(runs);
            if (unfenced.Contains(false))
                reason = ExitReason.Fenced;
            string[] open = [.. members.SelectMany(member => member.Status.OpenStreams).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            string[] undrained = [.. members.SelectMany(member => member.Status.Undrained).Select(partition => partition.ToString()).Order(StringComparer.Ordinal)];
            return new ProcessorExit(reason, open, end?.Behind ?? [], undrained, Books);
        }
        finally
        {
            // A member is its thread's until that has ended; what went wrong there is thrown above.
            await stop.CancelAsync();
            if (server is not null)
                await server.DisposeAsync();
            await ((Task)Task.WhenAll(runs)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (ProcessorMember member in members)
                member.Dispose();
        }
    }

    private async Task<ExitReason> WatchAsync(Task<bool>[] runs, EndOfInput? end, CancellationToken cancellationToken)
    {
        var progress = new ProgressWatch();
        long lastProgress = Stopwatch.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            Task<bool>? over = Array.Find(runs, run => run.IsCompleted);
            if (over is not null)
                return await over ? ExitReason.Stopped : ExitReason.Fenced;
            if (end is not null)
            {
                if (progress.HasMoved(_members.Sum(member => member.Status.Committed.Sum(position => Math.Max(0, position.Offset))), Books))
                    lastProgress = Stopwatch.GetTimestamp();
                bool isIdle = Stopwatch.GetElapsedTime(lastProgress) > _options.IdleTimeout;
                if (HasEnded(end, isIdle))
                    return ExitReason.Ended;
                if (isIdle)
                    return ExitReason.Idle;
            }

            await Task.Delay(LookInterval, CancellationToken.None);
        }

        return ExitReason.Stopped;
    }

    // A member that has been given nothing may yet be; only when nothing happens for long it was meant to have nothing. Then the log is asked in
    // any case, so that what is said of it is true.
    private bool HasEnded(EndOfInput end, bool isIdle)
    {
        bool isDone = Array.TrueForAll(_members, member => member.Status is { IsReplaying: false, Undrained.Count: 0 } status && (status.HasJoined || isIdle));
        return (isDone || isIdle) && end.IsReached(_members.SelectMany(member => member.Status.Committed)) && isDone;
    }

    private static Task<bool> RunOnThread(ProcessorMember member, CancellationToken stop)
    {
        var result = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                bool unfenced = true;
                while (unfenced && !stop.IsCancellationRequested)
                    unfenced = member.Step(stop);
                result.SetResult(unfenced && member.Finish());
            }
            catch (Exception e)
            {
                // Handed to whoever awaits the run, not hidden.
                result.SetException(e);
            }
        })
        {
            IsBackground = true,
            Name = "processor",
        };
        thread.Start();
        return result.Task;
    }
}
