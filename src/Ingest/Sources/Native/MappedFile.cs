using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace IcmpStream.Ingest.Sources.Native;

/// <summary>
/// A file mapped for reading, from its start to the length it had when it was mapped. The one place in this room that turns
/// an offset into an address: every slice is checked against the length first.
/// </summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    // include/uapi/asm-generic/mman-common.h
    private const int AdviceSequential = 2;
    private const int AdviceWillNeed = 3;
    private const int AdviceDontNeed = 4;

    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _address;
    private readonly MappedMemory _window;

    private MappedFile(SafeFileHandle handle, MemoryMappedFile map, MemoryMappedViewAccessor view, long length)
    {
        _handle = handle;
        _map = map;
        _view = view;
        LengthBytes = length;
        byte* address = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
        _address = address + view.PointerOffset;
        _window = new MappedMemory(this);
    }

    /// <summary>The mapped length in bytes: the file's when it was mapped.</summary>
    public long LengthBytes { get; }

    /// <summary>True once the memory is gone.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Maps a file.</summary>
    /// <param name="handle">The open file; owned by the result from here on.</param>
    /// <param name="length">Its length in bytes, more than 0.</param>
    /// <returns>Null where its file system cannot map; the handle is then still the caller's.</returns>
    public static MappedFile? TryMap(SafeFileHandle handle, long length)
    {
        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            map = MemoryMappedFile.CreateFromFile(handle, null, length, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            return new MappedFile(handle, map, view, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            view?.Dispose();
            map?.Dispose();
            return null;
        }
    }

    /// <summary>The file's length in bytes now.</summary>
    public long ReadLength() => RandomAccess.GetLength(_handle);

    /// <summary>A part of the file, in place: the one window that the file has, valid until it is moved again.</summary>
    public ReadOnlyMemory<byte> MoveWindow(long offset, int bytes)
    {
        ThrowIfOutside(offset, bytes);
        return _window.Move(_address + offset, bytes);
    }

    /// <summary>Tells the kernel that reading goes from start to end.</summary>
    public void AdviseSequential() => Advise(0, LengthBytes, AdviceSequential);

    /// <summary>Has the kernel read a part from disk in the background. It may lie beyond the end.</summary>
    public void AdviseNeeded(long offset, long bytes) => Advise(offset, Math.Min(bytes, LengthBytes - offset), AdviceWillNeed);

    /// <summary>Gives a part's pages back. They would come again from the page cache if they were read after all.</summary>
    public void AdviseNotNeeded(long offset, long bytes) => Advise(offset, bytes, AdviceDontNeed);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (IsClosed)
            return;
        IsClosed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
        _handle.Dispose();
    }

    // Advice is about speed and memory only: what the kernel refuses changes nothing that is read, so its answer is not looked at.
    private void Advise(long offset, long bytes, int advice)
    {
        if (bytes <= 0 || !OperatingSystem.IsLinux())
            return;
        ThrowIfOutside(offset, bytes);
        // Addresses must start on a page; the mapping itself does.
        long start = offset & -Environment.SystemPageSize;
        _ = Madvise(_address + start, (nuint)(offset + bytes - start), advice);
    }

    private void ThrowIfOutside(long offset, long bytes)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, LengthBytes - offset);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Madvise(void* address, nuint bytes, int advice);
}
