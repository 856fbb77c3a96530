using System.Text.Json;
using IcmpStream.Cli.Output;
using IcmpStream.Kafka;
using IcmpStream.Kafka.Topics;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Kafka;

/// <summary>
/// Records of a topic as JSON lines. What cannot be read is shown too, with where it stands and why, because that is what someone
/// who looks at a topic wants to know.
/// </summary>
internal sealed class RecordLines : IDisposable
{
    private readonly ByteSink _sink;
    private readonly Utf8JsonWriter _json;
    private readonly SensorNames _sensors = new();
    private readonly EventBuffer _events = new();
    private readonly PartialBuffer _partial = new();
    private readonly WriterSchemas? _writers;
    private readonly ValueWriter _write;

    /// <summary>Lines of one topic of <paramref name="catalog"/> into <paramref name="output"/>.</summary>
    /// <param name="catalog">The topics.</param>
    /// <param name="topic">One of them, its prefix included.</param>
    /// <param name="output">Where the lines go.</param>
    /// <param name="writers">The schemas behind a registry's ids; null without a registry, where records with an id are taken for this version's.</param>
    public RecordLines(TopicCatalog catalog, string topic, Stream output, WriterSchemas? writers)
    {
        _writers = writers;
        _sink = new ByteSink(output);
        _json = new Utf8JsonWriter(_sink, JsonlWriter.Options);
        _write = WriterOf(catalog, topic);
    }

    private delegate AvroError ValueWriter(ReadOnlySpan<byte> value);

    /// <summary>Writes the record at a place of a batch.</summary>
    public void Write(RecordBatch batch, int index)
    {
        LogRecord record = batch[index];
        AvroError error = record.IsTombstone ? AvroError.None : _write(record.Value);
        if (record.IsTombstone || error != AvroError.None)
        {
            // A value that broke off in its middle has left half an object behind.
            _json.Reset();
            WriteRaw(batch, index, record, record.IsTombstone ? "tombstone" : JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString()));
        }

        _json.Flush();
        _json.Reset();
        _sink.EndLine();
    }

    /// <summary>Hands on what is written so far.</summary>
    public void Flush() => _sink.Flush();

    /// <summary>Lets go of the writer; the stream stays open.</summary>
    public void Dispose() => _json.Dispose();

    private ValueWriter WriterOf(TopicCatalog catalog, string topic)
    {
        if (topic == catalog.Event.Name || topic == catalog.Late.Name)
            return Avro(SchemaText.IcmpEventBatch, WriteEvents);
        if (topic == catalog.Partial.Name)
            return Avro(SchemaText.Partial, WritePartial);
        if (topic == catalog.Finding.Name)
            return Avro(SchemaText.Finding, WriteFinding);
        if (topic == catalog.Echo.Name)
            return Avro(SchemaText.EchoExchange, WriteEcho);
        if (topic == catalog.Rtt.Name)
            return Avro(SchemaText.PairRtt, WriteRtt);
        if (topic == catalog.Rate.Name)
            return Avro(SchemaText.SourceRate, WriteRate);
        if (topic == catalog.Alert.Name)
            return Avro(SchemaText.Alert, WriteAlert);
        return topic == catalog.AlertEcs.Name ? WriteJson : _ => AvroError.UnknownSchema;
    }

    private ValueWriter Avro(SchemaText schema, ValueWriter body)
    {
        var opener = new RecordOpener(_writers ?? new WriterSchemas(), schema);
        return value =>
        {
            // Where only a registry could tell, the reader's own schema is taken for the writer's: the bounds are checked either way.
            if (_writers is null && RecordFrame.Parse(value, out RecordFrame frame) == AvroError.None && frame.Framing == RecordFraming.Confluent)
                return body(frame.Body);
            AvroError error = opener.Open(value, out ReadOnlySpan<byte> opened);
            return error == AvroError.None ? body(opened) : error;
        };
    }

    private AvroError WriteEvents(ReadOnlySpan<byte> body)
    {
        _events.Clear();
        AvroError error = IcmpEventBatchCodec.Read(body, _sensors, out BatchEnvelope envelope, _events);
        if (error == AvroError.None)
            IcmpEventJson.WriteBatch(_json, envelope, _events, 0, _events.Count);
        return error;
    }

    private AvroError WritePartial(ReadOnlySpan<byte> body)
    {
        AvroError error = PartialCodec.Read(body, _partial);
        if (error == AvroError.None)
            StageJson.Write(_json, _partial);
        return error;
    }

    private AvroError WriteFinding(ReadOnlySpan<byte> body)
    {
        AvroError error = FindingCodec.Read(body, out Finding finding);
        if (error == AvroError.None)
            StageJson.Write(_json, finding);
        return error;
    }

    private AvroError WriteEcho(ReadOnlySpan<byte> body)
    {
        AvroError error = EchoExchangeCodec.Read(body, out EchoExchange exchange);
        if (error == AvroError.None)
            RecordJson.Write(_json, exchange);
        return error;
    }

    private AvroError WriteRtt(ReadOnlySpan<byte> body)
    {
        AvroError error = PairRttCodec.Read(body, out PairRtt rtt);
        if (error == AvroError.None)
            RecordJson.Write(_json, rtt);
        return error;
    }

    private AvroError WriteRate(ReadOnlySpan<byte> body)
    {
        AvroError error = SourceRateCodec.Read(body, out SourceRate rate);
        if (error == AvroError.None)
            RecordJson.Write(_json, rate);
        return error;
    }

    private AvroError WriteAlert(ReadOnlySpan<byte> body)
    {
        AvroError error = AlertCodec.Read(body, out Alert alert);
        if (error == AvroError.None)
            RecordJson.Write(_json, alert);
        return error;
    }

    private AvroError WriteJson(ReadOnlySpan<byte> value)
    {
        var reader = new Utf8JsonReader(value);
        if (!JsonDocument.TryParseValue(ref reader, out JsonDocument? document))
            return AvroError.Truncated;
        using (document)
            document.WriteTo(_json);
        return AvroError.None;
    }

    private void WriteRaw(RecordBatch batch, int index, LogRecord record, string why)
    {
        _json.WriteStartObject();
        _json.WriteString("raw", why);
        _json.WriteString("topic", batch.Partition.Topic);
        _json.WriteNumber("partition", batch.Partition.Partition);
        _json.WriteNumber("offset", record.Offset);
        foreach (RecordHeader header in batch.HeadersOf(index))
            _json.WriteString($"header.{header.Name}", Convert.ToHexStringLower(header.Value.Span));
        _json.WriteString("key_hex", Convert.ToHexStringLower(record.Key));
        _json.WriteString("value_hex", Convert.ToHexStringLower(record.Value));
        _json.WriteEndObject();
    }
}
