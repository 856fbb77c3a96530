using System.Text.Json;
using IcmpStream.Fuzz.Running;
using IcmpStream.Schemas;

namespace IcmpStream.Fuzz.Records;

/// <summary>Value of icmp.event.v1.</summary>
public sealed class EventBatchReader : RecordReader
{
    private readonly SensorNames _sensors = new();
    private readonly EventBuffer _buffer = new(IcmpEventBatchCodec.MaxEvents, FuzzCase.MaxBytes + EventBuffer.MaxArenaBytesPerEvent);
    private BatchEnvelope _envelope;
    private int[] _indices = [];

    /// <inheritdoc/>
    public override string Name => "event batch";

    /// <inheritdoc/>
    protected override AvroError Read(ReadOnlySpan<byte> bytes)
    {
        _buffer.Clear();
        return IcmpEventBatchCodec.Read(bytes, _sensors, out _envelope, _buffer);
    }

    /// <inheritdoc/>
    protected override bool TryWrite(Span<byte> destination, out int written)
    {
        if (_indices.Length != _buffer.Count)
            _indices = [.. Enumerable.Range(0, _buffer.Count)];
        return IcmpEventBatchCodec.TryWrite(new EncodedEnvelope(_envelope), _envelope.FirstSequence, _buffer, _indices, destination, out written);
    }

    /// <inheritdoc/>
    protected override void WriteJson(Utf8JsonWriter json) => IcmpEventJson.WriteBatch(json, _envelope, _buffer, 0, _buffer.Count);
}

/// <summary>Value of icmp.alert.v1.</summary>
public sealed class AlertReader : RecordReader
{
    private Alert _record = new();

    /// <inheritdoc/>
    public override string Name => "alert";

    /// <inheritdoc/>
    protected override AvroError Read(ReadOnlySpan<byte> bytes) => AlertCodec.Read(bytes, out _record);

    /// <inheritdoc/>
    protected override bool TryWrite(Span<byte> destination, out int written) => AlertCodec.TryWrite(_record, destination, out written);

    /// <inheritdoc/>
    protected override void WriteJson(Utf8JsonWriter json) => RecordJson.Write(json, _record);
}

/// <summary>Value of icmp.finding.v1.</summary>
public sealed class FindingReader : RecordReader
{
    private Finding _record = new();

    /// <inheritdoc/>
    public override string Name => "finding";

    /// <inheritdoc/>
    protected override AvroError Read(ReadOnlySpan<byte> bytes) => FindingCodec.Read(bytes, out _record);

    /// <inheritdoc/>
    protected override bool TryWrite(Span<byte> destination, out int written) => FindingCodec.TryWrite(_record, destination, out written);

    /// <inheritdoc/>
    protected override void WriteJson(Utf8JsonWriter json) => StageJson.Write(json, _record);
}

/// <summary>Value of icmp.partial.v1.</summary>
public sealed class PartialReader : RecordReader
{
    private readonly PartialBuffer _record = new();

    /// <inheritdoc/>
    public override string Name => "partial";

    /// <inheritdoc/>
    protected override AvroError Read(ReadOnlySpan<byte> bytes) => PartialCodec.Read(bytes, _record);

    /// <inheritdoc/>
    protected override bool TryWrite(Span<byte> destination, out int written)
    {
        bool fits = PartialCodec.TryWrite(_record, destination, out written);
        if (!fits && destination.Length >= _record.MaxEncodedBytes)
            throw new InvalidOperationException($"a partial needs more than the {_record.MaxEncodedBytes} bytes it promises");
        return fits;
    }

    /// <inheritdoc/>
    protected override void WriteJson(Utf8JsonWriter json) => StageJson.Write(json, _record);
}

/// <summary>Value of icmp.echo.v1.</summary>
public sealed class EchoExchangeReader : RecordReader
{
    private EchoExchange _record;

    /// <inheritdoc/>
    public override string Name => "echo exchange";

    /// <inheritdoc/>
    protected override AvroError Read(ReadOnlySpan<byte> bytes) => EchoExchangeCodec.Read(bytes, out _record);

    /// <inheritdoc/>
    protected override bool TryWrite(Span<byte> destination, out int written) =>
        EchoExchangeCodec.TryWrite(_record, destination[..EchoExchangeCodec.MaxBytes], out written)
            ? true
            : throw new InvalidOperationException("an exchange needs more than it promises");

    /// <inheritdoc/>
    protected override void WriteJson(Utf8JsonWriter json) => RecordJson.Write(json, _record);
}

/// <summary>Value of icmp.rate.v1.</summary>
public sealed class SourceRateReader : RecordReader
{
    private SourceRate _record;

    /// <inheritdoc/>
    public override string Name => "source rate";

    /// <inheritdoc/>
    protected override AvroError Read(ReadOnlySpan<byte> bytes) => SourceRateCodec.Read(bytes, out _record);

    /// <inheritdoc/>
    protected override bool TryWrite(Span<byte> destination, out int written) =>
        SourceRateCodec.TryWrite(_record, destination[..SourceRateCodec.MaxBytes], out written)
            ? true
            : throw new InvalidOperationException("a rate needs more than it promises");

    /// <inheritdoc/>
    protected override void WriteJson(Utf8JsonWriter json) => RecordJson.Write(json, _record);
}

/// <summary>Value of icmp.rtt.v1.</summary>
public sealed class PairRttReader : RecordReader
{
    private PairRtt _record = new();

    /// <inheritdoc/>
    public override string Name => "round-trip times";

    /// <inheritdoc/>
    protected override AvroError Read(ReadOnlySpan<byte> bytes) => PairRttCodec.Read(bytes, out _record);

    /// <inheritdoc/>
    protected override bool TryWrite(Span<byte> destination, out int written) =>
        PairRttCodec.TryWrite(_record, destination[..PairRttCodec.MaxBytes(_record)], out written)
            ? true
            : throw new InvalidOperationException("round-trip times need more than they promise");

    /// <inheritdoc/>
    protected override void WriteJson(Utf8JsonWriter json) => RecordJson.Write(json, _record);
}
