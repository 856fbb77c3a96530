using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>Writes decoded events in one of the forms of <c>decode</c>.</summary>
internal abstract class EventWriter : IDisposable
{
    /// <summary>Writes the events of a buffer from <paramref name="first"/> on, at most <paramref name="count"/> of them.</summary>
    public abstract void Write(EventBuffer buffer, int first, int count);

    /// <summary>Hands on what is written so far.</summary>
    public abstract void Flush();

    /// <summary>Ends the output: flushes, and closes what it opened.</summary>
    public abstract void Dispose();
}
