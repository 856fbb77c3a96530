namespace IcmpStream.Schemas;

/// <content>The candidates at the end of a partial.</content>
public static partial class PartialCodec
{
    private static void WriteCandidates(ref AvroWriter writer, PartialBuffer record)
    {
        writer.WriteBlock(record.CandidateCount);
        foreach (ref readonly PartialCandidate candidate in record.Candidates)
            WriteCandidate(ref writer, candidate);
        writer.WriteZero();
        writer.WriteLong(record.CandidatesUntilNs);
    }

    private static void WriteCandidate(ref AvroWriter writer, in PartialCandidate candidate)
    {
        writer.WriteLong((long)candidate.Kind);
        writer.WriteLong(candidate.Family);
        writer.WriteLong(candidate.Type);
        writer.WriteLong(candidate.Code);
        writer.WriteLong(candidate.Identifier);
        writer.WriteLong(candidate.Sequence);
        writer.WriteAddress(candidate.Requester);
        writer.WriteAddress(candidate.Responder);
        writer.WriteLong(candidate.TimeNs);
        writer.WriteHash(candidate.Run.High);
        writer.WriteHash(candidate.Run.Low);
        writer.WriteLong(candidate.Stream);
        writer.WriteLong(candidate.Frame);
        writer.WriteLong(candidate.MessageBytes);
        writer.WriteHash(candidate.PayloadHash);
        writer.WriteLong(candidate.Checksum);
        writer.WriteLong(candidate.Payload);
        writer.WriteLong(candidate.Seen);
        writer.WriteLong(candidate.Lost);
    }

    private static void ReadCandidate(ref AvroReader reader, PartialBuffer record)
    {
        ref PartialCandidate candidate = ref record.AddCandidate();
        candidate.Kind = (CandidateKind)reader.ReadUInt8();
        candidate.Family = reader.ReadUInt8();
        candidate.Type = reader.ReadUInt8();
        candidate.Code = reader.ReadUInt8();
        candidate.Identifier = reader.ReadUInt16();
        candidate.Sequence = reader.ReadUInt16();
        candidate.Requester = reader.ReadAddress();
        candidate.Responder = reader.ReadAddress();
        candidate.TimeNs = reader.ReadLong();
        candidate.Run = new RunId(reader.ReadHash(), reader.ReadHash());
        candidate.Stream = reader.ReadUInt32();
        candidate.Frame = reader.ReadLong();
        candidate.MessageBytes = reader.ReadUInt16();
        candidate.PayloadHash = reader.ReadHash();
        candidate.Checksum = reader.ReadUInt16();
        candidate.Payload = reader.ReadUInt8();
        candidate.Seen = reader.ReadLong();
        candidate.Lost = reader.ReadLong();
    }
}
