using System.Numerics;
using System.Text;
using IcmpStream.Schemas;

namespace IcmpStream.Processor.Detect;

/// <summary>Names of decoder outcomes in a mask.</summary>
internal static class OutcomeNames
{
    /// <summary>The names of the bits that are set, as the metrics have them.</summary>
    public static IEnumerable<string> Of(long mask)
    {
        for (ulong left = (ulong)mask; left != 0; left &= left - 1)
            yield return SnakeCase(((DecodeOutcome)BitOperations.TrailingZeroCount(left)).ToString());
    }

    private static string SnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (char c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }
}
