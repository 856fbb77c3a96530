using System.Text.Json;

namespace IcmpStream.Schemas;

/// <summary>
/// Rewrites what one schema wrote as another would have written it, by the rules of Avro 1.11, "Schema Resolution": fields that the reader does not have are left out, those that
/// the writer did not have get their defaults. So the codecs, which know one schema each, read every compatible one. One thread.
/// </summary>
/// <remarks>
/// Fields that both have must stand in the same order: the contract only adds at the end. It is as slow as reading field by field, some tenfold of the codec, and only taken
/// while producers and consumers have different versions.
/// </remarks>
public sealed class SchemaTranscoder
{
    private readonly TranscodeStep _root;
    private readonly TranscodedBytes _output = new();

    private SchemaTranscoder(TranscodeStep root) => _root = root;

    /// <summary>Makes a transcoder; null where the reader's schema does not read what the writer's wrote, or either is no schema.</summary>
    /// <param name="reader">The schema of who reads, JSON.</param>
    /// <param name="writer">The schema that wrote, JSON.</param>
    public static SchemaTranscoder? TryMake(string reader, string writer)
    {
        try
        {
            if (SchemaResolution.Problems(reader, writer).Count > 0)
                return null;
            using JsonDocument reading = JsonDocument.Parse(reader), writing = JsonDocument.Parse(writer);
            var plan = new TranscodePlan(new SchemaNames(reading.RootElement), new SchemaNames(writing.RootElement));
            return plan.TryMake(reading.RootElement, writing.RootElement) is { } root ? new SchemaTranscoder(root) : null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // The three behind the first are what System.Text.Json says of a text that is JSON but no schema.
            return null;
        }
    }

    /// <summary>Rewrites one record. What is written is this object's, until the next call.</summary>
    public AvroError Transcode(ReadOnlySpan<byte> source, out ReadOnlySpan<byte> written)
    {
        _output.Length = 0;
        var reader = new AvroReader(source);
        _root.Run(ref reader, _output);
        AvroError error = reader.End();
        written = error == AvroError.None ? _output.Written : default;
        return error;
    }
}
