using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>Reads an alert from the JSON that <see cref="RecordJson"/> writes, and <c>icmpstream tail</c> shows.</summary>
public static class AlertJson
{
    /// <summary>Reads a revision of an alert; members that this version does not know are left out.</summary>
    /// <exception cref="FormatException">It is no alert: a member is missing, or has a value of another kind.</exception>
    public static Alert Read(JsonElement json)
    {
        try
        {
            return ReadMembers(json);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"no alert: {e.Message}", e);
        }
    }

    private static Alert ReadMembers(JsonElement json)
    {
        var alert = new Alert
        {
            Id = Text(json, "id"),
            Rule = Text(json, "rule"),
            Version = json.GetProperty("version").GetInt32(),
            State = Symbol<AlertState>(json, "state"),
            Severity = Symbol<Severity>(json, "severity"),
            Confidence = json.GetProperty("confidence").GetDouble(),
            Subject = Text(json, "subject"),
            Source = Optional(json, "source"),
            Destination = Optional(json, "destination"),
            OpenedNs = json.GetProperty("opened_ns").GetInt64(),
            FirstNs = json.GetProperty("first_ns").GetInt64(),
            LastNs = json.GetProperty("last_ns").GetInt64(),
            Observed = json.GetProperty("observed").GetDouble(),
            Threshold = json.GetProperty("threshold").GetDouble(),
            Unit = Text(json, "unit"),
            Completeness = json.GetProperty("completeness").GetDouble(),
            Revision = json.GetProperty("revision").GetInt32(),
            Domain = json.GetProperty("domain").GetUInt32(),
        };
        foreach (JsonElement words in json.GetProperty("evidence").EnumerateArray())
            alert.Evidence.Add(words.GetString() ?? "");
        foreach (JsonProperty feature in json.GetProperty("features").EnumerateObject())
            alert.Features[feature.Name] = feature.Value.GetDouble();
        foreach (JsonElement technique in json.GetProperty("techniques").EnumerateArray())
            alert.Techniques.Add(technique.GetString() ?? "");
        foreach (JsonElement sample in json.GetProperty("samples").EnumerateArray())
            alert.Samples.Add(ReadSample(sample));
        return alert;
    }

    private static Sample ReadSample(JsonElement json) => new()
    {
        TimeNs = json.GetProperty("time_ns").GetInt64(),
        Source = AddressOf(Text(json, "src")),
        Destination = AddressOf(Text(json, "dst")),
        Type = json.GetProperty("type").GetByte(),
        Code = json.GetProperty("code").GetByte(),
        Ttl = json.GetProperty("ttl").GetByte(),
        Bytes = json.GetProperty("bytes").GetUInt32(),
        Identifier = json.TryGetProperty("ident", out JsonElement identifier) ? identifier.GetUInt16() : null,
        Sequence = json.TryGetProperty("seq", out JsonElement sequence) ? sequence.GetUInt16() : null,
        PayloadPrefix = json.TryGetProperty("payload_prefix", out JsonElement prefix) ? Convert.FromHexString(prefix.GetString() ?? "") : default,
    };

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? "";

    private static Address? Optional(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.GetString() is { } text ? AddressOf(text) : null;

    private static Address AddressOf(string text) => Address.TryParse(text, out Address address) ? address : throw new FormatException($"{text} is no address");

    private static T Symbol<T>(JsonElement json, string name)
        where T : struct, Enum
    {
        string text = Text(json, name);
        foreach (T value in Enum.GetValues<T>())
        {
            if (JsonSymbols.SnakeCase(value.ToString()) == text)
                return value;
        }

        throw new FormatException($"{text} is no {name}");
    }
}
