using System.Text.Json;
using IcmpStream.Ingest.Sources;
using IcmpStream.Kafka;

namespace IcmpStream.Cli.Invocation;

/// <summary>Turns exceptions into the one line that a user reads.</summary>
public static class Failure
{
    /// <summary>The variable that asks for the trace of an error nobody foresaw.</summary>
    public const string TraceVariable = "ICMPSTREAM_TRACE";

    // Of a file without a character, or with nothing but blanks, the runtime goes on about final blocks.
    private const string NoTokens = "The input does not contain any JSON tokens.";

    // Where the runtime speaks of its own options and payloads instead of what stands in the file.
    private static readonly (string Theirs, string Ours)[] Reworded =
    [
        ("Expected depth to be zero", "it ends before its last bracket is closed"),
        ("reached end of data", "it ends within a text in quotation marks"),
    ];

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
        UnauthorizedAccessException => Directory.Exists(QuotedPath(exception)) ? "it is a directory" : "permission denied",
        _ when File.Exists(QuotedPath(exception)) && exception.Message.EndsWith("already exists.", StringComparison.Ordinal) => "there is a file of that name",
        _ => WithoutPath(exception.Message),
    };

    /// <summary>What is no JSON, and in which line, counted from 1 as editors do.</summary>
    public static string Reason(JsonException exception)
    {
        if (exception.Message.StartsWith(NoTokens, StringComparison.Ordinal))
            return "it is empty";
        string ours = Array.Find(Reworded, words => exception.Message.Contains(words.Theirs, StringComparison.Ordinal)).Ours;
        // The parser counts from 0, and says so behind the reason: "... LineNumber: 0 | BytePositionInLine: 0."
        string[] parts = exception.Message.Split(" LineNumber: ", 2);
        string reason = ours ?? parts[0].TrimEnd('.');
        return exception.LineNumber is { } line && parts.Length == 2 ? $"line {line + 1}: {reason}" : reason;
    }

    // The runtime writes "Access to the path '/tmp' is denied." of a directory that is opened as a file, and "The file '/etc/passwd' already exists."
    // where a directory was to be made.
    private static string? QuotedPath(Exception exception) => exception.Message.Split('\'', 3) is [_, var path, _] ? path : null;

    // The runtime writes "No space left on device : '/dev/full'".
    private static string WithoutPath(string message)
    {
        int path = message.IndexOf(" : '", StringComparison.Ordinal);
        return path < 0 ? message : message[..path];
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
