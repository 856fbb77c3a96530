using System.Runtime.InteropServices;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>libbpf (https://libbpf.readthedocs.io): loads our XDP program and attaches it. Errors are negative numbers of errno.h.</summary>
internal static unsafe partial class Libbpf
{
    /// <summary>BPF_XDP of enum bpf_attach_type.</summary>
    public const int AttachXdp = 37;

    /// <summary>struct bpf_link_create_opts of libbpf 1.0: its size, the flags, and what other kinds of links want.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    public struct LinkOptions
    {
        public nuint Size;
        public uint Flags;
    }

    /// <summary>What libbpf prints is not for our users: what fails is said by whoever called.</summary>
    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "libbpf_set_print")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint SetPrint(nint callback);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_object__open_mem", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint OpenObject(byte* bytes, nuint length, nint options);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_object__load")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int LoadObject(nint handle);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_object__close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial void CloseObject(nint handle);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_object__find_map_by_name", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint FindMap(nint handle, string name);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_object__find_program_by_name", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial nint FindProgram(nint handle, string name);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_map__set_max_entries")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetMaxEntries(nint map, uint entries);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_map__set_autocreate")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetCreated(nint map, [MarshalAs(UnmanagedType.U1)] bool isCreated);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_program__set_autoload")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SetLoaded(nint program, [MarshalAs(UnmanagedType.U1)] bool isLoaded);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_map__fd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int MapDescriptor(nint map);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_program__fd")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int ProgramDescriptor(nint program);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_map_update_elem")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int UpdateMap(int map, void* key, void* value, ulong flags);

    [LibraryImport(NativeLibraryNames.Bpf, EntryPoint = "bpf_link_create")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int CreateLink(int program, int target, int attachType, LinkOptions* options);
}
