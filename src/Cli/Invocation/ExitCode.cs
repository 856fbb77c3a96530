namespace IcmpStream.Cli.Invocation;

/// <summary>What a command returns to the shell.</summary>
public static class ExitCode
{
    /// <summary>It did what was asked.</summary>
    public const int Success = 0;

    /// <summary>It failed, and one line on the standard error says why.</summary>
    public const int Failure = 1;

    /// <summary>It was asked wrongly: an unknown option, a missing argument, a value that is not allowed.</summary>
    public const int Usage = 2;
}
