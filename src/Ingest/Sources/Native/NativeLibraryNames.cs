using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>Where libraries that are not part of the runtime are found: their names differ by system.</summary>
internal static class NativeLibraryNames
{
    public const string Pcap = "pcap";
    public const string Bpf = "bpf";

    private static readonly Dictionary<string, string[]> Names = new(StringComparer.Ordinal)
    {
        // Debian kept the number of 2007; others, and macOS, have their own.
        [Pcap] = ["libpcap.so.0.8", "libpcap.so.1", "libpcap.so", "libpcap.dylib", "libpcap.A.dylib"],
        [Bpf] = ["libbpf.so.1"],
    };

    /// <summary>True where the library can be loaded.</summary>
    public static bool IsThere(string library)
    {
        bool isThere = TryLoad(library, out nint handle);
        if (isThere)
            NativeLibrary.Free(handle);
        return isThere;
    }

#pragma warning disable CA2255 // The one place that imports of this assembly are resolved in, before the first of them.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraryNames).Assembly, Resolve);

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        Names.ContainsKey(library) && TryLoad(library, out nint handle) ? handle : 0;

    private static bool TryLoad(string library, out nint handle)
    {
        handle = 0;
        foreach (string name in Names[library])
        {
            if (NativeLibrary.TryLoad(name, out handle))
                return true;
        }

        return false;
    }
}
