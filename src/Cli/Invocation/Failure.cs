using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;

namespace IcmpStream.Cli.Invocation;

/// <summary>Turns exceptions into the one line that a user reads.</summary>
public static class Failure
{
    /// <summary>The variable that asks for the trace of an error nobody foresaw.</summary>
    public const string TraceVariable = "ICMPSTREAM_TRACE";

    /// <summary>What went wrong, in one line.</summary>
    public static string Describe(Exception exception) => OneLine(exception switch
    {
        CommandFailedException or UsageException or SourceException or LogException => exception.Message,
        OperationCanceledException => "interrupted",
        FileNotFoundException { FileName: { } file } => $"no such file: {file}",
        IOException or UnauthorizedAccessException => Reason(exception),
        _ => $"internal error: {exception.GetType().Name}: {exception.Message} ({TraceVariable}=1 shows where)",
    });

    /// <summary>Why the system refused, without the runtime's quoting of paths that the caller names anyway.</summary>
    public static string Reason(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException => "permission denied",
        _ => WithoutPath(exception.Message),
    };

    // The runtime writes "No space left on device : '/dev/full'".
    private static string WithoutPath(string message)
    {
        int path = message.IndexOf(" : '", StringComparison.Ordinal);
        return path < 0 ? message : message[..path];
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
