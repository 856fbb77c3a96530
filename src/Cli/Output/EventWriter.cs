using IcmpStream.Schemas;

namespace IcmpStream.Cli.Output;

/// <summary>Writes decoded events in one of the forms of <c>decode</c>.</summary>
internal abstract class EventWriter : IDisposable
{
    /// <summary>What follows comes from the source of this name; called before the first events of each.</summary>
    public virtual void BeginSource(string name)
    {
    }

    /// <summary>Writes the events of a buffer.</summary>
    public abstract void Write(EventBuffer buffer);

    /// <summary>Hands on what is written so far.</summary>
    public abstract void Flush();

    /// <summary>Ends the output; the stream beneath stays open.</summary>
    public abstract void Dispose();
}
