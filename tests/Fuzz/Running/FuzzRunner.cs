using System.Diagnostics;
using IcmpStream.Ingest.Generate;

namespace IcmpStream.Fuzz.Running;

/// <summary>Makes cases and runs them, one after the other. A case is a function of the target, the seed and its number.</summary>
public sealed class FuzzRunner
{
    /// <summary>Kinds of findings after which a run ends: what comes after is mostly more of the same.</summary>
    public const int MaxKinds = 10;

    private const int ClockStride = 256;

    private readonly IFuzzTarget _target;
    private readonly ulong _seed;
    private readonly FuzzCase _case = new();
    private readonly Dictionary<string, Find> _finds = new(StringComparer.Ordinal);

    /// <summary>Makes a runner.</summary>
    public FuzzRunner(IFuzzTarget target, ulong seed)
    {
        _target = target;
        _seed = seed;
    }

    /// <summary>Cases run.</summary>
    public long Cases { get; private set; }

    /// <summary>One finding of each kind.</summary>
    public IReadOnlyCollection<Find> Finds => _finds.Values;

    /// <summary>Where the number of the running case goes.</summary>
    public InFlight? InFlight { get; init; }

    /// <summary>Who sees that a case does not end.</summary>
    public Watchdog? Watchdog { get; init; }

    /// <summary>Gets each new finding.</summary>
    public Action<Find>? OnFind { get; init; }

    /// <summary>Makes the case with this number.</summary>
    public static void Make(IFuzzTarget target, ulong seed, long iteration, FuzzCase into)
    {
        // SplitMix steps by adding, so numbers of neighbouring cases would overlap if the case's number were its state.
        SplitMix chance = new(new SplitMix(seed ^ ((ulong)iteration * 0xD134_2543_DE82_EF95)).Next());
        target.Make(ref chance, into);
    }

    /// <summary>Runs cases from <paramref name="first"/> on, until one of the limits.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="cases">The most to run.</param>
    /// <param name="time">The longest to run.</param>
    public void Run(long first, long cases, TimeSpan time)
    {
        long started = Stopwatch.GetTimestamp();
        for (long i = 0; i < cases && _finds.Count < MaxKinds; i++)
        {
            if (i % ClockStride == 0 && Stopwatch.GetElapsedTime(started) > time)
                break;
            long iteration = first + i;
            if (InFlight is not null)
                InFlight.Iteration = iteration;
            Watchdog?.Begin(iteration);
            Make(_target, _seed, iteration, _case);
            Cases++;
            string? wrong = Try(_target, _case);
            if (wrong is not null)
                Note(iteration, wrong);
        }

        Watchdog?.Begin(-1);
    }

    /// <summary>Runs a case; an exception is a finding.</summary>
    public static string? Try(IFuzzTarget target, FuzzCase made)
    {
        try
        {
            return target.Check(made);
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}{Where(e)}";
        }
    }

    private void Note(long iteration, string wrong)
    {
        string kind = Find.KindOf(wrong);
        if (_finds.ContainsKey(kind))
            return;
        CaseShrinker.Shrink(_case, candidate => Try(_target, candidate) is { } still && Find.KindOf(still) == kind);
        string what = Try(_target, _case) ?? wrong;
        string why = $"{what}\nseed {_seed} iteration {iteration}";
        Find find = new(_target.Name, _seed, iteration, what, CaseFile.Format(_target.Name, _case, why));
        _finds.Add(kind, find);
        OnFind?.Invoke(find);
    }

    private static string Where(Exception e)
    {
        string[] frames = e.StackTrace?.ReplaceLineEndings("\n").Split('\n') ?? [];
        string? ours = frames.FirstOrDefault(frame => frame.Contains("IcmpStream.", StringComparison.Ordinal));
        return ours is null ? "" : $" {ours.Trim()}\n{string.Join('\n', frames)}";
    }
}
