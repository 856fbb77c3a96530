using System.Runtime.CompilerServices;

namespace IcmpStream.Ingest.Tests.Fuzz;

/// <summary>tests/corpus, found from this file.</summary>
internal static class Corpus
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", "corpus"));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
