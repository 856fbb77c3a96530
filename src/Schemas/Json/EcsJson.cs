using System.Globalization;
using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>
/// An alert as an Elastic Common Schema document: the value of <c>icmp.alert.ecs.v1</c>. What ECS has no field for is under
/// <c>icmpstream</c>, as its rules for own fields ask; <c>icmp.request</c> is as Packetbeat writes it.
/// </summary>
public static class EcsJson
{
    /// <summary>The version of ECS that the fields are of.</summary>
    public const string EcsVersion = "8.11.0";

    private const long NsPerTick = TimeSpan.NanosecondsPerTick;

    /// <summary>Writes a revision of an alert.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="alert">The alert.</param>
    /// <param name="ruleName">What the rule is called.</param>
    public static void Write(Utf8JsonWriter json, Alert alert, string ruleName)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(alert);
        (byte type, byte code, bool isIpv4) = MessageOf(alert);
        json.WriteStartObject();
        json.WriteString("@timestamp", Time(alert.State == AlertState.Open ? alert.OpenedNs : alert.LastNs));
        json.WriteStartObject("ecs");
        json.WriteString("version", EcsVersion);
        json.WriteEndObject();
        json.WriteString("message", alert.Evidence.Count > 0 ? alert.Evidence[0] : ruleName);
        WriteEvent(json, alert);
        WriteNetwork(json, alert, type, code, isIpv4);
        WriteEnd(json, "source", alert.Source);
        WriteEnd(json, "destination", alert.Destination);
        WriteRelated(json, alert);
        json.WriteStartObject("icmp");
        json.WriteStartObject("request");
        json.WriteNumber("type", type);
        json.WriteNumber("code", code);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("rule");
        json.WriteString("id", alert.Rule);
        json.WriteString("name", ruleName);
        json.WriteString("version", alert.Version.ToString(CultureInfo.InvariantCulture));
        json.WriteString("category", alert.Rule.Split('.')[0]);
        json.WriteEndObject();
        WriteThreat(json, alert);
        json.WriteStartObject("observer");
        json.WriteString("vendor", "IcmpStream");
        json.WriteString("product", "IcmpStream");
        json.WriteString("type", "ids");
        json.WriteEndObject();
        WriteOwn(json, alert);
        json.WriteEndObject();
    }

    /// <summary>The number of a severity: those of Elastic's detection rules.</summary>
    public static int SeverityNumber(Severity severity) => severity switch
    {
        Severity.Critical => 99,
        Severity.High => 73,
        Severity.Medium => 47,
        Severity.Low => 21,
        _ => 1,
    };

    /// <summary>RFC 3339 with nanoseconds, UTC.</summary>
    internal static string Time(long timeNs)
    {
        long seconds = Math.DivRem(timeNs, 1_000_000_000, out long nanoseconds);
        if (nanoseconds < 0)
            (seconds, nanoseconds) = (seconds - 1, nanoseconds + 1_000_000_000);
        DateTimeOffset time = DateTimeOffset.UnixEpoch.AddTicks(seconds * (1_000_000_000 / NsPerTick));
        return string.Create(CultureInfo.InvariantCulture, $"{time:yyyy-MM-ddTHH:mm:ss}.{nanoseconds:D9}Z");
    }

    /// <summary>Type and code that stand for the alert: those of its first sample, else an echo request.</summary>
    internal static (byte Type, byte Code, bool IsIpv4) MessageOf(Alert alert)
    {
        if (alert.Samples.Count > 0)
            return (alert.Samples[0].Type, alert.Samples[0].Code, alert.Samples[0].Source.IsIpv4);
        bool isIpv4 = (alert.Source ?? alert.Destination)?.IsIpv4 ?? !alert.Subject.Contains(':', StringComparison.Ordinal);
        return (isIpv4 ? (byte)8 : (byte)128, 0, isIpv4);
    }

    private static void WriteEvent(Utf8JsonWriter json, Alert alert)
    {
        json.WriteStartObject("event");
        json.WriteString("kind", "alert");
        json.WriteStartArray("category");
        json.WriteStringValue("network");
        json.WriteStringValue("intrusion_detection");
        json.WriteEndArray();
        json.WriteStartArray("type");
        json.WriteStringValue(alert.State switch
        {
            AlertState.Open => "start",
            AlertState.Close => "end",
            _ => "info",
        });
        json.WriteEndArray();
        json.WriteString("id", string.Create(CultureInfo.InvariantCulture, $"{alert.Id}-{alert.Revision}"));
        json.WriteString("action", alert.State.ToString().ToLowerInvariant());
        json.WriteString("module", "icmpstream");
        json.WriteString("dataset", "icmpstream.alert");
        json.WriteNumber("severity", SeverityNumber(alert.Severity));
        json.WriteNumber("risk_score", Math.Round(SeverityNumber(alert.Severity) * alert.Confidence, 2));
        json.WriteString("start", Time(alert.FirstNs));
        json.WriteString("end", Time(alert.LastNs));
        json.WriteNumber("duration", Math.Max(0, alert.LastNs - alert.FirstNs));
        json.WriteString("reason", string.Join("; ", alert.Evidence));
        json.WriteEndObject();
    }

    private static void WriteNetwork(Utf8JsonWriter json, Alert alert, byte type, byte code, bool isIpv4)
    {
        json.WriteStartObject("network");
        json.WriteString("transport", isIpv4 ? "icmp" : "ipv6-icmp");
        json.WriteString("type", isIpv4 ? "ipv4" : "ipv6");
        json.WriteString("iana_number", isIpv4 ? "1" : "58");
        if (alert.Source is { } source && alert.Destination is { } destination)
            json.WriteString("community_id", CommunityId.Of(source, destination, type, code));
        json.WriteEndObject();
    }

    private static void WriteEnd(Utf8JsonWriter json, string name, Address? address)
    {
        if (address is not { } known)
            return;
        json.WriteStartObject(name);
        json.WriteString("ip", known.ToString());
        json.WriteString("address", known.ToString());
        json.WriteEndObject();
    }

    private static void WriteRelated(Utf8JsonWriter json, Alert alert)
    {
        var addresses = new SortedSet<Address>(alert.Samples.SelectMany(sample => (Address[])[sample.Source, sample.Destination]));
        if (alert.Source is { } source)
            addresses.Add(source);
        if (alert.Destination is { } destination)
            addresses.Add(destination);
        json.WriteStartObject("related");
        json.WriteStartArray("ip");
        foreach (Address address in addresses)
            json.WriteStringValue(address.ToString());
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteThreat(Utf8JsonWriter json, Alert alert)
    {
        if (alert.Techniques.Count == 0)
            return;
        json.WriteStartObject("threat");
        json.WriteString("framework", "MITRE ATT&CK");
        json.WriteStartObject("technique");
        WriteList(json, "id", alert.Techniques.Select(id => id.Split('.')[0]).Distinct());
        string[] subtechniques = [.. alert.Techniques.Where(id => id.Contains('.', StringComparison.Ordinal))];
        if (subtechniques.Length > 0)
        {
            json.WriteStartObject("subtechnique");
            WriteList(json, "id", subtechniques);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteOwn(Utf8JsonWriter json, Alert alert)
    {
        json.WriteStartObject("icmpstream");
        json.WriteString("alert_id", alert.Id);
        json.WriteNumber("revision", alert.Revision);
        json.WriteString("subject", alert.Subject);
        json.WriteString("severity", alert.Severity.ToString().ToLowerInvariant());
        json.WriteNumber("confidence", alert.Confidence);
        json.WriteNumber("observed", alert.Observed);
        json.WriteNumber("threshold", alert.Threshold);
        json.WriteString("unit", alert.Unit);
        json.WriteNumber("completeness", alert.Completeness);
        json.WriteNumber("domain", alert.Domain);
        WriteList(json, "evidence", alert.Evidence);
        json.WriteStartObject("features");
        foreach ((string name, double value) in alert.Features)
            json.WriteNumber(name.Replace('.', '_'), value);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
