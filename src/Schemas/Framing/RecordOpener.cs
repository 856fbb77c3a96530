namespace IcmpStream.Schemas;

/// <summary>
/// Opens records for the codec of one schema: what was written with that schema is passed through, what another compatible version wrote is rewritten first, and the rest has a
/// name. One thread.
/// </summary>
/// <param name="writers">Which schemas wrote what.</param>
/// <param name="reader">The codec's schema.</param>
public sealed class RecordOpener(WriterSchemas writers, SchemaText reader)
{
    private readonly Dictionary<ulong, SchemaTranscoder?> _transcoders = [];

    /// <summary>Splits a record's value into header and body.</summary>
    /// <param name="value">The record's value.</param>
    /// <param name="body">Avro bytes as the reader's schema writes them: a part of <paramref name="value"/>, or this object's own until the next call.</param>
    public AvroError Open(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> body)
    {
        body = default;
        AvroError error = RecordFrame.Parse(value, out RecordFrame frame);
        if (error != AvroError.None)
            return error;
        if (frame.Framing != RecordFraming.SingleObject || frame.Fingerprint != reader.Fingerprint)
        {
            if (!writers.TryFind(frame, out ulong fingerprint, out string? json))
                return AvroError.UnknownSchema;
            if (fingerprint != reader.Fingerprint)
                return Transcoder(fingerprint, json) is { } transcoder ? transcoder.Transcode(frame.Body, out body) : AvroError.UnknownSchema;
        }

        body = frame.Body;
        return AvroError.None;
    }

    private SchemaTranscoder? Transcoder(ulong writer, string? json)
    {
        if (json is null)
            return null;
        if (!_transcoders.TryGetValue(writer, out SchemaTranscoder? made))
            _transcoders.Add(writer, made = SchemaTranscoder.TryMake(reader.ToString(), json));
        return made;
    }
}
