using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>Writes events as lines of text, one an event.</summary>
internal abstract class LineWriter : EventWriter
{
    private readonly bool _flushesLines;

    /// <summary>Lines into <paramref name="sink"/>; with <paramref name="flushesLines"/> each at once, as a live source needs.</summary>
    protected LineWriter(ByteSink sink, bool flushesLines)
    {
        Sink = sink;
        _flushesLines = flushesLines;
    }

    protected ByteSink Sink { get; }

    public sealed override void Write(EventBuffer buffer)
    {
        foreach (ref readonly IcmpEvent e in buffer.Events)
        {
            WriteLine(in e, buffer);
            Sink.EndLine();
            if (_flushesLines)
                Sink.Flush();
        }
    }

    public sealed override void Flush() => Sink.Flush();

    public sealed override void Dispose() => Flush();

    /// <summary>One event, without the end of the line.</summary>
    protected abstract void WriteLine(in IcmpEvent e, EventBuffer buffer);
}
