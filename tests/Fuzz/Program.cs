using System.Diagnostics;
using IcmpStream.Fuzz;
using IcmpStream.Fuzz.Running;

if (FuzzOptions.Parse(args, out string wrong) is not { } options)
{
    Console.Error.WriteLine($"{wrong}\n{FuzzOptions.Usage}");
    return FuzzStatus.Usage;
}

if (options.IsHelp)
{
    Console.WriteLine(FuzzOptions.Usage);
    return FuzzStatus.Nothing;
}

string corpus = options.Corpus ?? FuzzTargets.FindCorpus();
if (options.Replay is not null)
    return Replay(options.Replay, corpus);
Directory.CreateDirectory(options.Out);
return options.First is { } first ? Work(options, corpus, first) : Supervise(options, corpus);

static int Replay(string path, string corpus)
{
    FuzzCase made = new();
    string name = CaseFile.Parse(File.ReadAllText(path), made);
    using IFuzzTarget target = FuzzTargets.Make(name, corpus);
    string? found = FuzzRunner.Try(target, made);
    Console.WriteLine(found ?? $"{name}: nothing wrong with {path}");
    return found is null ? FuzzStatus.Nothing : FuzzStatus.Found;
}

static int Supervise(FuzzOptions options, string corpus)
{
    FuzzSupervisor supervisor = new(options, corpus);
    TimeSpan time = options.Cases is null ? TimeSpan.FromSeconds((double)options.Seconds / options.Targets.Count) : TimeSpan.FromDays(7);
    long finds = options.Targets.Sum(target => supervisor.Run(target, time));
    Console.WriteLine(finds == 0 ? $"fuzz: nothing found (seed {options.Seed})" : $"fuzz: {finds} found, in {options.Out} (seed {options.Seed})");
    return finds == 0 ? FuzzStatus.Nothing : FuzzStatus.Found;
}

static int Work(FuzzOptions options, string corpus, long first)
{
    string name = options.Targets[0];
    using IFuzzTarget target = FuzzTargets.Make(name, corpus);
    using InFlight inFlight = new(FuzzFiles.InFlight(options.Out, name));
    using Watchdog watchdog = new(_ => Environment.Exit(FuzzStatus.Hung));
    FuzzRunner runner = new(target, options.Seed)
    {
        InFlight = inFlight,
        Watchdog = watchdog,
        OnFind = find =>
        {
            inFlight.Finds++;
            FuzzFiles.Write(options.Out, find);
        },
    };
    long started = Stopwatch.GetTimestamp();
    runner.Run(first, options.Cases ?? long.MaxValue, TimeSpan.FromSeconds(options.Seconds));
    TimeSpan took = Stopwatch.GetElapsedTime(started);
    Console.WriteLine($"{name}: {runner.Cases} cases in {took.TotalSeconds:F1} s ({runner.Cases / took.TotalSeconds:F0} a second), {runner.Finds.Count} found");
    Console.WriteLine($"{name}: {target.Summary}");
    return runner.Finds.Count == 0 ? FuzzStatus.Nothing : FuzzStatus.Found;
}
