using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace IcmpStream.Cli.Presentation;

/// <summary>One JSON object on one line of the standard output.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes an object whose members <paramref name="members"/> writes.</summary>
    public static void Write(Terminal terminal, Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        terminal.Text.WriteLine(Encoding.UTF8.GetString(bytes.WrittenSpan));

        // Notes follow on the standard error: where both go to one place, they must not stand in the middle of the line.
        terminal.Flush();
    }
}
