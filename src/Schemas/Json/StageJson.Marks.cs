using System.Text.Json;

namespace IcmpStream.Schemas;

/// <content>The marks of a partial.</content>
public static partial class StageJson
{
    private static void WriteMarks(Utf8JsonWriter json, PartialBuffer record)
    {
        json.WriteStartArray(JsonNames.Marks);
        foreach (ref readonly PartialMark mark in record.Marks)
            WriteMark(json, record, mark);
        json.WriteEndArray();
    }

    private static void WriteMark(Utf8JsonWriter json, PartialBuffer record, in PartialMark mark)
    {
        json.WriteStartObject();
        json.WriteNumber(JsonNames.Kind, (int)mark.Kind);
        json.WriteString(JsonNames.Role, JsonSymbols<Role>.Of((byte)mark.Role));
        json.WriteAddress(JsonNames.Address, mark.Address);
        json.WriteNumber(JsonNames.Packets, mark.Packets);
        json.WriteNumber(JsonNames.Bytes, mark.Bytes);
        json.WriteNumber(JsonNames.Value, mark.Value);
        json.WriteNumber(JsonNames.Mask, mark.Mask);
        json.WriteStartArray(JsonNames.Peers);
        foreach (Address peer in record.Peers(mark))
            json.WriteAddress(peer);
        json.WriteEndArray();
        json.WriteHex(JsonNames.PeersSketch, record.Sketch(mark));
        json.WriteStartArray(JsonNames.Samples);
        foreach (MarkSample sample in record.Samples(mark))
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.TimeNs, sample.TimeNs);
            json.WriteAddress(JsonNames.Src, sample.Source);
            json.WriteAddress(JsonNames.Dst, sample.Destination);
            json.WriteNumber(JsonNames.Type, sample.Type);
            json.WriteNumber(JsonNames.Code, sample.Code);
            json.WriteNumber(JsonNames.Ttl, sample.Ttl);
            json.WriteNumber(JsonNames.Bytes, sample.Bytes);
            json.WriteOptional(JsonNames.RestOfHeader, sample.RestOfHeader);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
