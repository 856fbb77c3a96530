using System.Text.Json;

namespace IcmpStream.Schemas.Tests.Events;

public sealed class EnumTests
{
    public static TheoryData<string, Type, int> Enums => new()
    {
        { nameof(ChecksumStatus), typeof(ChecksumStatus), EnumSizes.ChecksumStatus },
        { nameof(DecodeOutcome), typeof(DecodeOutcome), EnumSizes.DecodeOutcome },
        { nameof(PayloadFamily), typeof(PayloadFamily), EnumSizes.PayloadFamily },
        { nameof(InnerHeader), typeof(InnerHeader), EnumSizes.InnerHeader },
        { nameof(TunnelKind), typeof(TunnelKind), EnumSizes.TunnelKind },
        { nameof(EchoOutcome), typeof(EchoOutcome), EnumSizes.EchoOutcome },
        { nameof(Role), typeof(Role), EnumSizes.Role },
        { nameof(FindingStage), typeof(FindingStage), EnumSizes.FindingStage },
        { nameof(Severity), typeof(Severity), EnumSizes.Severity },
        { nameof(AlertState), typeof(AlertState), EnumSizes.AlertState },
    };

    [Theory]
    [MemberData(nameof(Enums))]
    public void Numbers_of_an_enum_are_the_positions_of_its_symbols(string name, Type type, int size)
    {
        string[][] schemas = [.. SchemaText.All.Select(schema => Symbols(schema, name)).Where(symbols => symbols.Length > 0)];
        Assert.NotEmpty(schemas);
        string[] values = [.. Enum.GetValues(type).Cast<object>()
            .Select(value => (Number: Convert.ToInt32(value), Name: JsonSymbols.SnakeCase(value.ToString()!)))
            .Where(value => type != typeof(DecodeOutcome) || value.Number < (int)DecodeOutcome.NotIcmp)
            .Select((value, position) => value.Number == position ? value.Name : $"{value.Name} is {value.Number}, not {position}")];
        Assert.All(schemas, symbols => Assert.Equal(values, symbols));
        Assert.Equal(values.Length, size);
    }

    [Fact]
    public void Every_enum_of_every_schema_is_held_by_this_test()
    {
        HashSet<string> held = [.. Enums.Select(row => row.Data.Item1)];
        foreach (SchemaText schema in SchemaText.All)
            Assert.All(Named(schema, "enum"), found => Assert.Contains(found.GetProperty("name").GetString()!, held));
    }

    [Fact]
    public void Every_enum_has_a_default_for_symbols_yet_to_come()
    {
        foreach (SchemaText schema in SchemaText.All)
            Assert.All(Named(schema, "enum"), found => Assert.True(found.TryGetProperty("default", out _)));
    }

    private static string[] Symbols(SchemaText schema, string name) =>
        [.. Named(schema, "enum")
            .Where(found => found.GetProperty("name").GetString() == name)
            .SelectMany(found => found.GetProperty("symbols").EnumerateArray())
            .Select(symbol => symbol.GetString()!)];

    private static List<JsonElement> Named(SchemaText schema, string type)
    {
        List<JsonElement> found = [];
        using JsonDocument document = JsonDocument.Parse(schema.Utf8Json);
        Collect(document.RootElement.Clone(), type, found);
        return found;
    }

    private static void Collect(JsonElement element, string type, List<JsonElement> found)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                Collect(item, type, found);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            if (element.TryGetProperty("type", out JsonElement own) && own.ValueKind == JsonValueKind.String && own.GetString() == type)
                found.Add(element);
            foreach (JsonProperty property in element.EnumerateObject())
                Collect(property.Value, type, found);
        }
    }
}
