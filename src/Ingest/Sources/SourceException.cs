namespace IcmpStream.Ingest.Sources;

/// <summary>
/// A source that could not start. The message is one line, names the source and says what to do; what goes wrong after the
/// start is a <see cref="ContainerOutcome"/> instead.
/// </summary>
public sealed class SourceException : Exception
{
    /// <summary>A failed start.</summary>
    /// <param name="message">One line for the person who asked for the source.</param>
    /// <param name="innerException">What the runtime said, if anything.</param>
    public SourceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>True where what was asked for makes no sense anywhere, as a filter that is no filter; otherwise it is this machine that has not what it takes.</summary>
    public bool IsWrongUsage { get; init; }
}
