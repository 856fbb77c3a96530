using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>The records that travel between the stages as JSON objects, the Avro fields in their order.</summary>
public static partial class StageJson
{
    /// <summary>Writes a partial record.</summary>
    public static void Write(Utf8JsonWriter json, PartialBuffer record)
    {
        json.WriteStartObject();
        json.WriteNumber(JsonNames.Domain, record.Domain);
        json.WriteNumber(JsonNames.PairPartition, record.PairPartition);
        json.WriteNumber(JsonNames.HostPartition, record.HostPartition);
        json.WriteNumber(JsonNames.Sequence, record.Sequence);
        json.WriteNumber(JsonNames.SlotStartNs, record.SlotStartNs);
        json.WriteNumber(JsonNames.SlotNs, record.SlotNs);
        json.WriteNumber(JsonNames.WatermarkNs, record.WatermarkNs);
        json.WriteNumber(JsonNames.Seen, record.Seen);
        json.WriteNumber(JsonNames.Lost, record.Lost);
        json.WriteBoolean(JsonNames.Final, record.Final);
        json.WriteStartArray(JsonNames.Counts);
        foreach (ref readonly PartialCount count in record.Counts)
            WriteCount(json, record, count);
        json.WriteEndArray();
        WriteMarks(json, record);
        WriteCandidates(json, record);
        json.WriteEndObject();
    }

    /// <summary>Writes a finding record.</summary>
    public static void Write(Utf8JsonWriter json, Finding record)
    {
        json.WriteStartObject();
        json.WriteNumber(JsonNames.Domain, record.Domain);
        json.WriteString(JsonNames.Stage, JsonSymbols<FindingStage>.Of((byte)record.Stage));
        json.WriteNumber(JsonNames.Partition, record.Partition);
        json.WriteNumber(JsonNames.Sequence, record.Sequence);
        json.WriteNumber(JsonNames.WatermarkNs, record.WatermarkNs);
        json.WriteBoolean(JsonNames.Final, record.Final);
        json.WriteStartArray(JsonNames.Findings);
        foreach (RuleFinding finding in record.Findings)
            WriteFinding(json, finding);
        json.WriteEndArray();
        json.WriteStartArray(JsonNames.Rest);
        foreach (RateRest rest in record.Rest)
            WriteRest(json, rest);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCount(Utf8JsonWriter json, PartialBuffer record, in PartialCount count)
    {
        json.WriteStartObject();
        json.WriteAddress(JsonNames.Address, count.Address);
        json.WriteString(JsonNames.Role, JsonSymbols<Role>.Of((byte)count.Role));
        json.WriteNumber(JsonNames.Packets, count.Packets);
        json.WriteNumber(JsonNames.Bytes, count.Bytes);
        json.WriteNumber(JsonNames.Requests, count.Requests);
        json.WriteNumber(JsonNames.Replies, count.Replies);
        json.WriteNumber(JsonNames.Errors, count.Errors);
        json.WriteNumber(JsonNames.Other, count.Other);
        json.WriteStartArray(JsonNames.Peers);
        foreach (Address peer in record.Peers(count))
            json.WriteAddress(peer);
        json.WriteEndArray();
        json.WriteHex(JsonNames.PeersSketch, record.Sketch(count));
        json.WriteStartArray(JsonNames.TopPeers);
        foreach (TopPeer peer in record.TopPeers(count))
        {
            json.WriteStartObject();
            json.WriteAddress(JsonNames.Address, peer.Address);
            json.WriteNumber(JsonNames.Packets, peer.Packets);
            json.WriteNumber(JsonNames.Bytes, peer.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray(JsonNames.Types);
        foreach (TypeCount type in record.Types(count))
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.Family, type.Family);
            json.WriteNumber(JsonNames.Type, type.Type);
            json.WriteNumber(JsonNames.Code, type.Code);
            json.WriteNumber(JsonNames.Packets, type.Packets);
            json.WriteNumber(JsonNames.Bytes, type.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteFinding(Utf8JsonWriter json, RuleFinding finding)
    {
        json.WriteStartObject();
        json.WriteString(JsonNames.Rule, finding.Rule);
        json.WriteNumber(JsonNames.SlotStartNs, finding.SlotStartNs);
        json.WriteNumber(JsonNames.SlotNs, finding.SlotNs);
        json.WriteBoolean(JsonNames.Active, finding.Active);
        json.WriteString(JsonNames.Subject, finding.Subject);
        json.WriteOptional(JsonNames.Source, finding.Source);
        json.WriteOptional(JsonNames.Destination, finding.Destination);
        json.WriteNumber(JsonNames.FirstNs, finding.FirstNs);
        json.WriteNumber(JsonNames.LastNs, finding.LastNs);
        json.WriteDouble(JsonNames.Observed, finding.Observed);
        json.WriteDouble(JsonNames.Threshold, finding.Threshold);
        json.WriteString(JsonNames.Unit, finding.Unit);
        json.WriteString(JsonNames.Severity, JsonSymbols<Severity>.Of((byte)finding.Severity));
        json.WriteDouble(JsonNames.Confidence, finding.Confidence);
        json.WriteTexts(JsonNames.Evidence, finding.Evidence);
        json.WriteStartArray(JsonNames.Features);
        foreach (FindingFeature feature in finding.Features)
        {
            json.WriteStartObject();
            json.WriteString(JsonNames.Name, feature.Name);
            json.WriteDouble(JsonNames.Value, feature.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        RecordJson.WriteSamples(json, finding.Samples);
        json.WriteDouble(JsonNames.Completeness, finding.Completeness);
        json.WriteStartArray(JsonNames.Related);
        foreach (Address address in finding.Related)
            json.WriteAddress(address);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRest(Utf8JsonWriter json, in RateRest rest)
    {
        json.WriteStartObject();
        json.WriteNumber(JsonNames.WindowStartNs, rest.WindowStartNs);
        json.WriteNumber(JsonNames.WindowNs, rest.WindowNs);
        json.WriteString(JsonNames.Role, JsonSymbols<Role>.Of((byte)rest.Role));
        json.WriteNumber(JsonNames.Packets, rest.Packets);
        json.WriteNumber(JsonNames.Bytes, rest.Bytes);
        json.WriteNumber(JsonNames.Requests, rest.Requests);
        json.WriteNumber(JsonNames.Replies, rest.Replies);
        json.WriteNumber(JsonNames.Errors, rest.Errors);
        json.WriteNumber(JsonNames.Other, rest.Other);
        json.WriteNumber(JsonNames.Addresses, rest.Addresses);
        json.WriteDouble(JsonNames.Completeness, rest.Completeness);
        json.WriteEndObject();
    }
}
