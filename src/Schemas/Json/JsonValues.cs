using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>
/// How the contract's values look in JSON: addresses as RFC 5952 text, hashes and bytes as lower-case hexadecimal digits, enums
/// as their Avro symbols, nullable fields absent when null. Nothing here allocates.
/// </summary>
public static class JsonValues
{
    /// <summary>Options for a writer of JSON lines: no indentation, and no escapes but those that JSON itself asks for.</summary>
    public static JsonWriterOptions LineOptions { get; } = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Bytes of a hexadecimal run turned to text at a time.</summary>
    private const int HexChunkBytes = 128;

    private const int MacBytes = 6;

    internal static void WriteAddress(this Utf8JsonWriter json, JsonEncodedText name, Address value)
    {
        json.WritePropertyName(name);
        json.WriteAddress(value);
    }

    internal static void WriteAddress(this Utf8JsonWriter json, Address value)
    {
        Span<char> text = stackalloc char[Address.MaxTextLength];
        value.TryFormat(text, out int length);
        json.WriteStringValue(text[..length]);
    }

    internal static void WriteOptional(this Utf8JsonWriter json, JsonEncodedText name, Address? value)
    {
        if (value is { } present)
            json.WriteAddress(name, present);
    }

    internal static void WriteOptional(this Utf8JsonWriter json, JsonEncodedText name, long? value)
    {
        if (value is { } present)
            json.WriteNumber(name, present);
    }

    internal static void WriteHash(this Utf8JsonWriter json, JsonEncodedText name, ulong value)
    {
        Span<char> text = stackalloc char[16];
        value.TryFormat(text, out _, "x16", CultureInfo.InvariantCulture);
        json.WriteString(name, text);
    }

    internal static void WriteMac(this Utf8JsonWriter json, JsonEncodedText name, ulong value)
    {
        Span<char> text = stackalloc char[(3 * MacBytes) - 1];
        text.Fill(':');
        for (int i = 0; i < MacBytes; i++)
            ((byte)(value >> (8 * (MacBytes - 1 - i)))).TryFormat(text[(3 * i)..], out _, "x2", CultureInfo.InvariantCulture);
        json.WriteString(name, text);
    }

    internal static void WriteHex(this Utf8JsonWriter json, JsonEncodedText name, ReadOnlySpan<byte> value)
    {
        Span<char> text = stackalloc char[2 * HexChunkBytes];
        json.WritePropertyName(name);
        if (value.Length <= HexChunkBytes)
        {
            Convert.TryToHexStringLower(value, text, out int length);
            json.WriteStringValue(text[..length]);
            return;
        }

        for (; value.Length > HexChunkBytes; value = value[HexChunkBytes..])
        {
            Convert.TryToHexStringLower(value[..HexChunkBytes], text, out int length);
            json.WriteStringValueSegment(text[..length], isFinalSegment: false);
        }

        Convert.TryToHexStringLower(value, text, out int last);
        json.WriteStringValueSegment(text[..last], isFinalSegment: true);
    }

    /// <summary>A number, or the name of what is none: JSON has no NaN and no infinities.</summary>
    internal static void WriteDouble(this Utf8JsonWriter json, JsonEncodedText name, double value)
    {
        json.WritePropertyName(name);
        json.WriteDouble(value);
    }

    internal static void WriteDouble(this Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);
    }

    internal static void WriteTexts(this Utf8JsonWriter json, JsonEncodedText name, List<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
