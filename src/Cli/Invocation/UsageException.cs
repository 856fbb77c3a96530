namespace IcmpStream.Cli.Invocation;

/// <summary>The command line, a variable or the config file asks for something that is not there; the exit code is 2.</summary>
public sealed class UsageException : Exception
{
    /// <summary>Wrong usage explained by <paramref name="message"/>: what was wrong, and what is allowed.</summary>
    public UsageException(string message)
        : base(message)
    {
    }

    /// <summary>Wrong usage explained by <paramref name="message"/>, found by <paramref name="innerException"/>.</summary>
    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
