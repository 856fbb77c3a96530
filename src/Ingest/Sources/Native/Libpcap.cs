using System.Runtime.InteropServices;
using IcmpStream.Ingest.Sources.Live;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>libpcap (pcap(3PCAP)): the compiler of its filter language, and capturing where nothing faster is to be had.</summary>
internal static unsafe partial class Libpcap
{
    /// <summary>PCAP_ERRBUF_SIZE.</summary>
    public const int ErrorBytes = 256;

    /// <summary>MAXIMUM_SNAPLEN.</summary>
    public const int SnapBytes = 262_144;

    // PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED, PCAP_ERROR_NO_SUCH_DEVICE, PCAP_NETMASK_UNKNOWN
    private const int ErrorPermission = -8;
    private const int ErrorPromiscuousPermission = -11;
    private const int ErrorNoDevice = -5;
    private const uint NetmaskUnknown = 0xffffffff;

    /// <summary>
    /// Compiles an expression for an interface. The handle is a live one, though nothing is read from it: only so does the compiler know
    /// that the kernel keeps VLAN tags beside the packet, as tcpdump's own filters do.
    /// </summary>
    /// <exception cref="SourceException">The expression is wrong, the privilege or the library is missing.</exception>
    public static BpfInstruction[] CompileFor(string name, string expression)
    {
        nint handle = Open(name);
        try
        {
            Activate(handle, name);
            return Compile(handle, expression);
        }
        finally
        {
            Close(handle);
        }
    }

    /// <summary>Compiles an expression for frames of a link type whose VLAN tags are in their bytes.</summary>
    public static BpfInstruction[] CompileFor(ushort linkType, string expression)
    {
        nint handle;
        try
        {
            handle = OpenDead(linkType, SnapBytes);
        }
        catch (DllNotFoundException e)
        {
            throw Missing(e);
        }

        try
        {
            return Compile(handle, expression);
        }
        finally
        {
            Close(handle);
        }
    }

    /// <summary>A handle that is not active yet.</summary>
    public static nint Open(string name)
    {
        byte* error = stackalloc byte[ErrorBytes];
        error[0] = 0;
        try
        {
            nint handle = Create(name, error);
            return handle != 0 ? handle : throw new SourceException($"{name}: {Text(error)}");
        }
        catch (DllNotFoundException e)
        {
            throw Missing(e);
        }
    }

    /// <summary>Begins to capture; warnings are not failures.</summary>
    public static void Activate(nint handle, string name)
    {
        int result = ActivateHandle(handle);
        if (result >= 0)
            return;
        throw result switch
        {
            ErrorPermission or ErrorPromiscuousPermission => Privilege.Missing($"{name}: capturing needs CAP_NET_RAW"),
            ErrorNoDevice => new SourceException($"{name}: no such interface; icmpstream interfaces lists them"),
            _ => new SourceException($"{name}: {Text(Error(handle))}"),
        };
    }

    /// <summary>What went wrong last.</summary>
    public static string Reason(nint handle) => Text(Error(handle));

    /// <summary>Compiles an expression for a handle.</summary>
    public static BpfInstruction[] Compile(nint handle, string expression)
    {
        Program program = default;
        if (CompileProgram(handle, &program, expression, 1, NetmaskUnknown) != 0)
            throw new SourceException($"--filter '{expression}': {Text(Error(handle))}") { IsWrongUsage = true };
        try
        {
            return new ReadOnlySpan<BpfInstruction>(program.Instructions, (int)program.Count).ToArray();
        }
        finally
        {
            FreeProgram(&program);
        }
    }

    private static SourceException Missing(Exception e) =>
        new("libpcap is not installed, which --filter and libpcap: need: apt-get install libpcap0.8", e);

    private static string Text(byte* text) => (Marshal.PtrToStringUTF8((nint)text) ?? "").ReplaceLineEndings(" ");

    /// <summary>struct bpf_program.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Program
    {
        public uint Count;
        public BpfInstruction* Instructions;
    }

    /// <summary>struct pcap_pkthdr; the fraction is in nanoseconds where they were asked for.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Header
    {
        public long Seconds;
        public long Fraction;
        public uint Captured;
        public uint Original;
    }

    /// <summary>struct pcap_stat.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Counts
    {
        public uint Received;
        public uint Dropped;
        public uint InterfaceDropped;
    }

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_create", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint Create(string name, byte* error);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_open_dead")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint OpenDead(int linkType, int snapBytes);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_activate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int ActivateHandle(nint handle);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_geterr")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial byte* Error(nint handle);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_compile", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int CompileProgram(nint handle, Program* program, string expression, int optimize, uint netmask);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_freecode")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void FreeProgram(Program* program);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_setfilter")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetFilter(nint handle, Program* program);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial void Close(nint handle);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_set_snaplen")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetSnapBytes(nint handle, int bytes);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_set_promisc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetPromiscuous(nint handle, int isPromiscuous);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_set_timeout")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetTimeout(nint handle, int ms);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_set_buffer_size")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetBufferBytes(nint handle, int bytes);

    /// <summary>Returns 0 where times come in nanoseconds (precision 1) from now on.</summary>
    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_set_tstamp_precision")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetTimePrecision(nint handle, int precision);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_setnonblock")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetNonBlocking(nint handle, int isNonBlocking, byte* error);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_get_selectable_fd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Descriptor(nint handle);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_datalink")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int LinkType(nint handle);

    /// <summary>1: a packet; 0: none for now; below: an error. The packet is valid until the next call.</summary>
    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_next_ex")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Next(nint handle, Header** header, byte** data);

    [LibraryImport(NativeLibraryNames.Pcap, EntryPoint = "pcap_stats")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int ReadCounts(nint handle, Counts* counts);
}
