using BenchmarkDotNet.Attributes;
using IcmpStream.Ingest.Decode;
using IcmpStream.Ingest.Generate;
using IcmpStream.Ingest.Sources;
using IcmpStream.Schemas;

namespace IcmpStream.Bench.Micro;

/// <summary>One ping, step by step: decode, encode, read back. The allocation column must stay empty.</summary>
[MemoryDiagnoser]
public class EventCodecBenchmark
{
    private readonly EventBuffer _events = new();
    private readonly EventBuffer _readBack = new();
    private readonly SensorNames _sensors = new();
    private readonly FrameDecoder _decoder = new();
    private readonly byte[] _frame = new byte[98];
    private readonly byte[] _record = new byte[IcmpEventBatchCodec.TypicalBytes];
    private EncodedEnvelope _envelope = null!;
    private int _recordBytes;

    /// <summary>Makes the ping and its record.</summary>
    [GlobalSetup]
    public void SetUp()
    {
        var header = new PacketHeader(Address.FromIpv4(0x0A000001), Address.FromIpv4(0xC0000201));
        FrameBuilder.Finish(_frame, header, type: 8, code: 0, restOfHeader: 0x12340001, payloadBytes: 56);
        _envelope = new EncodedEnvelope(new BatchEnvelope { Sensor = "bench", Run = RunId.FromText("bench") });
        Decode();
        Encode();
    }

    /// <summary>Frame to event.</summary>
    [Benchmark]
    public DecodeOutcome Decode()
    {
        _events.Clear();
        return _decoder.Decode(new FrameInfo(0, 1, 98, 98, 1, 0, 1), _frame, _events);
    }

    /// <summary>Event to record.</summary>
    [Benchmark]
    public int Encode()
    {
        IcmpEventBatchCodec.TryWrite(_envelope, 1, _events, 0, _record, out _recordBytes);
        return _recordBytes;
    }

    /// <summary>Record to event.</summary>
    [Benchmark]
    public AvroError ReadBack()
    {
        _readBack.Clear();
        return IcmpEventBatchCodec.Read(_record.AsSpan(0, _recordBytes), _sensors, out _, _readBack);
    }
}
