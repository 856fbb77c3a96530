using System.IO.Pipelines;
using System.Numerics;
using System.Runtime.InteropServices;
using IcmpStream.Bench.Harness;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Bench.Suites;

/// <summary>
/// Reading, decoding and encoding mapped captures on one thread. The yardstick is a sum over all bytes of the same file, mapped by the same
/// source, with the widest vectors the machine has: nothing that looks at every byte can be faster.
/// </summary>
internal sealed class DecodeSuite : ISuite
{
    private readonly EventBuffer _events = new();
    private readonly FrameBatch _batch = new();
    private readonly TrivialDecoder _trivial = new();
    private readonly byte[] _encoded = new byte[1 << 20];

    public string Name => "decode";

    public void Run(Metrics metrics, string folder)
    {
        Measure(metrics, Captures.Echo(folder, 2_000_000, Captures.PingFrameBytes), 2_000_000, "", "2 million echo frames of 98 bytes");
        Measure(metrics, Captures.Echo(folder, 2_000_000, 64), 2_000_000, "_64", "2 million echo frames of 64 bytes");
        Measure(metrics, Captures.Echo(folder, 300_000, 1500), 300_000, "_1500", "300,000 echo frames of 1500 bytes");
        Measure(metrics, Captures.Mix(folder, 1_000_000), 1_000_000, "_mix", "1 million frames: VLAN, IPv6, errors among pings");
    }

    private void Measure(Metrics metrics, string capture, int frames, string suffix, string what)
    {
        Console.WriteLine($"{what}:");
        double gigabytes = new FileInfo(capture).Length / 1e9;
        Rounds rounds = new Rounds()
            .Add("read", () => Consume(Sum(capture)))
            .Add("trivial", () => Expect(frames, _trivial.Count(capture)))
            .Add("decode", () => Expect(frames, Decode(capture)))
            .Add("encode", () => Expect(frames, EncodeRepeatedly(capture, frames)))
            .Add("decode_encode", () => Expect(frames, DecodeAndEncode(capture)))
            .Run();

        metrics.Add("read_gbps" + suffix, gigabytes / rounds.Seconds("read"), "GB/s: sum of all bytes of the mapped file");
        metrics.Add("decode_gbps" + suffix, gigabytes / rounds.Seconds("decode"), "GB/s: full decode with checksums and payload features");
        metrics.Add("decode_vs_read" + suffix, rounds.Ratio("decode", "read"), "decode_gbps / read_gbps");
        metrics.Add("decode_mpps" + suffix, frames / 1e6 / rounds.Seconds("decode"), "million frames/s decoded");
        metrics.Add("trivial_mpps" + suffix, frames / 1e6 / rounds.Seconds("trivial"), "million frames/s by the trivial loop: both checksums and eight fields");
        metrics.Add("decode_vs_trivial" + suffix, rounds.Ratio("decode", "trivial"), "decode_mpps / trivial_mpps");
        metrics.Add("encode_meps" + suffix, frames / 1e6 / rounds.Seconds("encode"), "million events/s to Avro, full schema");
        metrics.Add("decode_encode_meps" + suffix, frames / 1e6 / rounds.Seconds("decode_encode"), "million events/s from capture to Avro");
        metrics.Add("bytes_allocated_per_packet" + suffix, AllocatedPerPacket(capture, frames), "by decoding and encoding, the opening of the file left out");
    }

    private static ulong Sum(string capture)
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        ulong sum = 0;
        while (source.Reader.TryRead(out ReadResult read))
        {
            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
                sum += Sum(segment.Span);
            source.Reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                break;
        }

        return sum;
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector<ulong>> wide = MemoryMarshal.Cast<byte, Vector<ulong>>(bytes);
        Vector<ulong> a = default, b = default, c = default, d = default;
        int index = 0;
        for (; index + 4 <= wide.Length; index += 4)
        {
            a += wide[index];
            b += wide[index + 1];
            c += wide[index + 2];
            d += wide[index + 3];
        }

        for (; index < wide.Length; index++)
            a += wide[index];
        return Vector.Sum(a + b + c + d);
    }

    private int Decode(string capture)
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        return Walk(source, new FrameDecoder(), encode: null);
    }

    private int DecodeAndEncode(string capture)
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        return Walk(source, new FrameDecoder(), Envelope());
    }

    /// <summary>Encodes the capture's first batch again and again, as many events as the capture has.</summary>
    private int EncodeRepeatedly(string capture, int frames)
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        var decoder = new FrameDecoder();
        _events.Clear();
        source.Reader.TryRead(out ReadResult read);
        FrameCursor cursor = source.OpenCursor(read);
        while (!_events.IsFull && cursor.TryRead(out FrameInfo info, out ReadOnlySpan<byte> frame))
            decoder.Decode(info, frame, _events);
        EncodedEnvelope envelope = Envelope();
        int encoded = 0;
        while (encoded < frames)
            encoded += Encode(envelope, Math.Min(_events.Count, frames - encoded));
        _events.Clear();
        return encoded;
    }

    private int Walk(IPacketSource source, FrameDecoder decoder, EncodedEnvelope? encode)
    {
        int events = 0;
        bool more = true;
        while (more && source.Reader.TryRead(out ReadResult read))
        {
            FrameCursor cursor = source.OpenCursor(read);
            while (decoder.Decode(ref cursor, _events, _batch) > 0)
            {
                if (_events.IsFull)
                    events += HandOn(encode);
            }

            more = !cursor.IsEnd;
            source.AdvanceTo(cursor);
        }

        return events + HandOn(encode);
    }

    private int HandOn(EncodedEnvelope? encode)
    {
        int count = _events.Count;
        if (encode is not null)
            Encode(encode, count);
        _events.Clear();
        return count;
    }

    private int Encode(EncodedEnvelope envelope, int count)
    {
        int used = 0;
        for (int index = 0; index < count; index++)
        {
            if (!IcmpEventBatchCodec.TryWrite(envelope, index, _events, index, _encoded.AsSpan(used), out int written))
                throw new InvalidOperationException("the encoded batch does not fit");
            used += written;
        }

        Consume((ulong)used);
        return count;
    }

    private double AllocatedPerPacket(string capture, int frames)
    {
        using IPacketSource source = PacketSource.Open(new SourceAddress(SourceKind.Pcap, capture));
        var decoder = new FrameDecoder();
        EncodedEnvelope envelope = Envelope();
        long before = GC.GetAllocatedBytesForCurrentThread();
        int events = Walk(source, decoder, envelope);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Expect(frames, events);
        return (double)allocated / frames;
    }

    private static EncodedEnvelope Envelope() => new(
        new BatchEnvelope { Sensor = "bench", Domain = 1, Run = RunId.FromText("bench"), Seen = 1_000_000, WatermarkNs = 1_700_000_000_000_000_000 });

    private static void Expect(int expected, int actual)
    {
        if (actual != expected)
            throw new InvalidOperationException($"{actual} events instead of {expected}");
    }

    private static void Consume(ulong value) => Volatile.Write(ref _sink, value);

    private static ulong _sink;
}
