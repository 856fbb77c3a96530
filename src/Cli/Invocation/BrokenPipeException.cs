namespace IcmpStream.Cli.Invocation;

/// <summary>
/// Whoever read our standard output has gone, as <c>head</c> does when it has seen enough: there is nobody left to work for, and
/// that is no failure.
/// </summary>
public sealed class BrokenPipeException : IOException
{
    /// <summary>The pipe broke, as <paramref name="innerException"/> says.</summary>
    public BrokenPipeException(Exception innerException)
        : base("the reader of the standard output has gone", innerException)
    {
    }
}
