using System.Text;
using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>The Avro symbols of an enum: its names in snake_case, in order.</summary>
/// <typeparam name="TEnum">An enum of the contract, counted from 0 without gaps as far as the contract goes.</typeparam>
internal static class JsonSymbols<TEnum>
    where TEnum : struct, Enum
{
    private static readonly JsonEncodedText[] Symbols = [.. Enum.GetNames<TEnum>().Select(name => JsonEncodedText.Encode(JsonSymbols.SnakeCase(name)))];

    /// <summary>The symbol at a position.</summary>
    public static JsonEncodedText Of(byte position) => Symbols[position];
}

/// <summary>Names of C# as names of the contract.</summary>
internal static class JsonSymbols
{
    /// <summary>FragmentOverlap becomes fragment_overlap.</summary>
    public static string SnakeCase(string name)
    {
        StringBuilder symbol = new(name.Length + 4);
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterUpper(letter) && symbol.Length > 0)
                symbol.Append('_');
            symbol.Append(char.ToLowerInvariant(letter));
        }

        return symbol.ToString();
    }
}
