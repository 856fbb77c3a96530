namespace IcmpStream.EndToEnd.Tests.Corpus;

/// <summary>The captures of <c>tests/corpus</c>, found from where the tests run.</summary>
public static class CorpusFolder
{
    public static string Root { get; } = Find();

    public static string Messages => Path.Combine(Root, "tests", "corpus", "captures", "messages");

    /// <summary>A capture of the corpus's messages.</summary>
    public static string Message(string name) => Path.Combine(Messages, name);

    /// <summary>The rows of a table, by the names of their columns.</summary>
    public static IEnumerable<Dictionary<string, string>> Rows(string path)
    {
        string[] lines = File.ReadAllLines(path);
        string[] names = lines[0].Split('\t');
        return lines.Skip(1).Select(line => names.Zip(line.Split('\t')).ToDictionary(pair => pair.First, pair => pair.Second));
    }

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "IcmpStream.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("the tests run outside the repository");
    }
}
