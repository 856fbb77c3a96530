using System.Reflection;

namespace IcmpStream.Schemas;

/// <summary>
/// A schema as a release had it. Releases are kept in <c>Avro/released/VERSION</c> and never changed: every later schema has to read what they wrote, and
/// they what it writes.
/// </summary>
/// <param name="Version">The release.</param>
/// <param name="Name">Name of the record, as <see cref="SchemaText.Name"/>.</param>
/// <param name="Json">The schema's text.</param>
public sealed record SchemaRelease(string Version, string Name, string Json)
{
    private const string Folder = "released/";

    /// <summary>All of them, by version and name.</summary>
    public static IReadOnlyList<SchemaRelease> All { get; } = Load();

    /// <summary>What keeps a working schema from being FULL_TRANSITIVE with every release of its name, one line each; none where all is well.</summary>
    public static IReadOnlyList<string> Problems(SchemaText working)
    {
        ArgumentNullException.ThrowIfNull(working);
        var problems = new List<string>();
        string text = working.ToString();
        foreach (SchemaRelease release in All.Where(release => release.Name == working.Name))
        {
            problems.AddRange(SchemaResolution.Problems(text, release.Json).Select(problem => $"{working.Name} does not read {release.Version}: {problem}"));
            problems.AddRange(SchemaResolution.Problems(release.Json, text).Select(problem => $"{release.Version} does not read {working.Name}: {problem}"));
        }

        return problems;
    }

    private static List<SchemaRelease> Load()
    {
        Assembly assembly = Assembly.GetExecutingAssembly();
        var releases = new List<SchemaRelease>();
        foreach (string resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            string[] parts = resource[Folder.Length..].Split('/');
            releases.Add(new SchemaRelease(parts[0], Path.GetFileNameWithoutExtension(parts[1]), text.ReadToEnd()));
        }

        return releases;
    }
}
