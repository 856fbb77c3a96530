using System.Text;

namespace IcmpStream.Fuzz.Running;

/// <summary>Something that a case has shown to be wrong.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Iteration">The case's number: the two make it again.</param>
/// <param name="What">What is wrong, one line first.</param>
/// <param name="Text">The case, made small, as a <see cref="CaseFile"/>.</param>
public sealed record Find(string Target, ulong Seed, long Iteration, string What, string Text)
{
    /// <summary>Equal for finds that look like one and the same: the first line without its numbers.</summary>
    public string Kind => KindOf(What);

    /// <summary>The kind of a finding in words.</summary>
    public static string KindOf(string what)
    {
        StringBuilder kind = new();
        foreach (char c in what.Split('\n')[0])
        {
            if (!char.IsAsciiDigit(c))
                kind.Append(c);
        }

        return kind.ToString();
    }
}
