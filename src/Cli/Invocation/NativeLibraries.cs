using Confluent.Kafka;

namespace IcmpStream.Cli.Invocation;

/// <summary>The native libraries that the process could load.</summary>
internal static class NativeLibraries
{
    /// <summary>The version of librdkafka, or why there is none.</summary>
    public static string Librdkafka()
    {
        try
        {
            return Library.VersionString;
        }
        catch (Exception e) when (e is DllNotFoundException or InvalidOperationException or TypeInitializationException)
        {
            return $"not loaded: {(e.InnerException ?? e).Message.ReplaceLineEndings(" ")}";
        }
    }
}
