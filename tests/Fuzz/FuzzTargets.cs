using IcmpStream.Fuzz.Frames;
using IcmpStream.Fuzz.Running;
using IcmpStream.Fuzz.Targets;

namespace IcmpStream.Fuzz;

/// <summary>Makes targets by name.</summary>
public static class FuzzTargets
{
    /// <summary>Makes a target.</summary>
    public static IFuzzTarget Make(string name, string corpus) => name switch
    {
        "decode" => new DecodeTarget(SeedFrames.Load(corpus)),
        "avro" => new AvroTarget(SeedFrames.Load(corpus)),
        "fragment" => new FragmentTarget(),
        "capture" => new CaptureTarget(corpus),
        GuardTarget.TargetName => new GuardTarget(),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such target"),
    };

    /// <summary>The corpus of the repository that the program or the working directory is in.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string FindCorpus()
    {
        foreach (string start in (string[])[AppContext.BaseDirectory, Environment.CurrentDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string corpus = Path.Combine(folder.FullName, "tests", "corpus");
                if (Directory.Exists(corpus))
                    return corpus;
            }
        }

        throw new DirectoryNotFoundException("tests/corpus is in no folder above the program: name it with --corpus");
    }
}
