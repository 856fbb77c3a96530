namespace IcmpStream.Cli.Invocation;

/// <summary>A command could not do what was asked; the message is the one line that the user reads, and the exit code is 1.</summary>
public sealed class CommandFailedException : Exception
{
    /// <summary>A failure explained by <paramref name="message"/>.</summary>
    public CommandFailedException(string message)
        : base(message)
    {
    }

    /// <summary>A failure explained by <paramref name="message"/>, caused by <paramref name="innerException"/>.</summary>
    public CommandFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
