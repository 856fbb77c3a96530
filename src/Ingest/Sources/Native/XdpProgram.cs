using IcmpStream.Ingest.Sources.Live;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// Our XDP program on an interface, from Xdp/icmp.bpf.c, attached by a link: it goes when the link's descriptor is closed, also when the
/// process is killed.
/// </summary>
internal sealed unsafe class XdpProgram : IDisposable
{
    private const string Resource = "icmp.bpf.o";

    // linux/if_link.h
    private const uint ModeGeneric = 1 << 1;
    private const uint ModeNative = 1 << 2;

    private const int DuplicateCloseOnExec = 1030;

    private XdpProgram(SafeFileHandle link, SafeFileHandle? sockets, SafeFileHandle? copies, SafeFileHandle? totals, bool isNative) =>
        (Link, Sockets, Copies, Totals, IsNative) = (link, sockets, copies, totals, isNative);

    /// <summary>Holds the program on the interface.</summary>
    public SafeFileHandle Link { get; }

    /// <summary>The sockets by queue, where packets are redirected.</summary>
    public SafeFileHandle? Sockets { get; }

    /// <summary>The ring buffer of copies, and its counts, where packets are copied.</summary>
    public SafeFileHandle? Copies { get; }

    /// <summary>The counts of copies.</summary>
    public SafeFileHandle? Totals { get; }

    /// <summary>True where it runs in the driver.</summary>
    public bool IsNative { get; }

    /// <summary>True where this build has the program and the system libbpf.</summary>
    public static bool IsAvailable => IsBuilt && NativeLibraryNames.IsThere(NativeLibraryNames.Bpf);

    /// <summary>True where clang was there when this was built.</summary>
    public static bool IsBuilt => typeof(XdpProgram).Assembly.GetManifestResourceInfo(Resource) is not null;

    /// <summary>Loads the program and attaches it.</summary>
    /// <param name="device">The interface.</param>
    /// <param name="options">Which program, and where it runs.</param>
    /// <param name="queues">How many queues the interface has.</param>
    /// <param name="copyBytes">Size of the ring buffer for copies, a power of two.</param>
    /// <exception cref="SourceException">The kernel refuses, or the privilege, the library or the program is missing.</exception>
    public static XdpProgram Attach(NetworkDevice device, LiveOptions options, int queues, int copyBytes)
    {
        nint handle = Open(device.Name);
        try
        {
            nint program = Prepare(handle, options.Copy, queues, copyBytes);
            int error = -Libbpf.LoadObject(handle);
            if (error is Libc.EPERM or Libc.EACCES && !MayLoad())
                throw Privilege.Missing($"{device.Name}: an XDP program needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN");
            if (error == Libc.EPERM)
                throw new SourceException($"{device.Name}: bpf(2) is forbidden although the capabilities are there, as by a container's seccomp profile or by a small RLIMIT_MEMLOCK before Linux 5.11; afpacket:{device.Name} reads without it");
            if (error != 0)
                throw new SourceException($"{device.Name}: the kernel refuses the XDP program ({Libc.Reason(error)}): it needs Linux {(options.Copy ? "5.18" : "5.9")}; afpacket:{device.Name} reads without it");
            (SafeFileHandle link, bool isNative) = Attach(device, Libbpf.ProgramDescriptor(program), options.XdpMode);
            return options.Copy
                ? new XdpProgram(link, null, Map(handle, "copies"), Map(handle, "totals"), isNative)
                : new XdpProgram(link, Map(handle, "sockets"), null, null, isNative);
        }
        finally
        {
            Libbpf.CloseObject(handle);
        }
    }

    /// <summary>Sends a queue's packets to a socket.</summary>
    public void SetSocket(int queue, int socket)
    {
        uint key = (uint)queue;
        int error = -Libbpf.UpdateMap((int)Sockets!.DangerousGetHandle(), &key, &socket, 0);
        if (error != 0)
            throw new SourceException($"queue {queue} cannot be sent to its socket: {Libc.Reason(error)}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Link.Dispose();
        Sockets?.Dispose();
        Copies?.Dispose();
        Totals?.Dispose();
    }

    private static nint Open(string name)
    {
        using Stream? resource = typeof(XdpProgram).Assembly.GetManifestResourceStream(Resource);
        if (resource is null)
            throw new SourceException($"{name}: this build has no XDP program, since clang or libbpf-dev was missing: make setup installs them, then build again");
        byte[] bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        try
        {
            Libbpf.SetPrint(0);
            fixed (byte* first = bytes)
            {
                nint handle = Libbpf.OpenObject(first, (nuint)bytes.Length, 0);
                return handle != 0 ? handle : throw new SourceException($"{name}: libbpf cannot read the XDP program: {Libc.Reason(Libc.LastError)}");
            }
        }
        catch (DllNotFoundException e)
        {
            throw new SourceException($"{name}: libbpf is not installed, which afxdp needs: apt-get install libbpf1", e);
        }
    }

    private static nint Prepare(nint handle, bool copies, int queues, int copyBytes)
    {
        nint sockets = Libbpf.FindMap(handle, "sockets"), copyRing = Libbpf.FindMap(handle, "copies"), totals = Libbpf.FindMap(handle, "totals");
        nint redirect = Libbpf.FindProgram(handle, "icmp_redirect"), copy = Libbpf.FindProgram(handle, "icmp_copy");
        bool isPrepared = Libbpf.SetCreated(sockets, !copies) == 0
            && Libbpf.SetCreated(copyRing, copies) == 0
            && Libbpf.SetCreated(totals, copies) == 0
            && Libbpf.SetLoaded(redirect, !copies) == 0
            && Libbpf.SetLoaded(copy, copies) == 0
            && Libbpf.SetMaxEntries(sockets, (uint)queues) == 0
            && Libbpf.SetMaxEntries(copyRing, (uint)copyBytes) == 0;
        if (!isPrepared)
            throw new SourceException("the XDP program of this build is not the one that it was written for");
        return copies ? copy : redirect;
    }

    private static (SafeFileHandle Link, bool IsNative) Attach(NetworkDevice device, int program, XdpMode mode)
    {
        int error = 0;
        foreach (uint flag in mode switch { XdpMode.Native => [ModeNative], XdpMode.Generic => [ModeGeneric], _ => (uint[])[ModeNative, ModeGeneric] })
        {
            Libbpf.LinkOptions options = new() { Size = (nuint)sizeof(Libbpf.LinkOptions), Flags = flag };
            int link = Libbpf.CreateLink(program, device.Index, Libbpf.AttachXdp, &options);
            if (link >= 0)
                return (new SafeFileHandle(link, ownsHandle: true), flag == ModeNative);
            error = -link;
            if (error is Libc.EBUSY or Libc.EPERM)
                break;
        }

        throw error switch
        {
            Libc.EPERM => Privilege.Missing($"{device.Name}: attaching an XDP program needs CAP_NET_ADMIN"),
            Libc.EBUSY => new SourceException($"{device.Name}: another XDP program is on the interface (ip link show {device.Name}); afpacket:{device.Name} reads beside it"),
            _ => new SourceException($"{device.Name}: the XDP program cannot be attached: {Libc.Reason(error)}{(mode == XdpMode.Native ? "; --xdp-mode generic runs it without the driver" : "")}"),
        };
    }

    private static SafeFileHandle Map(nint handle, string name)
    {
        int copy = Libc.FileControl(Libbpf.MapDescriptor(Libbpf.FindMap(handle, name)), DuplicateCloseOnExec, 0);
        return copy >= 0 ? new SafeFileHandle(copy, ownsHandle: true) : throw new SourceException($"map {name}: {Libc.Reason(Libc.LastError)}");
    }

    // The verifier lets a program add a length from the packet, of an IPv6 extension header, to its place there only with CAP_PERFMON.
    private static bool MayLoad() => Capabilities.Has(Capabilities.Bpf) && Capabilities.Has(Capabilities.Perfmon) && Capabilities.Has(Capabilities.NetAdmin);
}
