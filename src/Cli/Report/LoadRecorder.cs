using System.Diagnostics;
using IcmpStream.Cli.Ingest;

namespace IcmpStream.Cli.Report;

/// <summary>The counts of a run at one moment.</summary>
/// <param name="Ms">Since the run began.</param>
/// <param name="Frames">Frames read.</param>
/// <param name="Taken">Records given to the log.</param>
/// <param name="Delivered">Records acknowledged.</param>
/// <param name="Bytes">Bytes acknowledged.</param>
/// <param name="Failed">Records given up.</param>
/// <param name="Drops">Frames lost before they were read.</param>
internal readonly record struct LoadSample(double Ms, long Frames, long Taken, long Delivered, long Bytes, long Failed, long Drops);

/// <summary>
/// Looks at a run's books from beside it, often and evenly. It costs the run nothing, and what it keeps is bounded: when it has too many looks,
/// every other one is forgotten and it looks half as often.
/// </summary>
internal sealed class LoadRecorder
{
    /// <summary>More points than a screen has columns, so that halving never shows; 64 bytes each.</summary>
    private const int MostSamples = 8192;

    private readonly IngestRun _run;
    private readonly List<LoadSample> _samples = [];
    private readonly Stopwatch _clock = new();
    private TimeSpan _interval = TimeSpan.FromMilliseconds(5);

    /// <summary>A recorder of <paramref name="run"/> that has not looked.</summary>
    public LoadRecorder(IngestRun run) => _run = run;

    /// <summary>What it saw, in order.</summary>
    public IReadOnlyList<LoadSample> Samples => _samples;

    /// <summary>Looks while <paramref name="work"/> runs, once before and once behind it.</summary>
    public async Task RunAsync(Func<Task> work)
    {
        _clock.Start();
        Look();
        Task running = Task.Run(work);
        while (await Task.WhenAny(running, Task.Delay(_interval)) != running)
            Look();
        Look();
        await running;
    }

    private void Look()
    {
        if (_samples.Count == MostSamples)
        {
            int index = 0;
            _samples.RemoveAll(_ => index++ % 2 == 1);
            _interval *= 2;
        }

        // Backwards along the pipeline: what is delivered by now had been taken before, so no delivery ever seems to precede its taking.
        IngestBooks books = _run.Books;
        _samples.Add(new LoadSample(
            _clock.Elapsed.TotalMilliseconds, books.Frames, books.Log.Taken, books.Log.Delivered, books.Log.DeliveredBytes, books.Log.Failed, _run.KernelDrops));
    }
}
