using System.Text.Json;

namespace IcmpStream.Schemas.Tests.Interop;

/// <summary>Holds JSON lines together field by field: an object's order does not matter, a number's spelling neither.</summary>
public static class JsonLines
{
    public static void AssertEqual(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            using JsonDocument left = JsonDocument.Parse(expected[i]), right = JsonDocument.Parse(actual[i]);
            AssertEqual($"record {i}", left.RootElement, right.RootElement);
        }
    }

    private static void AssertEqual(string path, JsonElement expected, JsonElement actual)
    {
        Assert.True(expected.ValueKind == actual.ValueKind, $"{path}: {expected} and {actual}");
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Dictionary<string, JsonElement> left = Fields(expected), right = Fields(actual);
                Assert.True(left.Keys.ToHashSet().SetEquals(right.Keys), $"{path}: {string.Join(',', left.Keys)} and {string.Join(',', right.Keys)}");
                foreach ((string name, JsonElement value) in left)
                    AssertEqual($"{path}.{name}", value, right[name]);
                break;
            case JsonValueKind.Array:
                Assert.True(expected.GetArrayLength() == actual.GetArrayLength(), $"{path}: {expected} and {actual}");
                foreach ((int index, (JsonElement one, JsonElement other)) in expected.EnumerateArray().Zip(actual.EnumerateArray()).Index())
                    AssertEqual($"{path}[{index}]", one, other);
                break;
            case JsonValueKind.Number:
                Assert.True(SameNumber(expected, actual), $"{path}: {expected} and {actual}");
                break;
            default:
                Assert.True(expected.ToString() == actual.ToString(), $"{path}: {expected} and {actual}");
                break;
        }
    }

    /// <summary>The names of type and code are the project's own; no Avro field says them.</summary>
    private static Dictionary<string, JsonElement> Fields(JsonElement record) =>
        record.EnumerateObject()
            .Where(field => field.Name is not ("type_name" or "code_name"))
            .ToDictionary(field => field.Name, field => field.Value);

    /// <summary>Integers to the last digit; what is written as a fraction as a double.</summary>
    private static bool SameNumber(JsonElement one, JsonElement other)
    {
        string left = one.GetRawText(), right = other.GetRawText();
        return left == right
            || ((left + right).AsSpan().ContainsAny('.', 'e', 'E') && one.GetDouble().Equals(other.GetDouble()));
    }
}
