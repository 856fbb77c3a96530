using System.Text.Json;

namespace IcmpStream.Schemas;

/// <content>The candidates of a partial.</content>
public static partial class StageJson
{
    private static void WriteCandidates(Utf8JsonWriter json, PartialBuffer record)
    {
        json.WriteStartArray(JsonNames.Candidates);
        foreach (ref readonly PartialCandidate candidate in record.Candidates)
            WriteCandidate(json, candidate);
        json.WriteEndArray();
        json.WriteNumber(JsonNames.CandidatesUntilNs, record.CandidatesUntilNs);
    }

    private static void WriteCandidate(Utf8JsonWriter json, in PartialCandidate candidate)
    {
        Span<byte> run = stackalloc byte[RunId.Size];
        candidate.Run.Write(run);
        json.WriteStartObject();
        json.WriteNumber(JsonNames.Kind, (int)candidate.Kind);
        json.WriteNumber(JsonNames.Family, candidate.Family);
        json.WriteNumber(JsonNames.Type, candidate.Type);
        json.WriteNumber(JsonNames.Code, candidate.Code);
        json.WriteNumber(JsonNames.Ident, candidate.Identifier);
        json.WriteNumber(JsonNames.Seq, candidate.Sequence);
        json.WriteAddress(JsonNames.Requester, candidate.Requester);
        json.WriteAddress(JsonNames.Responder, candidate.Responder);
        json.WriteNumber(JsonNames.TimeNs, candidate.TimeNs);
        json.WriteHex(JsonNames.Run, run);
        json.WriteNumber(JsonNames.Stream, candidate.Stream);
        json.WriteNumber(JsonNames.Frame, candidate.Frame);
        json.WriteNumber(JsonNames.MessageBytes, candidate.MessageBytes);
        json.WriteHash(JsonNames.PayloadHash, candidate.PayloadHash);
        json.WriteNumber(JsonNames.Checksum, candidate.Checksum);
        json.WriteNumber(JsonNames.Payload, candidate.Payload);
        json.WriteNumber(JsonNames.Seen, candidate.Seen);
        json.WriteNumber(JsonNames.Lost, candidate.Lost);
        json.WriteEndObject();
    }
}
