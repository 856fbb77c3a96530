using System.Diagnostics;
using System.Globalization;

namespace IcmpStream.Fuzz.Running;

/// <summary>
/// Runs the cases in a process of its own. A read outside the guarded memory kills that process; this one then knows the case
/// from its number, writes it down as any other finding, and has the cases after it run by another process.
/// </summary>
public sealed class FuzzSupervisor
{
    /// <summary>Processes that may die before a target is given up: each has found something.</summary>
    private const int MaxDeaths = 5;

    private readonly FuzzOptions _options;
    private readonly string _corpus;

    /// <summary>Makes a supervisor.</summary>
    public FuzzSupervisor(FuzzOptions options, string corpus)
    {
        _options = options;
        _corpus = corpus;
    }

    /// <summary>Runs a target; gives the number of findings.</summary>
    public long Run(string target, TimeSpan time)
    {
        string inFlightPath = FuzzFiles.InFlight(_options.Out, target);
        File.Delete(inFlightPath);
        using InFlight inFlight = new(inFlightPath);
        long started = Stopwatch.GetTimestamp();
        long first = 0, finds = 0;
        long cases = _options.CasesOf(target) ?? long.MaxValue;
        for (int deaths = 0; deaths < MaxDeaths; deaths++)
        {
            inFlight.Finds = 0;
            TimeSpan left = time - Stopwatch.GetElapsedTime(started);
            if (cases - first <= 0 || left <= TimeSpan.Zero)
                break;
            int status = RunWorker(target, first, cases - first, left);
            finds += inFlight.Finds;
            if (status is FuzzStatus.Nothing or FuzzStatus.Found)
                break;
            finds++;
            NoteDeath(target, inFlight.Iteration, status);
            first = inFlight.Iteration + 1;
        }

        return finds;
    }

    private int RunWorker(string target, long first, long cases, TimeSpan time)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!);
        // Under `dotnet IcmpStream.Fuzz.dll` the process is dotnet, and the program its first argument.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(typeof(FuzzSupervisor).Assembly.Location);
        foreach (string word in (string[])[
            "--target", target, "--seed", Text(_options.Seed), "--first", Text(first), "--frames", Text(cases),
            "--seconds", Text((long)Math.Min(Math.Ceiling(time.TotalSeconds), int.MaxValue)), "--corpus", _corpus, "--out", _options.Out])
        {
            start.ArgumentList.Add(word);
        }

        using Process worker = Process.Start(start)!;
        worker.WaitForExit();
        return worker.ExitCode;
    }

    private void NoteDeath(string target, long iteration, int status)
    {
        using IFuzzTarget made = FuzzTargets.Make(target, _corpus);
        FuzzCase found = new();
        FuzzRunner.Make(made, _options.Seed, iteration, found);
        string what = status == FuzzStatus.Hung
            ? $"no end within {Watchdog.Limit.TotalSeconds} s"
            : $"the process died with status {status}: a read outside the frame, or a failure of the runtime";
        string why = $"{what}\nseed {_options.Seed} iteration {iteration}";
        FuzzFiles.Write(_options.Out, new Find(target, _options.Seed, iteration, what, CaseFile.Format(target, found, why)));
    }

    private static string Text<T>(T number)
        where T : IFormattable => number.ToString(format: null, CultureInfo.InvariantCulture);
}
