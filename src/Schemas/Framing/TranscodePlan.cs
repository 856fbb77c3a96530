using System.Text;
using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>Makes the steps between two schemas.</summary>
internal sealed class TranscodePlan(SchemaNames readers, SchemaNames writers)
{
    private readonly Dictionary<(string, string), RecordStep> _records = [];

    /// <summary>Null where the two do not go together.</summary>
    public TranscodeStep? TryMake(JsonElement reader, JsonElement writer)
    {
        (reader, writer) = (readers.Resolve(reader), writers.Resolve(writer));
        if (writer.ValueKind == JsonValueKind.Array)
        {
            TranscodeStep?[] branches = [.. writer.EnumerateArray().Select(branch => TryMake(reader, branch))];
            return branches.Contains(null) ? null : new BranchesStep(branches!);
        }

        if (reader.ValueKind == JsonValueKind.Array)
            return TryMakeInto(reader, writer);
        string readerType = TypeOf(reader), writerType = TypeOf(writer);
        if (readerType != writerType)
            return TryPromote(writerType, readerType);
        switch (readerType)
        {
            case "record":
                return TryMakeRecord(reader, writer);
            case "enum":
                return TryMakeEnum(reader, writer);
            case "fixed":
                int size = reader.GetProperty("size").GetInt32();
                return size == writer.GetProperty("size").GetInt32() && readers.FullName(reader) == writers.FullName(writer) ? new CopyStep("fixed", size) : null;
            case "array":
                return TryMake(reader.GetProperty("items"), writer.GetProperty("items")) is { } item ? new ItemsStep(null, item) : null;
            case "map":
                return TryMake(reader.GetProperty("values"), writer.GetProperty("values")) is { } value ? new ItemsStep(new CopyStep("string"), value) : null;
            default:
                return new CopyStep(readerType);
        }
    }

    private IntoBranchStep? TryMakeInto(JsonElement reader, JsonElement writer)
    {
        // The first branch of the same type, else the first that can read it.
        (JsonElement Branch, int Index)[] branches = [.. reader.EnumerateArray().Select((branch, index) => (readers.Resolve(branch), index))];
        foreach ((JsonElement branch, int index) in branches.OrderBy(branch => TypeOf(branch.Branch) == TypeOf(writer) ? 0 : 1))
        {
            if (TryMake(branch, writer) is { } value)
                return new IntoBranchStep(index, value);
        }

        return null;
    }

    private RecordStep? TryMakeRecord(JsonElement reader, JsonElement writer)
    {
        (string, string) names = (readers.FullName(reader), writers.FullName(writer));
        if (names.Item1 != names.Item2)
            return null;
        if (_records.TryGetValue(names, out RecordStep? known))
            return known;
        var record = new RecordStep();
        _records.Add(names, record);
        JsonElement[] wanted = [.. reader.GetProperty("fields").EnumerateArray()];
        var steps = new List<TranscodeStep>();
        int next = 0;
        foreach (JsonElement written in writer.GetProperty("fields").EnumerateArray())
        {
            int place = Array.FindIndex(wanted, field => NamesOf(field).Contains(NameOf(written), StringComparer.Ordinal));
            JsonElement type = written.GetProperty("type");
            if (place >= 0 && place < next)
                return null;
            for (; place >= 0 && next < place; next++)
                steps.Add(DefaultOf(wanted[next]));
            TranscodeStep? step = place < 0 ? Drop(type) : TryMake(wanted[next++].GetProperty("type"), type);
            if (step is null)
                return null;
            steps.Add(step);
        }

        for (; next < wanted.Length; next++)
            steps.Add(DefaultOf(wanted[next]));
        record.Fields = [.. steps];
        return record;
    }

    private EnumStep? TryMakeEnum(JsonElement reader, JsonElement writer)
    {
        string[] symbols = [.. reader.GetProperty("symbols").EnumerateArray().Select(symbol => symbol.GetString()!)];
        int other = reader.TryGetProperty("default", out JsonElement standing) ? Array.IndexOf(symbols, standing.GetString()) : -1;
        int[] positions = [.. writer.GetProperty("symbols").EnumerateArray().Select(symbol => Array.IndexOf(symbols, symbol.GetString()) is >= 0 and int place ? place : other)];
        return positions.Contains(-1) ? null : new EnumStep(positions);
    }

    private static TranscodeStep? TryPromote(string from, string to) => (from, to) switch
    {
        ("int", "long") => new CopyStep(to),
        ("int" or "long", "float" or "double") or ("float", "double") => new PromoteStep(from, to),
        ("string", "bytes") or ("bytes", "string") => new CopyStep(to),
        _ => null,
    };

    private DropStep? Drop(JsonElement type) => new TranscodePlan(writers, writers).TryMake(type, type) is { } value ? new DropStep(value) : null;

    private DefaultStep DefaultOf(JsonElement field)
    {
        var output = new TranscodedBytes();
        Encode(field.GetProperty("type"), field.GetProperty("default"), output);
        return new DefaultStep(output.Written.ToArray());
    }

    /// <summary>Writes a default as the specification spells it in JSON ("Complex Types", "default"): of a union, a value of its first branch.</summary>
    private void Encode(JsonElement type, JsonElement value, TranscodedBytes output)
    {
        type = readers.Resolve(type);
        if (type.ValueKind == JsonValueKind.Array)
        {
            output.WriteLong(0);
            Encode(type[0], value, output);
            return;
        }

        switch (TypeOf(type))
        {
            case "boolean":
                output.Write([value.GetBoolean() ? (byte)1 : (byte)0]);
                break;
            case "int" or "long":
                output.WriteLong(value.GetInt64());
                break;
            case "float":
                output.Write(BitConverter.GetBytes(value.GetSingle()));
                break;
            case "double":
                output.Write(BitConverter.GetBytes(value.GetDouble()));
                break;
            case "string":
                WriteSized(Encoding.UTF8.GetBytes(value.GetString()!), output);
                break;
            case "bytes":
                WriteSized(Encoding.Latin1.GetBytes(value.GetString()!), output);
                break;
            case "fixed":
                output.Write(Encoding.Latin1.GetBytes(value.GetString()!));
                break;
            case "enum":
                output.WriteLong(type.GetProperty("symbols").EnumerateArray().TakeWhile(symbol => symbol.GetString() != value.GetString()).Count());
                break;
            case "array":
                EncodeItems(value.EnumerateArray().Select(item => ((string?)null, item)), value.GetArrayLength(), type.GetProperty("items"), output);
                break;
            case "map":
                EncodeItems(value.EnumerateObject().Select(item => ((string?)item.Name, item.Value)), value.EnumerateObject().Count(), type.GetProperty("values"), output);
                break;
            case "record":
                foreach (JsonElement field in type.GetProperty("fields").EnumerateArray())
                    Encode(field.GetProperty("type"), value.TryGetProperty(NameOf(field), out JsonElement given) ? given : field.GetProperty("default"), output);
                break;
            default:
                // null: nothing is written for it.
                break;
        }
    }

    private void EncodeItems(IEnumerable<(string? Key, JsonElement Value)> items, int count, JsonElement type, TranscodedBytes output)
    {
        if (count > 0)
            output.WriteLong(count);
        foreach ((string? key, JsonElement value) in items)
        {
            if (key is not null)
                WriteSized(Encoding.UTF8.GetBytes(key), output);
            Encode(type, value, output);
        }

        output.WriteLong(0);
    }

    private static void WriteSized(byte[] bytes, TranscodedBytes output)
    {
        output.WriteLong(bytes.Length);
        output.Write(bytes);
    }

    private static string TypeOf(JsonElement type) => type.ValueKind == JsonValueKind.Object ? type.GetProperty("type").GetString()! : type.GetString()!;

    private static string NameOf(JsonElement field) => field.GetProperty("name").GetString()!;

    private static IEnumerable<string> NamesOf(JsonElement field) =>
        field.TryGetProperty("aliases", out JsonElement aliases) ? aliases.EnumerateArray().Select(alias => alias.GetString()!).Prepend(NameOf(field)) : [NameOf(field)];
}
