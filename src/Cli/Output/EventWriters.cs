namespace IcmpStream.Cli.Output;

/// <summary>Opens the writer of a format.</summary>
internal static class EventWriters
{
    /// <summary>A writer of <paramref name="format"/> into <paramref name="output"/>, which stays the caller's.</summary>
    public static EventWriter Open(DecodeFormat format, Stream output, bool flushesLines)
    {
        var sink = new ByteSink(output);
        return format switch
        {
            DecodeFormat.Text => new TcpdumpWriter(sink, flushesLines),
            DecodeFormat.Tsv => new TsvWriter(sink, flushesLines),
            DecodeFormat.Jsonl => new JsonlWriter(sink, flushesLines),
            DecodeFormat.Tracee => new TraceeWriter(sink, flushesLines),
            DecodeFormat.Avro => new ContainerEventWriter(output),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
        };
    }
}
