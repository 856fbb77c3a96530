using System.Text.Encodings.Web;
using System.Text.Json;
using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>
/// <c>decode --format jsonl</c>: the Avro record as JSON, one object a line, addresses as text, type and code with their names of
/// the IANA registries.
/// </summary>
internal sealed class JsonlWriter : EventWriter
{
    /// <summary>Nothing of an event can nest deeper or be malformed; names hold no characters that HTML would mind.</summary>
    internal static readonly JsonWriterOptions Options = new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ByteSink _sink;
    private readonly bool _flushesLines;
    private readonly Utf8JsonWriter _json;

    public JsonlWriter(ByteSink sink, bool flushesLines)
    {
        _sink = sink;
        _flushesLines = flushesLines;
        _json = new Utf8JsonWriter(sink, Options);
    }

    public override void Write(EventBuffer buffer)
    {
        for (int i = 0; i < buffer.Count; i++)
        {
            IcmpEventJson.Write(_json, buffer, i);
            _json.Flush();
            _json.Reset();
            _sink.EndLine();
            if (_flushesLines)
                _sink.Flush();
        }
    }

    public override void Flush() => _sink.Flush();

    public override void Dispose()
    {
        Flush();
        _json.Dispose();
    }
}
