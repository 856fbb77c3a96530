using System.Text;

namespace IcmpStream.Cli.Output;

/// <summary>The names of an enum's values as the contract spells them: snake_case, in UTF-8.</summary>
/// <typeparam name="T">An enum of one byte.</typeparam>
internal static class Symbols<T>
    where T : struct, Enum
{
    private static readonly byte[][] Names = Make();

    /// <summary>The symbol of a value; its number where it has no name.</summary>
    public static ReadOnlySpan<byte> Of(byte value) => Names[value];

    private static byte[][] Make()
    {
        byte[][] names = new byte[256][];
        for (int value = 0; value < names.Length; value++)
            names[value] = Encoding.UTF8.GetBytes(Enum.GetName(typeof(T), (byte)value) is { } name ? ToSnakeCase(name) : $"{value}");
        return names;
    }

    private static string ToSnakeCase(string name)
    {
        var text = new StringBuilder();
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
