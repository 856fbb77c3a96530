using System.Globalization;
using IcmpStream.Fuzz.Targets;

namespace IcmpStream.Fuzz;

/// <summary>What the command line asks for.</summary>
public sealed record FuzzOptions
{
    /// <summary>The targets, in the order in which they run.</summary>
    public static readonly IReadOnlyList<string> AllTargets = ["decode", "fragment", "avro", "capture"];

    /// <summary>How the program is used.</summary>
    public const string Usage =
        """
        usage: IcmpStream.Fuzz [--target decode|fragment|avro|capture|all] [--frames N] [--seconds S] [--seed N] [--corpus DIR] [--out DIR]
               IcmpStream.Fuzz --replay FILE

        Mutates captures, frames and records, and holds the code that reads them to its promises. What breaks one is written to
        --out (artifacts/fuzz) as a file for --replay. Exit status: 0 nothing found, 1 something found, 2 wrong usage.

          --frames N    run N cases of the decoder, however long it takes; of what is slower, fragment N / 20 (programs of up
                        to 48 fragments), avro N / 10 and capture N / 100, unless it is the one --target
          --seconds S   without --frames: share S seconds among the targets (60)
          --seed N      the same seed gives the same cases (1)

        Example: IcmpStream.Fuzz --target decode --frames 50000000 --seed 7
        """;

    /// <summary>The targets to run.</summary>
    public IReadOnlyList<string> Targets { get; init; } = AllTargets;

    /// <summary>Cases of the decoder, or of the one target; null to go by time.</summary>
    public long? Cases { get; init; }

    /// <summary>Time for all targets together, where it goes by time.</summary>
    public int Seconds { get; init; } = 60;

    /// <summary>The seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>A case to run again.</summary>
    public string? Replay { get; init; }

    /// <summary>Where the captures are; null to look for them.</summary>
    public string? Corpus { get; init; }

    /// <summary>Where findings go.</summary>
    public string Out { get; init; } = Path.Combine("artifacts", "fuzz");

    /// <summary>Number of the first case, for the process that runs the cases; null in the one that watches over it.</summary>
    public long? First { get; init; }

    /// <summary>True where help was asked for.</summary>
    public bool IsHelp { get; init; }

    /// <summary>How many cases a target gets: where all run, less of those that take longer. Null to go by time.</summary>
    public long? CasesOf(string target) => Targets.Count == 1 ? Cases : target switch
    {
        "fragment" => Cases / 20,
        "avro" => Cases / 10,
        "capture" => Cases / 100,
        _ => Cases,
    };

    /// <summary>Reads the command line; null, with what is wrong with it, where it cannot be understood.</summary>
    public static FuzzOptions? Parse(ReadOnlySpan<string> words, out string wrong)
    {
        FuzzOptions options = new();
        wrong = "";
        for (int i = 0; i < words.Length; i++)
        {
            string name = words[i];
            if (name is "--help" or "-h")
                return options with { IsHelp = true };
            string? value = i + 1 < words.Length ? words[++i] : null;
            if (value is null || options.With(name, value) is not { } next)
            {
                wrong = value is null ? $"{name} needs a value" : $"{name} {value} is not understood";
                return null;
            }

            options = next;
        }

        return options;
    }

    private FuzzOptions? With(string name, string value) => name switch
    {
        "--target" when value == "all" => this with { Targets = AllTargets },
        "--target" when AllTargets.Contains(value) || value == GuardTarget.TargetName => this with { Targets = [value] },
        "--frames" when Number(value) is { } cases => this with { Cases = cases },
        "--seconds" when Number(value) is { } seconds => this with { Seconds = (int)Math.Min(seconds, int.MaxValue) },
        "--seed" when ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) => this with { Seed = seed },
        "--replay" => this with { Replay = value },
        "--corpus" => this with { Corpus = value },
        "--out" => this with { Out = value },
        "--first" when Number(value) is { } first => this with { First = first },
        _ => null,
    };

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
