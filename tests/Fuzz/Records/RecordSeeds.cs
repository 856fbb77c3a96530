using System.IO.Compression;
using IcmpStream.Fuzz.Frames;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Records;

/// <summary>What the kinds of input of the Avro target are: the number is a case's variant.</summary>
public enum RecordKind : byte
{
    /// <summary>The body of an event record.</summary>
    Events,

    /// <summary>An alert.</summary>
    Alert,

    /// <summary>A finding.</summary>
    Finding,

    /// <summary>A partial.</summary>
    Partial,

    /// <summary>An exchange.</summary>
    Exchange,

    /// <summary>A rate.</summary>
    Rate,

    /// <summary>An event record with its framing.</summary>
    Framed,

    /// <summary>An Object Container File of event records.</summary>
    Container,

    /// <summary>Round-trip times of a pair; behind the others, since saved cases hold the numbers.</summary>
    Rtt,
}

/// <summary>Sound records of each kind, to be mutated.</summary>
public static class RecordSeeds
{
    private const int Kinds = 9;
    private const int RecordBytes = 256 * 1024;
    private const int FramesPerContainer = 6;

    private static readonly Address Left = Address.FromIpv4(0xC000_0201);
    private static readonly Address Right = new(0x2001_0DB8_0000_0000, 2);

    /// <summary>Makes them: a list for each <see cref="RecordKind"/>.</summary>
    public static byte[][][] All(SeedFrames frames)
    {
        byte[][] events = Events(frames, default);
        byte[][][] seeds = new byte[Kinds][][];
        seeds[(int)RecordKind.Events] = events;
        seeds[(int)RecordKind.Alert] = [Written(AlertCodec.TryWrite, Alert(1)), Written(AlertCodec.TryWrite, Alert(3))];
        seeds[(int)RecordKind.Finding] = [Written(FindingCodec.TryWrite, Finding(1)), Written(FindingCodec.TryWrite, Finding(3))];
        seeds[(int)RecordKind.Partial] = [Written(PartialCodec.TryWrite, Partial(1)), Written(PartialCodec.TryWrite, Partial(4))];
        seeds[(int)RecordKind.Exchange] = [.. Exchanges()];
        seeds[(int)RecordKind.Rate] = [.. Rates()];
        seeds[(int)RecordKind.Rtt] = [Written(PairRttCodec.TryWrite, Rtt(1)), Written(PairRttCodec.TryWrite, Rtt(300))];
        SchemaText schema = SchemaText.Of("IcmpEventBatch");
        seeds[(int)RecordKind.Framed] =
        [
            .. Events(frames, RecordFrame.ConfluentHeader(7)).Take(32),
            .. Events(frames, RecordFrame.SingleObjectHeader(schema.Fingerprint)).Take(32),
        ];
        seeds[(int)RecordKind.Container] =
        [
            Container(events, ContainerCompression.None), Container(events, ContainerCompression.Deflate),
            Container([], ContainerCompression.None), Container(events[^FramesPerContainer..], ContainerCompression.None),
            SmallContainer("null"), SmallContainer("deflate"), SmallContainer("deflate"), SmallContainer(""),
        ];
        return seeds;
    }

    private delegate bool Writer<T>(T record, Span<byte> destination, out int written);

    private static byte[] Written<T>(Writer<T> write, T record)
    {
        byte[] bytes = new byte[RecordBytes];
        return write(record, bytes, out int written) ? bytes[..written] : throw new InvalidOperationException("a seed is too long");
    }

    // One event each, then packs of several, then a tick.
    private static byte[][] Events(SeedFrames frames, ReadOnlySpan<byte> header)
    {
        BatchEnvelope origin = new() { Sensor = "sensor-1", Domain = 5, Run = new RunId(1, 2), Stream = 3, WatermarkNs = 4, Seen = 9, KernelDrops = 1, Shed = 2 };
        EncodedEnvelope envelope = new(origin, header);
        FrameDecoder decoder = new(new DecodeOptions { Privacy = PayloadPrivacy.All });
        EventBuffer buffer = new(capacity: 1024, arenaBytes: 8 * 1024 * 1024);
        foreach (SeedFrame frame in frames.All)
        {
            if (buffer.IsFull)
                break;
            FrameInfo info = new(1_700_000_000_000_000_000, buffer.Count + 1, frame.OriginalBytes, (uint)frame.Bytes.Length, 1, 0, frame.LinkType);
            decoder.Decode(info, frame.Bytes, buffer);
        }

        List<byte[]> records = [];
        byte[] bytes = new byte[RecordBytes];
        for (int i = 0; i < buffer.Count; i++)
        {
            if (IcmpEventBatchCodec.TryWrite(envelope, i, buffer, i, bytes, out int written))
                records.Add(bytes[..written]);
        }

        foreach (int pack in (ReadOnlySpan<int>)[0, 2, 5, 16])
        {
            int[] indices = [.. Enumerable.Range(0, Math.Min(pack, buffer.Count))];
            if (IcmpEventBatchCodec.TryWrite(envelope, pack, buffer, indices, bytes, out int written))
                records.Add(bytes[..written]);
        }

        return [.. records];
    }

    private static byte[] Container(IEnumerable<byte[]> records, ContainerCompression compression)
    {
        using MemoryStream file = new();
        using (ContainerWriter writer = new(file, SchemaText.Of("IcmpEventBatch"), new RunId(1, 2), compression, leaveOpen: true))
        {
            foreach (byte[] record in records.Take(FramesPerContainer))
            {
                record.CopyTo(writer.Reserve(record.Length));
                writer.Commit(record.Length);
                writer.Flush();
            }
        }

        return file.ToArray();
    }

    // A file of numbers, whose header is not mostly schema: mutations then meet the rest of it.
    private static byte[] SmallContainer(string compression)
    {
        byte[] bytes = new byte[512];
        AvroWriter writer = new(bytes);
        writer.WriteRaw("Obj\u0001"u8);
        writer.WriteBlock(compression.Length == 0 ? 1 : 2);
        writer.WriteString("avro.schema");
        writer.WriteString("\"long\"");
        if (compression.Length != 0)
        {
            writer.WriteString("avro.codec");
            writer.WriteString(compression);
        }

        writer.WriteZero();
        writer.WriteRaw("0123456789abcdef"u8);
        byte[] block = compression == "deflate" ? Deflated(new byte[2000]) : [2, 4, 6];
        for (int i = 0; i < 2; i++)
        {
            writer.WriteLong(3);
            writer.WriteBytes(block);
            writer.WriteRaw("0123456789abcdef"u8);
        }

        return bytes[..writer.Written];
    }

    private static byte[] Deflated(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (DeflateStream deflate = new(packed, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(bytes);
        return packed.ToArray();
    }

    private static Alert Alert(int items)
    {
        Alert alert = new()
        {
            Id = "0123456789abcdef",
            Rule = "flood.source",
            Version = 1,
            State = AlertState.Open,
            Revision = 2,
            Severity = Severity.High,
            Confidence = 0.5,
            Subject = "192.0.2.1>2001:db8::2",
            Source = Left,
            Destination = Right,
            OpenedNs = 1,
            FirstNs = 2,
            LastNs = long.MaxValue,
            Observed = 1e9,
            Unit = "pps",
        };
        for (int i = 0; i < items; i++)
        {
            alert.Evidence.Add($"evidence {i} \u00e9");
            alert.Features[$"feature {i}"] = i;
            alert.Techniques.Add("T1498.001");
            alert.Samples.Add(Sample(i));
        }

        return alert;
    }

    private static Sample Sample(int i) => new()
    {
        TimeNs = i,
        Source = Left,
        Destination = Right,
        Type = 8,
        Ttl = 64,
        Bytes = 84,
        Identifier = (ushort)i,
        Sequence = i == 0 ? null : (ushort)i,
        PayloadPrefix = new byte[i * 7],
    };

    private static Finding Finding(int items)
    {
        Finding finding = new() { Domain = 1, Stage = default, Partition = 3, Sequence = 4, WatermarkNs = 5, Final = items > 1 };
        for (int i = 0; i < items; i++)
        {
            RuleFinding rule = new() { Rule = "sweep", SlotNs = 100, Active = true, Subject = "192.0.2.1", Source = Left, Observed = i, Unit = "hosts" };
            rule.Evidence.Add("many");
            rule.Features.Add(new FindingFeature("hosts", i));
            rule.Samples.Add(Sample(i));
            finding.Findings.Add(rule);
            finding.Rest.Add(new RateRest { WindowStartNs = i, WindowNs = 10, Packets = 4, Completeness = 1 });
        }

        return finding;
    }

    private static PartialBuffer Partial(int items)
    {
        PartialBuffer partial = new() { Domain = 1, PairPartition = 2, HostPartition = 3, Sequence = 4, SlotStartNs = 5, SlotNs = 6, WatermarkNs = 7, Seen = 8 };
        for (int i = 0; i < items; i++)
        {
            ref PartialCount count = ref partial.Add();
            (count.Address, count.Packets, count.Bytes, count.Requests) = (Left, 10, 840, 10);
            partial.AddPeers(i).Fill(Right);
            partial.AddTopPeers(i).Fill(new TopPeer(Right, 3, 4));
            partial.AddTypes(i).Fill(new TypeCount(4, 8, 0, 10, 840));
            if (i == 3)
                partial.AddSketch().Fill(5);
            ref PartialCandidate candidate = ref partial.AddCandidate();
            (candidate.Requester, candidate.Responder, candidate.Family, candidate.TimeNs, candidate.Seen) = (Left, Right, 4, 5, 1);
        }

        return partial;
    }

    private static IEnumerable<byte[]> Exchanges()
    {
        EchoExchange bare = new() { Family = 4, Type = 8, Requester = Left, Responder = Right, Identifier = 1, Sequence = 2, Completeness = 1 };
        EchoExchange full = bare;
        (full.RequestNs, full.ReplyNs, full.RttNs, full.RequestBytes, full.ReplyBytes) = (1, 2, 1, 64, 64);
        (full.ErrorType, full.ErrorCode, full.ErrorSource) = (11, 0, Left);
        byte[] bytes = new byte[EchoExchangeCodec.MaxBytes];
        foreach (EchoExchange exchange in (EchoExchange[])[bare, full])
        {
            EchoExchangeCodec.TryWrite(exchange, bytes, out int written);
            yield return bytes[..written];
        }
    }

    private static PairRtt Rtt(int cells)
    {
        PairRtt rtt = new() { WindowNs = 10, Family = 4, Requester = Left, Responder = Right, Count = cells, MinNs = 1_024, MaxNs = 70_000, SumNs = 9_000_000, Completeness = 1 };
        for (int i = 0; i < cells; i++)
            rtt.Cells.Add(new RttCell((ushort)(1 + i), 1));
        rtt.SetPercentiles();
        return rtt;
    }

    private static IEnumerable<byte[]> Rates()
    {
        byte[] bytes = new byte[SourceRateCodec.MaxBytes];
        foreach (Address? address in (Address?[])[Left, null])
        {
            SourceRateCodec.TryWrite(new SourceRate { WindowNs = 10, Address = address, Packets = 70_000, Completeness = 1 }, bytes, out int written);
            yield return bytes[..written];
        }
    }
}
