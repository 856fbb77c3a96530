using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>The named types of one schema, by full name.</summary>
internal sealed class SchemaNames
{
    private readonly Dictionary<string, JsonElement> _types = new(StringComparer.Ordinal);
    private readonly string _space;

    public SchemaNames(JsonElement root)
    {
        // All schemas of the contract have one namespace, given at the top.
        _space = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("namespace", out JsonElement space) ? space.GetString()! : "";
        Collect(root);
    }

    public string FullName(JsonElement named)
    {
        string name = named.GetProperty("name").GetString()!;
        return name.Contains('.', StringComparison.Ordinal) || _space.Length == 0 ? name : $"{_space}.{name}";
    }

    /// <summary>The definition behind a reference; the element itself where it is none.</summary>
    public JsonElement Resolve(JsonElement type)
    {
        if (type.ValueKind == JsonValueKind.Object && type.GetProperty("type") is { ValueKind: not JsonValueKind.String } inner)
            return Resolve(inner);
        if (type.ValueKind != JsonValueKind.String)
            return type;
        string name = type.GetString()!;
        return _types.TryGetValue(name, out JsonElement found) || _types.TryGetValue($"{_space}.{name}", out found) ? found : type;
    }

    private void Collect(JsonElement type)
    {
        if (type.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement branch in type.EnumerateArray())
                Collect(branch);
        }

        if (type.ValueKind != JsonValueKind.Object)
            return;
        if (type.TryGetProperty("name", out _))
            _types[FullName(type)] = type;
        foreach (string part in (ReadOnlySpan<string>)["type", "items", "values"])
        {
            if (type.TryGetProperty(part, out JsonElement inner))
                Collect(inner);
        }

        if (!type.TryGetProperty("fields", out JsonElement fields))
            return;
        foreach (JsonElement field in fields.EnumerateArray())
            Collect(field.GetProperty("type"));
    }
}
