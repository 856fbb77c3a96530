using System.Globalization;
using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>An alert as an OCSF 1.1 Detection Finding (class 2004).</summary>
public static class OcsfJson
{
    private const int ClassUid = 2004, CategoryUid = 2, NsPerMs = 1_000_000;

    /// <summary>Writes a revision of an alert.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="alert">The alert.</param>
    /// <param name="ruleName">What the rule is called.</param>
    public static void Write(Utf8JsonWriter json, Alert alert, string ruleName)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(alert);
        (int activity, string activityName, int status, string statusName) = alert.State switch
        {
            AlertState.Open => (1, "Create", 1, "New"),
            AlertState.Close => (3, "Close", 4, "Resolved"),
            _ => (2, "Update", 2, "In Progress"),
        };
        int severity = alert.Severity switch
        {
            Severity.Informational => 1,
            Severity.Low => 2,
            Severity.Medium => 3,
            Severity.High => 4,
            Severity.Critical => 5,
            _ => 0,
        };
        json.WriteStartObject();
        json.WriteNumber("class_uid", ClassUid);
        json.WriteString("class_name", "Detection Finding");
        json.WriteNumber("category_uid", CategoryUid);
        json.WriteString("category_name", "Findings");
        json.WriteNumber("activity_id", activity);
        json.WriteString("activity_name", activityName);
        json.WriteNumber("type_uid", (ClassUid * 100) + activity);
        json.WriteNumber("severity_id", severity);
        json.WriteString("severity", severity == 0 ? "Unknown" : alert.Severity.ToString());
        json.WriteNumber("status_id", status);
        json.WriteString("status", statusName);
        json.WriteNumber("confidence_score", (int)Math.Round(100 * alert.Confidence));
        json.WriteNumber("time", (alert.State == AlertState.Open ? alert.OpenedNs : alert.LastNs) / NsPerMs);
        json.WriteNumber("start_time", alert.FirstNs / NsPerMs);
        json.WriteNumber("end_time", alert.LastNs / NsPerMs);
        json.WriteString("message", alert.Evidence.Count > 0 ? alert.Evidence[0] : ruleName);
        json.WriteStartObject("metadata");
        json.WriteString("version", "1.1.0");
        json.WriteStartObject("product");
        json.WriteString("name", "IcmpStream");
        json.WriteString("vendor_name", "IcmpStream");
        json.WriteEndObject();
        json.WriteString("uid", string.Create(CultureInfo.InvariantCulture, $"{alert.Id}-{alert.Revision}"));
        json.WriteEndObject();
        WriteFinding(json, alert, ruleName);
        WriteEvidences(json, alert);
        json.WriteEndObject();
    }

    private static void WriteFinding(Utf8JsonWriter json, Alert alert, string ruleName)
    {
        json.WriteStartObject("finding_info");
        json.WriteString("uid", alert.Id);
        json.WriteString("title", ruleName);
        json.WriteString("desc", string.Join("; ", alert.Evidence));
        json.WriteNumber("first_seen_time", alert.FirstNs / NsPerMs);
        json.WriteNumber("last_seen_time", alert.LastNs / NsPerMs);
        json.WriteStartArray("types");
        json.WriteStringValue(alert.Rule);
        json.WriteEndArray();
        json.WriteStartObject("analytic");
        json.WriteString("uid", alert.Rule);
        json.WriteString("name", ruleName);
        json.WriteString("version", alert.Version.ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("type_id", 1);
        json.WriteString("type", "Rule");
        json.WriteEndObject();
        json.WriteStartArray("attacks");
        foreach (string technique in alert.Techniques)
        {
            json.WriteStartObject();
            json.WriteStartObject("technique");
            json.WriteString("uid", technique);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteEvidences(Utf8JsonWriter json, Alert alert)
    {
        json.WriteStartArray("evidences");
        json.WriteStartObject();
        WriteEndpoint(json, "src_endpoint", alert.Source);
        WriteEndpoint(json, "dst_endpoint", alert.Destination);
        json.WriteStartObject("data");
        json.WriteString("subject", alert.Subject);
        json.WriteNumber("observed", alert.Observed);
        json.WriteNumber("threshold", alert.Threshold);
        json.WriteString("unit", alert.Unit);
        json.WriteNumber("completeness", alert.Completeness);
        foreach ((string name, double value) in alert.Features)
            json.WriteNumber(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteEndpoint(Utf8JsonWriter json, string name, Address? address)
    {
        if (address is not { } known)
            return;
        json.WriteStartObject(name);
        json.WriteString("ip", known.ToString());
        json.WriteEndObject();
    }
}
