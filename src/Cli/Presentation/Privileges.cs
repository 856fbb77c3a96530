using System.Globalization;

namespace IcmpStream.Cli.Presentation;

/// <summary>The capabilities of this process (capabilities(7)), as <c>/proc/self/status</c> tells them.</summary>
internal static class Privileges
{
    /// <summary>To open raw and packet sockets; linux/capability.h.</summary>
    private const int NetRaw = 13;

    /// <summary>To attach XDP programs to an interface.</summary>
    private const int NetAdmin = 12;

    /// <summary>To load BPF programs, since Linux 5.8.</summary>
    private const int Bpf = 39;

    /// <summary>To load BPF programs that step through a packet by lengths that it holds, since Linux 5.8.</summary>
    private const int Perfmon = 38;

    /// <summary>What a packet socket needs and the process lacks.</summary>
    public static IReadOnlyList<string> MissingForPackets() => Missing((NetRaw, "CAP_NET_RAW"));

    /// <summary>What an XDP socket needs and the process lacks.</summary>
    public static IReadOnlyList<string> MissingForXdp() => Missing((NetRaw, "CAP_NET_RAW"), (NetAdmin, "CAP_NET_ADMIN"), (Bpf, "CAP_BPF"), (Perfmon, "CAP_PERFMON"));

    /// <summary>The line that gives the executable what it lacks.</summary>
    public static string SetcapLine() =>
        $"sudo setcap cap_net_raw,cap_net_admin,cap_bpf,cap_perfmon+ep {Environment.ProcessPath ?? "icmpstream"}";

    private static IReadOnlyList<string> Missing(params (int Bit, string Name)[] needed)
    {
        ulong effective = Effective();
        return [.. needed.Where(n => (effective >> n.Bit & 1) == 0).Select(n => n.Name)];
    }

    /// <summary>The effective set; empty where the system does not say.</summary>
    private static ulong Effective()
    {
        const string Field = "CapEff:";
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
            return 0;
        string? line = File.ReadLines(Status).FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal));
        return line is not null && ulong.TryParse(line.AsSpan(Field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong set) ? set : 0;
    }
}
