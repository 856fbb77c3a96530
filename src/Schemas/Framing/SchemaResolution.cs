using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>
/// Whether what one schema wrote can be read with another: the rules of Avro 1.11, "Schema Resolution". FULL compatibility is this in both directions,
/// FULL_TRANSITIVE against every released version.
/// </summary>
public static class SchemaResolution
{
    /// <summary>What stands in the way, one line each with the place in the schema; none where it can be read.</summary>
    /// <param name="reader">The reader's schema, JSON.</param>
    /// <param name="writer">The writer's schema, JSON.</param>
    /// <exception cref="JsonException">A text is not JSON.</exception>
    public static IReadOnlyList<string> Problems(string reader, string writer)
    {
        using JsonDocument reading = JsonDocument.Parse(reader), writing = JsonDocument.Parse(writer);
        var comparison = new Comparison(new SchemaNames(reading.RootElement), new SchemaNames(writing.RootElement));
        comparison.Compare(reading.RootElement, writing.RootElement, "");
        return comparison.Problems;
    }

    private sealed class Comparison(SchemaNames readers, SchemaNames writers)
    {
        private readonly HashSet<(string, string)> _compared = [];

        public List<string> Problems { get; private set; } = [];

        public void Compare(JsonElement reader, JsonElement writer, string place)
        {
            (reader, writer) = (readers.Resolve(reader), writers.Resolve(writer));
            if (writer.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement branch in writer.EnumerateArray())
                    Compare(reader, branch, place);
                return;
            }

            if (reader.ValueKind == JsonValueKind.Array)
            {
                if (!reader.EnumerateArray().Any(branch => CanRead(branch, writer)))
                    Problems.Add($"{Shown(place)}: no branch of the union reads {TypeOf(writer)}");
                return;
            }

            CompareTypes(reader, writer, place);
        }

        private void CompareTypes(JsonElement reader, JsonElement writer, string place)
        {
            string readerType = TypeOf(reader), writerType = TypeOf(writer);
            if (readerType != writerType)
            {
                if (!IsPromoted(writerType, readerType))
                    Problems.Add($"{Shown(place)}: {readerType} does not read {writerType}");
                return;
            }

            switch (readerType)
            {
                case "array":
                    Compare(reader.GetProperty("items"), writer.GetProperty("items"), place + "[]");
                    break;
                case "map":
                    Compare(reader.GetProperty("values"), writer.GetProperty("values"), place + "{}");
                    break;
                case "record" or "enum" or "fixed":
                    CompareNamed(reader, writer, readerType, place);
                    break;
            }
        }

        private void CompareNamed(JsonElement reader, JsonElement writer, string type, string place)
        {
            string name = readers.FullName(reader), written = writers.FullName(writer);
            if (name != written)
            {
                Problems.Add($"{Shown(place)}: {type} {name} does not read {type} {written}");
                return;
            }

            // A type that holds itself has been begun above.
            if (!_compared.Add((name, written)))
                return;
            if (type == "record")
                CompareFields(reader, writer, place);
            else if (type == "enum")
                CompareSymbols(reader, writer, place);
            else if (reader.GetProperty("size").GetInt32() != writer.GetProperty("size").GetInt32())
                Problems.Add($"{Shown(place)}: the size of fixed {name} has changed");
        }

        private void CompareFields(JsonElement reader, JsonElement writer, string place)
        {
            var written = writer.GetProperty("fields").EnumerateArray().ToDictionary(field => field.GetProperty("name").GetString()!, StringComparer.Ordinal);
            foreach (JsonElement field in reader.GetProperty("fields").EnumerateArray())
            {
                string name = field.GetProperty("name").GetString()!, at = place.Length == 0 ? name : $"{place}.{name}";
                string[] known = [name, .. field.TryGetProperty("aliases", out JsonElement aliases) ? aliases.EnumerateArray().Select(alias => alias.GetString()!) : []];
                if (known.FirstOrDefault(written.ContainsKey) is { } found)
                    Compare(field.GetProperty("type"), written[found].GetProperty("type"), at);
                else if (!field.TryGetProperty("default", out _))
                    Problems.Add($"{at}: the field is missing where it was written, and has no default");
            }
        }

        private void CompareSymbols(JsonElement reader, JsonElement writer, string place)
        {
            if (reader.TryGetProperty("default", out _))
                return;
            string?[] known = [.. reader.GetProperty("symbols").EnumerateArray().Select(symbol => symbol.GetString())];
            foreach (JsonElement symbol in writer.GetProperty("symbols").EnumerateArray())
            {
                if (!known.Contains(symbol.GetString(), StringComparer.Ordinal))
                    Problems.Add($"{Shown(place)}: symbol {symbol.GetString()} is not known, and the enum has no default");
            }
        }

        private bool CanRead(JsonElement reader, JsonElement writer)
        {
            // Tried on the side: what one branch lacks another may have.
            List<string> before = Problems;
            Problems = [];
            Compare(reader, writer, "");
            bool can = Problems.Count == 0;
            Problems = before;
            return can;
        }

        private static string TypeOf(JsonElement type) => type.ValueKind == JsonValueKind.Object ? type.GetProperty("type").GetString()! : type.GetString()!;

        private static string Shown(string place) => place.Length == 0 ? "the value" : place;

        private static bool IsPromoted(string from, string to) => (from, to) is
            ("int", "long" or "float" or "double") or ("long", "float" or "double") or ("float", "double") or ("string", "bytes") or ("bytes", "string");
    }
}
