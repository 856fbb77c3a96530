using System.Runtime.InteropServices;
using Confluent.Kafka;

namespace IcmpStream.Cli.Invocation;

/// <summary>The native libraries that the process could load.</summary>
internal static class NativeLibraries
{
    /// <summary>libbpf's name since 1.0 (2022); earlier ones have another interface.</summary>
    public const string LibbpfFile = "libbpf.so.1";

    private delegate nint VersionText();

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

    /// <summary>The version of libbpf, which XDP sources alone need, or that there is none.</summary>
    public static string Libbpf()
    {
        if (!NativeLibrary.TryLoad(LibbpfFile, out nint library))
            return $"absent ({LibbpfFile} is not there; afxdp: sources need it)";
        // libbpf.h: const char *libbpf_version_string(void), since 0.6; "v1.1".
        string version = NativeLibrary.TryGetExport(library, "libbpf_version_string", out nint function)
            ? Marshal.PtrToStringUTF8(Marshal.GetDelegateForFunctionPointer<VersionText>(function)()) ?? "unknown"
            : "unknown";
        NativeLibrary.Free(library);
        return version.TrimStart('v');
    }
}
