namespace IcmpStream.Ingest.Sources.Native;

/// <summary>The line for a user whose process may not open a live source.</summary>
public static class Privilege
{
    /// <summary>Gives the executable what live sources need: packet sockets; for XDP also interfaces and BPF.</summary>
    public static string SetcapLine => $"sudo setcap cap_net_raw,cap_net_admin,cap_bpf,cap_perfmon+ep {Environment.ProcessPath ?? "icmpstream"}";

    internal static SourceException Missing(string what) => new($"{what}: run it as root, or once: {SetcapLine}");
}
