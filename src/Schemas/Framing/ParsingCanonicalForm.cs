using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>
/// The Parsing Canonical Form of a schema (Avro specification, "Transforming into Parsing Canonical Form"): what decides how data
/// is read, and nothing else. Two schemas with the same form read the same data.
/// </summary>
public static class ParsingCanonicalForm
{
    /// <summary>Transforms a schema's JSON text. False where it is not JSON, or not a schema.</summary>
    public static bool TryTransform(ReadOnlyMemory<byte> utf8Json, out string form)
    {
        form = "";
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json);
            StringBuilder text = new();
            if (!TryWrite(document.RootElement, enclosing: "", text))
                return false;
            form = text.ToString();
            return true;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // The second is what System.Text.Json says of a string that is not Unicode once it is asked for.
            return false;
        }
    }

    private static bool TryWrite(JsonElement schema, string enclosing, StringBuilder text) => schema.ValueKind switch
    {
        JsonValueKind.String => TryWriteName(schema.GetString()!, enclosing, text),
        JsonValueKind.Array => TryWriteUnion(schema, enclosing, text),
        JsonValueKind.Object => TryWriteObject(schema, enclosing, text),
        _ => false,
    };

    private static bool TryWriteName(string name, string enclosing, StringBuilder text)
    {
        AppendText(text, IsPrimitive(name) ? name : FullName(name, enclosing));
        return name.Length > 0;
    }

    private static bool TryWriteUnion(JsonElement branches, string enclosing, StringBuilder text)
    {
        text.Append('[');
        foreach (JsonElement branch in branches.EnumerateArray())
        {
            Separate(text, '[');
            if (!TryWrite(branch, enclosing, text))
                return false;
        }

        text.Append(']');
        return true;
    }

    private static bool TryWriteObject(JsonElement schema, string enclosing, StringBuilder text)
    {
        if (!schema.TryGetProperty("type", out JsonElement type))
            return false;
        if (type.ValueKind != JsonValueKind.String)
            return TryWrite(type, enclosing, text);
        return type.GetString()! switch
        {
            "array" => TryWriteContainer(schema, "array", "items", enclosing, text),
            "map" => TryWriteContainer(schema, "map", "values", enclosing, text),
            "record" or "error" => TryWriteRecord(schema, enclosing, text),
            "enum" => TryOpenNamed(schema, "enum", enclosing, text, out _) && TryWriteSymbols(schema, text),
            "fixed" => TryOpenNamed(schema, "fixed", enclosing, text, out _) && TryWriteSize(schema, text),
            string name => TryWriteName(name, enclosing, text),
        };
    }

    private static bool TryWriteContainer(JsonElement schema, string type, string items, string enclosing, StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{{\"type\":\"{type}\",\"{items}\":");
        if (!schema.TryGetProperty(items, out JsonElement item) || !TryWrite(item, enclosing, text))
            return false;
        text.Append('}');
        return true;
    }

    private static bool TryWriteRecord(JsonElement schema, string enclosing, StringBuilder text)
    {
        if (!TryOpenNamed(schema, "record", enclosing, text, out string inner)
            || !schema.TryGetProperty("fields", out JsonElement fields)
            || fields.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        text.Append(",\"fields\":[");
        foreach (JsonElement field in fields.EnumerateArray())
        {
            Separate(text, '[');
            if (!TryGetText(field, "name", out string name) || !field.TryGetProperty("type", out JsonElement type))
                return false;
            text.Append("{\"name\":");
            AppendText(text, name);
            text.Append(",\"type\":");
            if (!TryWrite(type, inner, text))
                return false;
            text.Append('}');
        }

        text.Append("]}");
        return true;
    }

    private static bool TryWriteSymbols(JsonElement schema, StringBuilder text)
    {
        if (!schema.TryGetProperty("symbols", out JsonElement symbols) || symbols.ValueKind != JsonValueKind.Array)
            return false;
        text.Append(",\"symbols\":[");
        foreach (JsonElement symbol in symbols.EnumerateArray())
        {
            Separate(text, '[');
            if (symbol.ValueKind != JsonValueKind.String)
                return false;
            AppendText(text, symbol.GetString()!);
        }

        text.Append("]}");
        return true;
    }

    private static bool TryWriteSize(JsonElement schema, StringBuilder text)
    {
        if (!schema.TryGetProperty("size", out JsonElement size))
            return false;
        string digits = size.ValueKind == JsonValueKind.String ? size.GetString()! : size.GetRawText();
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes))
            return false;
        text.Append(CultureInfo.InvariantCulture, $",\"size\":{bytes}}}");
        return true;
    }

    private static bool TryOpenNamed(JsonElement schema, string type, string enclosing, StringBuilder text, out string inner)
    {
        inner = enclosing;
        if (!TryGetText(schema, "name", out string name))
            return false;
        if (TryGetText(schema, "namespace", out string own))
            inner = own;
        string fullName = FullName(name, inner);
        inner = fullName.Contains('.', StringComparison.Ordinal) ? fullName[..fullName.LastIndexOf('.')] : "";
        text.Append("{\"name\":");
        AppendText(text, fullName);
        text.Append(CultureInfo.InvariantCulture, $",\"type\":\"{type}\"");
        return true;
    }

    private static bool TryGetText(JsonElement schema, string property, out string text)
    {
        text = "";
        if (schema.ValueKind != JsonValueKind.Object
            || !schema.TryGetProperty(property, out JsonElement value)
            || value.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        text = value.GetString()!;
        return true;
    }

    private static string FullName(string name, string enclosing) =>
        enclosing.Length == 0 || name.Contains('.', StringComparison.Ordinal) ? name : $"{enclosing}.{name}";

    private static bool IsPrimitive(string name) =>
        name is "null" or "boolean" or "int" or "long" or "float" or "double" or "bytes" or "string";

    private static void Separate(StringBuilder text, char opening)
    {
        if (text[^1] != opening)
            text.Append(',');
    }

    private static void AppendText(StringBuilder text, string value) => text.Append('"').Append(value).Append('"');
}
