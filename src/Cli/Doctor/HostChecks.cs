using System.Runtime.InteropServices;
using IcmpStream.Cli.Presentation;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Cli.Doctor;

/// <summary>The machine: kernel, privileges, native libraries.</summary>
internal static class HostChecks
{
    /// <summary>TPACKET_V3, the ring of afpacket sources, came with Linux 3.2 and could be sent to from 4.11 on.</summary>
    private static readonly Version LeastForPacketRings = new(3, 2);

    /// <summary>AF_XDP came with Linux 4.18, zero-copy and need-wakeup with 5.4.</summary>
    private static readonly Version LeastForXdp = new(5, 4);

    /// <summary>All of them.</summary>
    public static IEnumerable<Check> All()
    {
        yield return Kernel();
        yield return Btf();
        yield return Privilege("packet sockets", Privileges.MissingForPackets());
        yield return Privilege("XDP sockets", Privileges.MissingForXdp());
        yield return XdpProgram();
        yield return LockedMemory();
        string version = NativeLibraries.Librdkafka();
        yield return char.IsAsciiDigit(version[0])
            ? new Check("librdkafka", CheckState.Ok, version)
            : new Check("librdkafka", CheckState.Broken, version, "make setup builds it into the local package feed");
        yield return Library("libpcap.so.0.8", "libpcap", "apt-get install libpcap0.8");
        yield return Library("libbpf.so.1", "libbpf", "apt-get install libbpf1");
    }

    private static Check Kernel()
    {
        if (!OperatingSystem.IsLinux())
            return new Check("kernel", CheckState.Limited, RuntimeInformation.OSDescription, "live rings need Linux; captures can be read anywhere");
        Version version = Environment.OSVersion.Version;
        if (version < LeastForPacketRings)
            return new Check("kernel", CheckState.Limited, $"Linux {version}", $"packet rings need {LeastForPacketRings}, XDP sockets {LeastForXdp}");
        return version < LeastForXdp
            ? new Check("kernel", CheckState.Limited, $"Linux {version}: packet rings", $"XDP sockets need {LeastForXdp}")
            : new Check("kernel", CheckState.Ok, $"Linux {version}: packet rings and XDP sockets");
    }

    private static Check Btf() => File.Exists("/sys/kernel/btf/vmlinux")
        ? new Check("BTF", CheckState.Ok, "/sys/kernel/btf/vmlinux")
        : new Check("BTF", CheckState.Limited, "the kernel has no type information", "XDP sockets need a kernel with CONFIG_DEBUG_INFO_BTF");

    private static Check Privilege(string what, IReadOnlyList<string> missing) => missing.Count == 0
        ? new Check(what, CheckState.Ok, "may be opened")
        : new Check(what, CheckState.Limited, $"missing {string.Join(", ", missing)}", Privileges.SetcapLine());

    private static Check XdpProgram() => LiveSupport.HasXdpProgram
        ? new Check("XDP program", CheckState.Ok, "in this build")
        : new Check("XDP program", CheckState.Limited, "not in this build: afxdp sources are missing", "make setup installs clang and libbpf-dev; then make build");

    private static Check LockedMemory() => LiveSupport.LockableBytes is { } bytes && bytes < LiveOptions.DefaultXdpRingBytes
        ? new Check("locked memory", CheckState.Limited, $"{bytes >> 10} KiB: less than an XDP ring of {LiveOptions.DefaultXdpRingBytes >> 20} MiB", "ulimit -l unlimited, LimitMEMLOCK=infinity in a unit, or cap_ipc_lock")
        : new Check("locked memory", CheckState.Ok, "enough for XDP rings");

    private static Check Library(string file, string name, string mend)
    {
        if (!NativeLibrary.TryLoad(file, out nint handle))
            return new Check(name, CheckState.Limited, $"{file} is not there", mend);
        NativeLibrary.Free(handle);
        return new Check(name, CheckState.Ok, file);
    }
}
