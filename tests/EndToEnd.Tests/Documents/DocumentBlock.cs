using System.Text.RegularExpressions;
using IcmpStream.EndToEnd.Tests.Running;

namespace IcmpStream.EndToEnd.Tests.Documents;

/// <summary>A fenced block of a document.</summary>
/// <param name="Page">The file, from the repository's root.</param>
/// <param name="Line">Its first line.</param>
/// <param name="Language">The first word behind the fence.</param>
/// <param name="Tag">The second: what becomes of the block in the tests.</param>
/// <param name="Text">What is in it.</param>
public sealed partial record DocumentBlock(string Page, int Line, string Language, string Tag, string Text)
{
    public string Place => $"{Page}:{Line}";

    /// <summary>Pages for users: they say only what is so.</summary>
    public static string[] Pages { get; } =
    [
        .. Directory.EnumerateFiles(Repository.PathOf("docs"), "*.md", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Repository.Root, path)).Order(StringComparer.Ordinal),
        "README.md", "CONTRIBUTING.md", "ARCHITECTURE.md",
    ];

    public static DocumentBlock[] All { get; } = [.. Pages.SelectMany(Of)];

    private static IEnumerable<DocumentBlock> Of(string page)
    {
        string text = Repository.Read(page);
        foreach (Match match in Fence().Matches(text))
        {
            string[] words = [.. match.Groups["info"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries), "", ""];
            yield return new DocumentBlock(page, 1 + text.AsSpan(0, match.Index).Count('\n'), words[0], words[1], match.Groups["text"].Value);
        }
    }

    [GeneratedRegex(@"^```(?<info>[^\n`]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
