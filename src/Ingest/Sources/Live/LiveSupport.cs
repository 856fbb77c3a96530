using System.Globalization;
using IcmpStream.Ingest.Sources.Native;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Live;

/// <summary>What this machine and this build can read live, privileges aside.</summary>
public static class LiveSupport
{
    /// <summary>True where this build has the XDP program.</summary>
    public static bool HasXdpProgram => XdpProgram.IsBuilt;

    /// <summary>How much memory a process without CAP_IPC_LOCK may lock, bytes; null where there is no limit, or none is known.</summary>
    public static long? LockableBytes
    {
        get
        {
            const int ipcLock = 14;
            const string row = "Max locked memory", limits = "/proc/self/limits";
            if (!File.Exists(limits) || Capabilities.Has(ipcLock))
                return null;
            string? line = File.ReadLines(limits).FirstOrDefault(l => l.StartsWith(row, StringComparison.Ordinal));
            string? soft = line?[row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
            return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;
        }
    }

    /// <summary>The sources that can read an interface, by name.</summary>
    public static IReadOnlyList<string> SourcesOf(string name)
    {
        var sources = new List<string>();
        if (OperatingSystem.IsLinux())
        {
            using SafeFileHandle control = ControlSocket.Open();
            if (NetworkDevice.Find((int)control.DangerousGetHandle(), name) is { LinkType: { } linkType })
            {
                sources.Add("afpacket");
                if (linkType == LinkTypeNumbers.Ethernet && XdpProgram.IsAvailable)
                    sources.Add("afxdp");
            }
        }

        if (NativeLibraryNames.IsThere(NativeLibraryNames.Pcap))
            sources.Add("libpcap");
        return sources;
    }
}
