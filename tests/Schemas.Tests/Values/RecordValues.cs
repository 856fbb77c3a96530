namespace IcmpStream.Schemas.Tests.Values;

/// <summary>Draws the derived records, every field of them.</summary>
public static class RecordValues
{
    public static EchoExchange Echo(Tape tape) => new()
    {
        Outcome = tape.Symbol<EchoOutcome>(EnumSizes.EchoOutcome),
        Family = tape.U8(),
        Type = tape.U8(),
        Requester = tape.Address(),
        Responder = tape.Address(),
        Identifier = tape.U16(),
        Sequence = tape.U16(),
        RequestNs = tape.Flag() ? tape.Long() : null,
        ReplyNs = tape.Flag() ? tape.Long() : null,
        RttNs = tape.Flag() ? tape.Long() : null,
        RequestBytes = tape.Flag() ? tape.U32() : null,
        ReplyBytes = tape.Flag() ? tape.U32() : null,
        Domain = tape.U32(),
        ErrorType = tape.Flag() ? tape.U8() : null,
        ErrorCode = tape.Flag() ? tape.U8() : null,
        ErrorSource = tape.OptionalAddress(),
        Completeness = tape.Double(),
    };

    public static SourceRate Rate(Tape tape) => new()
    {
        WindowStartNs = tape.Long(),
        WindowNs = tape.Long(),
        Role = tape.Symbol<Role>(EnumSizes.Role),
        Address = tape.OptionalAddress(),
        Packets = tape.Long(),
        Bytes = tape.Long(),
        Requests = tape.Long(),
        Replies = tape.Long(),
        Errors = tape.Long(),
        Other = tape.Long(),
        Peers = tape.Long(),
        Completeness = tape.Double(),
        Domain = tape.U32(),
    };

    public static PairRtt Rtt(Tape tape)
    {
        PairRtt record = new()
        {
            WindowStartNs = tape.Long(),
            WindowNs = tape.Long(),
            Family = tape.U8(),
            Requester = tape.Address(),
            Responder = tape.Address(),
            Count = tape.Long(),
            MinNs = tape.Long(),
            MaxNs = tape.Long(),
            SumNs = tape.Long(),
            P50Ns = tape.Long(),
            P90Ns = tape.Long(),
            P95Ns = tape.Long(),
            P99Ns = tape.Long(),
            Dropped = tape.Long(),
            Completeness = tape.Double(),
            Domain = tape.U32(),
        };
        for (int left = tape.Byte() < 240 ? tape.UpTo(4) : RttBuckets.Count; left > 0; left--)
            record.Cells.Add(new RttCell((ushort)tape.UpTo(RttBuckets.Count - 1), tape.Long()));
        return record;
    }

    public static void Fill(Tape tape, PartialBuffer record)
    {
        record.Clear();
        record.Domain = tape.U32();
        record.PairPartition = tape.Int();
        record.HostPartition = tape.Int();
        record.Sequence = tape.Long();
        record.SlotStartNs = tape.Long();
        record.SlotNs = tape.Long();
        record.WatermarkNs = tape.Long();
        record.Seen = tape.Long();
        record.Lost = tape.Long();
        record.Final = tape.Flag();
        for (int left = tape.UpTo(4); left > 0; left--)
            AddCount(tape, record);
        for (int left = tape.UpTo(3); left > 0; left--)
            AddMark(tape, record);
        for (int left = tape.UpTo(3); left > 0; left--)
            record.AddCandidate() = Candidate(tape);
        record.CandidatesUntilNs = tape.Long();
    }

    public static Finding Finding(Tape tape)
    {
        Finding record = new()
        {
            Domain = tape.U32(),
            Stage = tape.Symbol<FindingStage>(EnumSizes.FindingStage),
            Partition = tape.Int(),
            Sequence = tape.Long(),
            WatermarkNs = tape.Long(),
            Final = tape.Flag(),
        };
        for (int left = tape.UpTo(3); left > 0; left--)
            record.Findings.Add(RuleFinding(tape));
        for (int left = tape.UpTo(3); left > 0; left--)
            record.Rest.Add(Rest(tape));
        return record;
    }

    public static Alert Alert(Tape tape)
    {
        Alert record = new()
        {
            Id = tape.Text(4),
            Rule = tape.Text(4),
            Version = tape.Int(),
            State = tape.Symbol<AlertState>(EnumSizes.AlertState),
            Revision = tape.Int(),
            Severity = tape.Symbol<Severity>(EnumSizes.Severity),
            Confidence = tape.Double(),
            Subject = tape.Text(4),
            Source = tape.OptionalAddress(),
            Destination = tape.OptionalAddress(),
            OpenedNs = tape.Long(),
            FirstNs = tape.Long(),
            LastNs = tape.Long(),
            Observed = tape.Double(),
            Threshold = tape.Double(),
            Unit = tape.Text(2),
            Completeness = tape.Double(),
            Domain = tape.U32(),
        };
        record.Evidence.AddRange(Texts(tape));
        foreach (string name in Texts(tape))
            record.Features[name] = tape.Double();
        record.Techniques.AddRange(Texts(tape));
        record.Samples.AddRange(Samples(tape));
        return record;
    }

    private static void AddCount(Tape tape, PartialBuffer record)
    {
        ref PartialCount count = ref record.Add();
        count.Address = tape.Address();
        count.Role = tape.Symbol<Role>(EnumSizes.Role);
        count.Packets = tape.Long();
        count.Bytes = tape.Long();
        count.Requests = tape.Long();
        count.Replies = tape.Long();
        count.Errors = tape.Long();
        count.Other = tape.Long();
        foreach (ref Address peer in record.AddPeers(tape.Byte() < 240 ? tape.UpTo(3) : PartialBuffer.MaxPeersPerCount))
            peer = tape.Address();
        if (tape.Byte() >= 200)
        {
            Span<byte> sketch = record.AddSketch();
            sketch.Fill(tape.U8());
            sketch[tape.UpTo(sketch.Length - 1)] = tape.U8();
        }

        foreach (ref TopPeer peer in record.AddTopPeers(tape.Byte() < 240 ? tape.UpTo(2) : PartialBuffer.MaxTopPeersPerCount))
            peer = new TopPeer(tape.Address(), tape.Long(), tape.Long());
        foreach (ref TypeCount type in record.AddTypes(tape.UpTo(PartialBuffer.MaxTypesPerCount)))
            type = new TypeCount(tape.U8(), tape.U8(), tape.U8(), tape.Long(), tape.Long());
    }

    private static void AddMark(Tape tape, PartialBuffer record)
    {
        ref PartialMark mark = ref record.AddMark();
        mark.Kind = (MarkKind)tape.U8();
        mark.Role = tape.Symbol<Role>(EnumSizes.Role);
        mark.Address = tape.Address();
        mark.Packets = tape.Long();
        mark.Bytes = tape.Long();
        mark.Value = tape.Long();
        mark.Mask = tape.Long();
        foreach (ref Address peer in record.AddMarkPeers(tape.Byte() < 240 ? tape.UpTo(3) : PartialBuffer.MaxPeersPerCount))
            peer = tape.Address();
        if (tape.Byte() >= 200)
            record.AddMarkSketch().Fill(tape.U8());
        foreach (ref MarkSample sample in record.AddMarkSamples(tape.UpTo(PartialBuffer.MaxSamplesPerMark)))
            sample = new MarkSample(tape.Long(), tape.Address(), tape.Address(), tape.U8(), tape.U8(), tape.U8(), tape.U32(), tape.Flag() ? tape.U32() : null);
    }

    private static PartialCandidate Candidate(Tape tape) => new()
    {
        Kind = (CandidateKind)tape.U8(),
        Family = tape.U8(),
        Type = tape.U8(),
        Code = tape.U8(),
        Identifier = tape.U16(),
        Sequence = tape.U16(),
        Requester = tape.Address(),
        Responder = tape.Address(),
        TimeNs = tape.Long(),
        Run = new RunId((ulong)tape.Long(), (ulong)tape.Long()),
        Stream = tape.U32(),
        Frame = tape.Long(),
        MessageBytes = tape.U16(),
        PayloadHash = (ulong)tape.Long(),
        Checksum = tape.U16(),
        Payload = tape.U8(),
        Seen = tape.Long(),
        Lost = tape.Long(),
    };

    private static RuleFinding RuleFinding(Tape tape)
    {
        RuleFinding finding = new()
        {
            Rule = tape.Text(4),
            SlotStartNs = tape.Long(),
            SlotNs = tape.Long(),
            Active = tape.Flag(),
            Subject = tape.Text(4),
            Source = tape.OptionalAddress(),
            Destination = tape.OptionalAddress(),
            FirstNs = tape.Long(),
            LastNs = tape.Long(),
            Observed = tape.Double(),
            Threshold = tape.Double(),
            Unit = tape.Text(2),
            Severity = tape.Symbol<Severity>(EnumSizes.Severity),
            Confidence = tape.Double(),
            Completeness = tape.Double(),
        };
        finding.Evidence.AddRange(Texts(tape));
        finding.Features.AddRange(Texts(tape).Select(name => new FindingFeature(name, tape.Double())));
        finding.Samples.AddRange(Samples(tape));
        for (int left = tape.UpTo(3); left > 0; left--)
            finding.Related.Add(tape.Address());
        return finding;
    }

    private static RateRest Rest(Tape tape) => new()
    {
        WindowStartNs = tape.Long(),
        WindowNs = tape.Long(),
        Role = tape.Symbol<Role>(EnumSizes.Role),
        Packets = tape.Long(),
        Bytes = tape.Long(),
        Requests = tape.Long(),
        Replies = tape.Long(),
        Errors = tape.Long(),
        Other = tape.Long(),
        Addresses = tape.Long(),
        Completeness = tape.Double(),
    };

    private static List<string> Texts(Tape tape)
    {
        List<string> texts = [];
        for (int left = tape.UpTo(3); left > 0; left--)
            texts.Add(tape.Text(4));
        return texts;
    }

    private static List<Sample> Samples(Tape tape)
    {
        List<Sample> samples = [];
        for (int left = tape.Byte() < 240 ? tape.UpTo(2) : Sample.MaxPerAlert; left > 0; left--)
        {
            samples.Add(new Sample
            {
                TimeNs = tape.Long(),
                Source = tape.Address(),
                Destination = tape.Address(),
                Type = tape.U8(),
                Code = tape.U8(),
                Ttl = tape.U8(),
                Bytes = tape.U32(),
                Identifier = tape.Flag() ? tape.U16() : null,
                Sequence = tape.Flag() ? tape.U16() : null,
                PayloadPrefix = tape.Bytes(64),
            });
        }

        return samples;
    }
}
