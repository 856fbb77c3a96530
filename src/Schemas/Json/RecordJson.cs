using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>
/// The derived records as JSON objects: the Avro fields under their names, in the order that `analyze --out` promises, further
/// ones behind.
/// </summary>
public static class RecordJson
{
    private static readonly JsonEncodedText AllOthers = JsonEncodedText.Encode("*");

    /// <summary>Writes an exchange.</summary>
    public static void Write(Utf8JsonWriter json, in EchoExchange record)
    {
        json.WriteStartObject();
        json.WriteString(JsonNames.Outcome, JsonSymbols<EchoOutcome>.Of((byte)record.Outcome));
        json.WriteNumber(JsonNames.Family, record.Family);
        json.WriteNumber(JsonNames.Type, record.Type);
        json.WriteAddress(JsonNames.Requester, record.Requester);
        json.WriteAddress(JsonNames.Responder, record.Responder);
        json.WriteNumber(JsonNames.Ident, record.Identifier);
        json.WriteNumber(JsonNames.Seq, record.Sequence);
        json.WriteOptional(JsonNames.RequestNs, record.RequestNs);
        json.WriteOptional(JsonNames.ReplyNs, record.ReplyNs);
        json.WriteOptional(JsonNames.RttNs, record.RttNs);
        json.WriteOptional(JsonNames.RequestBytes, record.RequestBytes);
        json.WriteOptional(JsonNames.ReplyBytes, record.ReplyBytes);
        json.WriteNumber(JsonNames.Domain, record.Domain);
        json.WriteOptional(JsonNames.ErrorType, record.ErrorType);
        json.WriteOptional(JsonNames.ErrorCode, record.ErrorCode);
        json.WriteOptional(JsonNames.ErrorSource, record.ErrorSource);
        json.WriteDouble(JsonNames.Completeness, record.Completeness);
        json.WriteEndObject();
    }

    /// <summary>Writes a rate; the row of all others has the address <c>*</c>.</summary>
    public static void Write(Utf8JsonWriter json, in SourceRate record)
    {
        json.WriteStartObject();
        json.WriteNumber(JsonNames.WindowStartNs, record.WindowStartNs);
        json.WriteNumber(JsonNames.WindowNs, record.WindowNs);
        json.WriteString(JsonNames.Role, JsonSymbols<Role>.Of((byte)record.Role));
        if (record.Address is { } address)
            json.WriteAddress(JsonNames.Address, address);
        else
            json.WriteString(JsonNames.Address, AllOthers);
        json.WriteNumber(JsonNames.Packets, record.Packets);
        json.WriteNumber(JsonNames.Bytes, record.Bytes);
        json.WriteNumber(JsonNames.Requests, record.Requests);
        json.WriteNumber(JsonNames.Replies, record.Replies);
        json.WriteNumber(JsonNames.Errors, record.Errors);
        json.WriteNumber(JsonNames.Other, record.Other);
        json.WriteNumber(JsonNames.Peers, record.Peers);
        json.WriteDouble(JsonNames.Completeness, record.Completeness);
        json.WriteNumber(JsonNames.Domain, record.Domain);
        json.WriteEndObject();
    }

    /// <summary>Writes a pair's round-trip times.</summary>
    public static void Write(Utf8JsonWriter json, PairRtt record)
    {
        json.WriteStartObject();
        json.WriteNumber(JsonNames.WindowStartNs, record.WindowStartNs);
        json.WriteNumber(JsonNames.WindowNs, record.WindowNs);
        json.WriteNumber(JsonNames.Family, record.Family);
        json.WriteAddress(JsonNames.Requester, record.Requester);
        json.WriteAddress(JsonNames.Responder, record.Responder);
        json.WriteNumber(JsonNames.Count, record.Count);
        json.WriteNumber(JsonNames.MinNs, record.MinNs);
        json.WriteNumber(JsonNames.MaxNs, record.MaxNs);
        json.WriteNumber(JsonNames.SumNs, record.SumNs);
        json.WriteNumber(JsonNames.P50Ns, record.P50Ns);
        json.WriteNumber(JsonNames.P90Ns, record.P90Ns);
        json.WriteNumber(JsonNames.P95Ns, record.P95Ns);
        json.WriteNumber(JsonNames.P99Ns, record.P99Ns);
        json.WriteNumber(JsonNames.Dropped, record.Dropped);
        json.WriteDouble(JsonNames.Completeness, record.Completeness);
        json.WriteNumber(JsonNames.Domain, record.Domain);
        json.WriteStartArray(JsonNames.Cells);
        foreach (RttCell cell in record.Cells)
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.Bucket, cell.Bucket);
            json.WriteNumber(JsonNames.Count, cell.Count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes an alert.</summary>
    public static void Write(Utf8JsonWriter json, Alert record)
    {
        json.WriteStartObject();
        json.WriteString(JsonNames.Id, record.Id);
        json.WriteString(JsonNames.Rule, record.Rule);
        json.WriteNumber(JsonNames.Version, record.Version);
        json.WriteString(JsonNames.State, JsonSymbols<AlertState>.Of((byte)record.State));
        json.WriteString(JsonNames.Severity, JsonSymbols<Severity>.Of((byte)record.Severity));
        json.WriteDouble(JsonNames.Confidence, record.Confidence);
        json.WriteString(JsonNames.Subject, record.Subject);
        json.WriteOptional(JsonNames.Source, record.Source);
        json.WriteOptional(JsonNames.Destination, record.Destination);
        json.WriteNumber(JsonNames.OpenedNs, record.OpenedNs);
        json.WriteNumber(JsonNames.FirstNs, record.FirstNs);
        json.WriteNumber(JsonNames.LastNs, record.LastNs);
        json.WriteDouble(JsonNames.Observed, record.Observed);
        json.WriteDouble(JsonNames.Threshold, record.Threshold);
        json.WriteString(JsonNames.Unit, record.Unit);
        json.WriteTexts(JsonNames.Evidence, record.Evidence);
        json.WriteStartObject(JsonNames.Features);
        foreach ((string name, double value) in record.Features)
        {
            json.WritePropertyName(name);
            json.WriteDouble(value);
        }

        json.WriteEndObject();
        json.WriteTexts(JsonNames.Techniques, record.Techniques);
        json.WriteDouble(JsonNames.Completeness, record.Completeness);
        WriteSamples(json, record.Samples);
        json.WriteNumber(JsonNames.Revision, record.Revision);
        json.WriteNumber(JsonNames.Domain, record.Domain);
        json.WriteEndObject();
    }

    internal static void WriteSamples(Utf8JsonWriter json, List<Sample> samples)
    {
        json.WriteStartArray(JsonNames.Samples);
        foreach (Sample sample in samples)
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.TimeNs, sample.TimeNs);
            json.WriteAddress(JsonNames.Src, sample.Source);
            json.WriteAddress(JsonNames.Dst, sample.Destination);
            json.WriteNumber(JsonNames.Type, sample.Type);
            json.WriteNumber(JsonNames.Code, sample.Code);
            json.WriteNumber(JsonNames.Ttl, sample.Ttl);
            json.WriteNumber(JsonNames.Bytes, sample.Bytes);
            json.WriteOptional(JsonNames.Ident, sample.Identifier);
            json.WriteOptional(JsonNames.Seq, sample.Sequence);
            json.WriteHex(JsonNames.PayloadPrefix, sample.PayloadPrefix.Span);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
